// SPDX-License-Identifier: MIT
// What became of upgrades: as devices report, or, for those that cannot, as
// their next request shows.
//
// A running upgrade is done when the device asks from its new version. It asks
// from the old one, for the first byte again, when the package did not take, but
// also when it lost power in the download, and what a server sees of the end of a
// download is a weak sign: its kernel, radio networks and proxies take bytes that
// a module never gets. So the upgrade has failed when the device asks so after
// - the last byte was acknowledged twice: a package that does not take. Behind a
//   proxy, which acknowledges for the device, or when somebody else sends it, that
//   is not seen;
// - the download was begun 5 times: one that never ends, or the former unseen.
// Before that the download merely begins anew. A device that has reported before
// is left to report. One that is not heard of for 7 days has failed as well.
//
// A conclusion may be wrong: the upgrade that has failed last is done all the
// same when the device then asks from its version, unless it had reported that
// its self-test failed. A report may come again when its answer was lost: a
// success of the version that an upgrade starts from, or a report that names
// another version than the one meant, is not about it.
//
// A roll-out pauses by failures that tell of its firmware: not by those that are
// concluded while downloading, unless the end of a download is not seen.

#ifndef PLATFORM_OUTCOME_H
#define PLATFORM_OUTCOME_H

#include "choose.h"

// The device asks: settle what it has running. Sets device->is_after_success.
enum db_status outcome_conclude(struct db_conn *c, struct device *device,
                                const struct device_request *request);

// The device gets a package: go on with its upgrade, or begin one. Sets the
// answer's upgrade_id.
enum db_status outcome_begin(struct db_conn *c, struct choice *choice);

// The package's last byte, in answer to the ASKED-th request of the upgrade, was
// acknowledged. It is no news when the device has asked again since.
enum db_status outcome_sent(struct db_conn *c, int64_t upgrade_id,
                            int64_t asked, int64_t now);

// The device now belongs to another project: what it has running is of the one
// that it has left.
enum db_status outcome_leave(struct db_conn *c, int64_t device_id, int64_t now);

// The roll-out is aborted: what devices have running of it ends.
enum db_status outcome_abort(struct db_conn *c, int64_t firmware_id,
                             int64_t now);

// Settle what nothing was heard of for 7 days; IS_UNSEEN as in the requests.
enum db_status outcome_give_up(struct db_conn *c, int64_t now, bool is_unseen);

// What a device says of its upgrade.
struct outcome_report {
    char project_key[KEY_SIZE];
    char identity[IDENTITY_SIZE];
    char version[VERSION_SIZE];    // that it runs now
    char to_version[VERSION_SIZE]; // that was meant; may be empty
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
