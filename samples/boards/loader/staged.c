// SPDX-License-Identifier: MIT
// The patcher at work: from a package in the staging area to a new image.

#include "staged.h"

#include "areas.h"
#include "board.h"
#include "flash_layout.h"
#include "loader_key.h"
#include "nor.h"
#include "print.h"

#define WORK_SIZE 16384u // what mkdfota --ram was told
#define PIECE_SIZE 256u
#define CHECKPOINT_SIZE 4096u // package bytes between two saved states
#define STEP_SIZE 4096u       // output bytes between two looks at the watchdog

static _Alignas(8) uint8_t work[WORK_SIZE];

struct update {
    struct dfp *patcher;
    struct dfp_progress resumed;
    struct dfp_progress now;
    struct dfp_fault fault;
    struct areas areas;
    uint32_t package_size;
    bool in_place; // the package's mode
    bool begun;    // by the journal: before this start
};

static uint32_t tag_of(const struct dfp_progress *p)
{
    return (uint32_t)p->package_id;
}

static void tell_progress(const char *what, const struct dfp_progress *p)
{
    print_text(what);
    print_text(" at package byte ");
    print_number(p->package_at);
    print_text(", image byte ");
    print_number(p->new_at);
    print_text(", ticks ");
    print_number(board_ticks());
    print_text("\n");
}

static void tell_fault(const struct dfp_fault *fault)
{
    print_text("loader: update refused: ");
    print_text(dfp_strerror(fault->status));
    print_text(" (");
    print_text(fault->field == NULL ? "setting" : fault->field);
    print_text(": found ");
    print_hex(fault->found);
    print_text(", expected ");
    print_hex(fault->expected);
    print_text(", flash ");
    print_number((uint32_t)-fault->flash);
    print_text(")\n");
}

// What there is to feed; false: there is no package in staging. What cannot be
// understood is fed as well, so that the patcher says why.
static bool find_package(struct update *u)
{
    uint8_t head[DFP_PEEK_SIZE];
    struct dfp_info info;
    enum dfp_status status = DFP_ERR_FORMAT;
    size_t wanted;

    if (nor_read(FLASH_STAGING, head, sizeof(head)) == 0) {
        status = dfp_peek(head, sizeof(head), &info, &wanted);
    }
    if (status < 0) {
        u->package_size = sizeof(head);
        return status != DFP_ERR_FORMAT;
    }
    u->in_place = (info.features & DFOTA_FEATURE_IN_PLACE) != 0;
    u->package_size = info.package_size < FLASH_STAGING_SIZE
                          ? info.package_size
                          : FLASH_STAGING_SIZE;
    return true;
}

static enum dfp_status open_patcher(struct update *u, bool check_only)
{
    static struct dfp_config config; // stays as long as the patcher is open
    enum dfp_status status;

    areas_bind(&u->areas, &config);
    config.product = "sample";
    config.keys = &loader_key;
    config.key_count = 1;
    config.checkpoint_bytes = CHECKPOINT_SIZE;
    config.step_bytes = STEP_SIZE;
    config.check_only = check_only;
    status = dfp_open(&u->patcher, work, sizeof(work), &config);
    if (status == DFP_OK) {
        status = dfp_resume(u->patcher, &u->resumed);
        u->now = u->resumed;
        tell_progress("loader: resume", &u->resumed);
        dfp_get_fault(u->patcher, &u->fault);
    }
    u->begun = status == DFP_OK && u->resumed.package_id != 0;
    return status;
}

static enum dfp_status feed_piece(struct update *u, const uint8_t *piece,
                                  size_t size)
{
    enum dfp_status status;
    size_t at = 0;
    size_t used;

    do { // each time a module serves its watchdog
        struct dfp_progress before = u->now;

        status = dfp_feed(u->patcher, piece + at, size - at, &used);
        at += used;
        dfp_get_progress(u->patcher, &u->now);
        if (u->now.package_at != before.package_at ||
            u->now.new_at != before.new_at) {
            tell_progress("loader: update", &u->now);
        }
    } while (status == DFP_YIELD);
    return status;
}

static enum dfp_status feed_package(struct update *u)
{
    enum dfp_status status = DFP_OK;
    uint32_t at = u->resumed.package_at;

    while (status == DFP_OK && at < u->package_size) {
        uint8_t piece[PIECE_SIZE];
        uint32_t size = u->package_size - at;

        if (size > PIECE_SIZE) {
            size = PIECE_SIZE;
        }
        if (nor_read(FLASH_STAGING + at, piece, size) != 0) {
            return DFP_ERR_FLASH;
        }
        status = feed_piece(u, piece, size);
        at += size;
    }
    dfp_get_fault(u->patcher, &u->fault);
    return status;
}

// The journal may have another package's update, which cannot go on with this
// one: forget it and begin. In place there is no way back.
static enum dfp_status begin_anew(struct update *u, enum dfp_status status)
{
    if ((status != DFP_ERR_DIGEST && status != DFP_ERR_BASE) ||
        u->resumed.package_at == 0 || u->in_place) {
        return status;
    }
    if (open_patcher(u, false) >= 0 && dfp_discard(u->patcher) == DFP_OK &&
        open_patcher(u, false) == DFP_OK) {
        print_text("loader: another package, begins anew\n");
        status = feed_package(u);
    }
    return status;
}

// All of it, before an update in place begins: then the old image is gone, and
// a chunk that is found damaged would stop the update for good.
static enum dfp_status check_package(struct update *u)
{
    enum dfp_status status = open_patcher(u, true);

    if (status == DFP_OK) {
        status = feed_package(u);
    }
    if (status == DFP_OK) {
        return DFP_ERR_DIGEST; // cut short
    }
    return status == DFP_DONE ? open_patcher(u, false) : status;
}

static enum dfp_status apply(struct update *u, uint32_t acted_on)
{
    enum dfp_status status = open_patcher(u, false);

    if (status == DFP_DONE && tag_of(&u->resumed) != acted_on) {
        return DFP_DONE; // power went before the flag was written
    }
    if (status >= 0 && u->in_place && !u->begun) {
        status = check_package(u);
    }
    if (status < 0) {
        return status;
    }
    return begin_anew(u, feed_package(u));
}

bool staged_update(struct bootflag *flag)
{
    static struct update u;
    enum dfp_status status;

    if (!find_package(&u)) {
        return true;
    }
    u.areas.old_slot = flag->slot;
    u.areas.new_slot = u.in_place ? flag->slot : flag->slot ^ 1u;
    status = apply(&u, flag->tag);
    if (status == DFP_DONE) {
        tell_progress("loader: image complete", &u.now);
        if (bootflag_write(u.areas.new_slot, tag_of(&u.now)) != 0 ||
            bootflag_read(flag) != 0) {
            return true; // tried again at the next start
        }
    } else {
        tell_fault(&u.fault);
        if (u.in_place && (u.begun || u.areas.changed)) {
            return false;
        }
    }
    // Done with, so that it is not tried again at each start; what the flash
    // failed at is.
    if (status != DFP_ERR_FLASH) {
        (void)nor_erase(FLASH_STAGING);
    }
    return true;
}
