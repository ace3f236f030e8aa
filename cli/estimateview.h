// SPDX-License-Identifier: MIT
// How long an update takes: mkdfota info --estimate.

#ifndef MKDFOTA_ESTIMATEVIEW_H
#define MKDFOTA_ESTIMATEVIEW_H

#include <cjson/cJSON.h>

#include "cli.h"
#include "delta_estimate.h"

struct estimate_view {
    struct delta_profile profile;
    struct delta_estimate time;
};

// The profile that --estimate names: one that is built in, or a file.
enum cli_exit estimate_profile(struct estimate_view *view,
                               const struct cli *cli);

// What a package takes with that profile.
enum cli_exit estimate_package(struct estimate_view *view,
                               const struct cli *cli,
                               const struct delta_info *info);

// On stdout, for people.
void estimate_text(const struct estimate_view *view);

// The member "estimate" of the description; null without a view.
void estimate_json(cJSON *json, const struct estimate_view *view);

#endif
