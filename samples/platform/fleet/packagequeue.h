// SPDX-License-Identifier: MIT
// Packages that are to be made, or to be checked once more: rows of their table,
// which any instance takes, one at a time.
//
// Who works on one says so every few seconds; when nothing was heard for a
// minute, another one takes it over. An order is part of the transaction that is
// its cause; work for an earlier order of the same package is for nothing.

#ifndef PLATFORM_PACKAGEQUEUE_H
#define PLATFORM_PACKAGEQUEUE_H

#include "blobs.h"
#include "decide.h"
#include "delta_parts.h"

// Order the packages of a firmware from every older version that devices report
// and whose images are here; within the transaction that starts the roll-out.
enum db_status queue_order(struct db_conn *c, int64_t firmware_id, int64_t now);

// Packages that could not be made, or wait for room on the disk, are tried again
// where both images are here. *COUNT is how many. Within a transaction.
enum db_status queue_again(struct db_conn *c, int64_t firmware_id,
                           int64_t *count);

// The project demands something else of packages: all of what may still run are
// checked before they are served again, and made anew if they do not fit, or if
// IS_ANEW in any case. Within a transaction.
enum db_status queue_check(struct db_conn *c, int64_t project_id, bool is_anew);

// An image of this version has come or gone: packages that were made of it are
// made anew where that is possible, those made elsewhere are looked at again.
// Within a transaction.
enum db_status queue_images_changed(struct db_conn *c, int64_t project_id,
                                    const char *firmware_name,
                                    const char *version);

// There is no file of this digest: what was ready with it is made anew where that
// is possible, and has failed elsewhere.
enum db_status queue_lost(struct db_conn *c, const char *sha256);

// One that was taken.
struct queued {
    int64_t id; // 0: there is none
    int64_t firmware_id;
    int64_t project_id;
    char firmware_name[FIRMWARE_NAME_SIZE];
    char from[VERSION_SIZE];
    char to[VERSION_SIZE];
    // What the project demands.
    char product[DELTA_TEXT_MAX + 1]; // may be empty
    char *public_key;                 // PEM; NULL: none
    int64_t area_size;
    uint32_t ram;
    bool is_in_place;
    struct delta_in_place in_place;
    // What there is of it: made for other demands, or made elsewhere.
    char sha256[BLOB_NAME_SIZE]; // empty: nothing
    int64_t size;
    bool is_uploaded;
    int64_t orders;
};

// Take the oldest. To be freed, whether or not there is one.
enum db_status queue_take(struct db_conn *c, struct queued *queued,
                          int64_t now);
void queue_free(struct queued *queued);

// The images of each part of its new version.
struct queued_part {
    uint8_t id;
    char new_sha256[BLOB_NAME_SIZE];
    char old_sha256[BLOB_NAME_SIZE]; // empty: the new one goes as a whole
};

enum db_status queue_images(struct db_conn *c, const struct queued *queued,
                            struct queued_part parts[DELTA_PARTS_MAX],
                            size_t *count);

// It is still worked on.
enum db_status queue_say(struct db_conn *c, const struct queued *queued,
                         int64_t now);

// It is now STATE, "ready", "failed" or "waiting", with the file that sha256 and
// size say. Nothing happens when it is to be made anew meanwhile.
enum db_status queue_finish(struct db_conn *c, const struct queued *queued,
                            const char *state,
                            const char *reason); // NULL: none

#endif
