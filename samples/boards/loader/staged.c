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
#define STEP_SIZE 4096u // output bytes between two looks at the watchdog

static _Alignas(8) uint8_t work[WORK_SIZE];

struct update {
    struct dfp *patcher;
    struct dfp_progress resumed;
    struct dfp_progress now;
    struct dfp_fault fault;
    uint32_t package_size;
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

// Bytes to feed; 0: there is no package in staging. What cannot be understood
// is fed as well, so that the patcher says why.
static uint32_t staged_size(void)
{
    uint8_t head[DFP_PEEK_SIZE];
    struct dfp_info info;
    enum dfp_status status = DFP_ERR_FORMAT;
    size_t wanted;

    if (nor_read(FLASH_STAGING, head, sizeof(head)) == 0) {
        status = dfp_peek(head, sizeof(head), &info, &wanted);
    }
    if (status < 0) {
        return status == DFP_ERR_FORMAT ? 0 : sizeof(head);
    }
    return info.package_size < FLASH_STAGING_SIZE ? info.package_size
                                                  : FLASH_STAGING_SIZE;
}

static enum dfp_status open_patcher(struct update *u, struct areas *areas)
{
    static struct dfp_config config; // stays as long as the patcher is open
    enum dfp_status status;

    areas_bind(areas, &config);
    config.product = "sample";
    config.keys = &loader_key;
    config.key_count = 1;
    config.checkpoint_bytes = FLASH_CHECKPOINT;
    config.step_bytes = STEP_SIZE;
    status = dfp_open(&u->patcher, work, sizeof(work), &config);
    if (status == DFP_OK) {
        status = dfp_resume(u->patcher, &u->resumed);
        u->now = u->resumed;
        tell_progress("loader: resume", &u->resumed);
        dfp_get_fault(u->patcher, &u->fault);
    }
    return status;
}

static enum dfp_status feed_piece(struct update *u, const uint8_t *piece,
                                  size_t size)
{
    enum dfp_status status;
    size_t at = 0;
    size_t used;

    do {
        status = dfp_feed(u->patcher, piece + at, size - at, &used);
        at += used;
        dfp_get_progress(u->patcher, &u->now);
        if (status >= 0) { // here a module serves its watchdog
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

// Go on with what the journal has. If that is another package's update, which
// cannot go on with this one, forget it and begin.
static enum dfp_status apply(struct update *u, struct areas *areas,
                             uint32_t acted_on)
{
    enum dfp_status status = open_patcher(u, areas);

    if (status == DFP_DONE && tag_of(&u->resumed) != acted_on) {
        return DFP_DONE; // power went before the flag was written
    }
    if (status >= 0) {
        status = feed_package(u);
    }
    if ((status == DFP_ERR_DIGEST || status == DFP_ERR_BASE) &&
        u->resumed.package_at > 0 && open_patcher(u, areas) >= 0 &&
        dfp_discard(u->patcher) == DFP_OK && open_patcher(u, areas) == DFP_OK) {
        print_text("loader: another package, begins anew\n");
        status = feed_package(u);
    }
    return status;
}

void staged_update(struct bootflag *flag)
{
    static struct update u;
    static struct areas areas;
    enum dfp_status status;

    u.package_size = staged_size();
    if (u.package_size == 0) {
        return;
    }
    areas = (struct areas){.old_slot = flag->slot, .new_slot = flag->slot ^ 1u};
    status = apply(&u, &areas, flag->tag);
    if (status == DFP_DONE) {
        tell_progress("loader: image complete", &u.now);
        if (bootflag_write(areas.new_slot, tag_of(&u.now)) != 0 ||
            bootflag_read(flag) != 0) {
            return;
        }
    } else {
        tell_fault(&u.fault);
    }
    // Done with, so that it is not tried again at each start; what the flash
    // failed at is.
    if (status != DFP_ERR_FLASH) {
        (void)nor_erase(FLASH_STAGING);
    }
}
