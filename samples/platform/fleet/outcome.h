// SPDX-License-Identifier: MIT
// What became of upgrades: as devices report, or, for those that cannot, as
// their next request shows.
//
// A running upgrade is done when the device asks from its new version, failed
// when it asks from the old one again, from the first byte, after the package
// had been sent to its end; until then the download merely begins anew. A device
// that has reported before is left to report.

#ifndef PLATFORM_OUTCOME_H
#define PLATFORM_OUTCOME_H

#include "choose.h"

// The device asks: settle what it has running. Sets device->is_after_success.
enum db_status outcome_conclude(struct db_conn *c, struct device *device,
                                const struct device_request *request);

// The device gets a package: go on with its upgrade, or begin one. Sets the
// answer's upgrade_id.
enum db_status outcome_begin(struct db_conn *c, struct choice *choice);

// The package's last byte was sent.
enum db_status outcome_sent(struct db_conn *c, int64_t upgrade_id, int64_t now);

// What a device says of its upgrade.
struct outcome_report {
    char project_key[KEY_SIZE];
    char identity[IDENTITY_SIZE];
    char version[VERSION_SIZE]; // that it runs now
    bool is_success;
    char phase[32];   // "download", "patch", "boot" ...; may be empty
    char reason[128]; // of a failure; may be empty
    int64_t now;
};

enum outcome_taken {
    OUTCOME_TAKEN,
    OUTCOME_NO_PROJECT,
    OUTCOME_NO_DEVICE, // not of this project
};

enum db_status outcome_report(struct db_conn *c, enum outcome_taken *taken,
                              const struct outcome_report *report);

#endif
