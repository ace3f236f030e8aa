// SPDX-License-Identifier: MIT
// One boot of a simulated module.

#include "simupdate.h"

#include <stdlib.h>
#include <string.h>

#define YIELDS_MAX 100000000u // more of them in a row is a hang

static uint32_t find_work_size(const struct sim_update *u,
                               const struct dfp_config *config)
{
    struct dfp_info info;
    size_t wanted;
    uint32_t most, i;

    if (u->work_size != 0) {
        return u->work_size;
    }
    if (dfp_peek(u->package, u->package_size, &info, &wanted) < 0 ||
        wanted != 0) {
        return 65536; // enough to find out what is wrong
    }
    most = dfp_work_size(&info, config);
    for (i = 1; i < info.parts; i++) {
        uint32_t size;

        (void)dfp_peek_part(u->package, u->package_size, i, &info, &wanted);
        size = dfp_work_size(&info, config);
        most = size > most ? size : most;
    }
    return most;
}

static uint32_t next_piece(const struct sim_update *u, uint64_t *random,
                           uint32_t left)
{
    uint32_t piece = u->piece == 0 ? left : u->piece;

    if (u->piece_seed != 0) {
        piece = 1 + (uint32_t)(sim_random(random) % piece);
    }
    return piece < left ? piece : left;
}

// Hand in one piece, also through yields.
static enum dfp_status feed_piece(struct dfp *p, const uint8_t *data,
                                  uint32_t size)
{
    enum dfp_status status;
    size_t used;
    uint32_t at = 0;
    uint32_t yields = 0;

    do {
        used = 0;
        status = dfp_feed(p, data + at, size - at, &used);
        at += (uint32_t)used;
    } while (status == DFP_YIELD && ++yields < YIELDS_MAX);
    return status;
}

static enum dfp_status feed_all(const struct sim_update *u, struct dfp *p,
                                struct sim_result *r)
{
    uint64_t random = u->piece_seed;
    uint32_t at = r->resumed.package_at;
    enum dfp_status status = DFP_OK;

    while (status == DFP_OK && at < u->package_size) {
        uint32_t left = u->package_size - at;
        uint32_t size = next_piece(u, &random, left);

        if (at == 0 && u->first_piece != 0 && u->first_piece < left) {
            size = u->first_piece;
        }

        // A copy of the exact size, so that a sanitizer sees reads beyond it.
        uint8_t *piece = malloc(size);
        if (piece == NULL) {
            return DFP_ERR_MEMORY;
        }
        memcpy(piece, u->package + at, size);
        at += size;
        r->fetched_to = at;
        status = feed_piece(p, piece, size);
        free(piece);
        if (status >= 0) {
            dfp_get_progress(p, &r->reached);
        }
    }
    return status;
}

static enum dfp_status run_patcher(const struct sim_update *u,
                                   const struct dfp_config *config, void *work,
                                   uint32_t work_size, struct simflash *flash,
                                   struct sim_result *r)
{
    struct dfp *p;
    enum dfp_status status = dfp_open(&p, work, work_size, config);

    if (status != DFP_OK) {
        r->fault.status = status;
        return status;
    }
    status = dfp_resume(p, &r->resumed);
    r->reached = r->resumed;
    r->resume_ops = flash->number;
    if (status == DFP_OK || (status == DFP_DONE && u->previous_id != 0 &&
                             r->resumed.package_id == u->previous_id)) {
        status = feed_all(u, p, r);
    }
    dfp_get_fault(p, &r->fault);
    return status;
}

enum dfp_status sim_run(const struct sim_update *u, struct simflash *flash,
                        struct sim_result *r)
{
    struct dfp_config config = u->config;
    uint32_t work_size;
    void *work;

    memset(r, 0, sizeof(*r));
    if (!u->keep_flash_fields) {
        simflash_bind(flash, &config);
    }
    work_size = find_work_size(u, &config);
    work = malloc(work_size);
    if (work == NULL) {
        return r->status = DFP_ERR_MEMORY;
    }
    memset(work, 0xA5, work_size); // RAM after power-up holds anything
    r->status = run_patcher(u, &config, work, work_size, flash, r);
    free(work);
    return r->status;
}
