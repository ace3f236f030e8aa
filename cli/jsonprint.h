// SPDX-License-Identifier: MIT
// JSON on stdout.

#ifndef MKDFOTA_JSONPRINT_H
#define MKDFOTA_JSONPRINT_H

#include <cjson/cJSON.h>

#include "cli.h"

// Print a value, for people or on one line, and delete it. Adding to a value
// fails without harm when memory is short; so does this, and says so.
enum cli_exit json_print(cJSON *json, bool for_people);

#endif
