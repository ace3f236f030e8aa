// SPDX-License-Identifier: MIT
// What mkdfota says of updates in place; of others nothing.

#ifndef MKDFOTA_PLACEREPORT_H
#define MKDFOTA_PLACEREPORT_H

#include <cjson/cJSON.h>

#include "delta.h"

// The geometry: lines of info, and a member of its JSON.
void place_report_info(const struct delta_info *info);
void place_report_json(cJSON *json, const struct delta_info *info);

// What the update of all parts does to the flash, on stderr.
void place_report_flash(const struct delta_report *reports);

// How long it takes on the module of a profile that is built in; of others, and
// without a name, nothing. Of updates into a second slot, too.
void place_report_time(const struct delta_report *report, const char *name);

#endif
