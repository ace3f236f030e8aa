// SPDX-License-Identifier: MIT
// Applies packages with the code that runs on the module.

#include "apply.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "inspect.h"
#include "package.h"
#include "ramflash.h"
#include "sign.h"
#include "simflash.h"

#define STEP_BYTES 65536u // of the new image between two progress reports

#define JOURNAL_BLOCK 4096u // in place, if nothing else is said

// One module: everything that has to be released together.
struct module {
    struct delta_flash flash; // of two slots, or
    struct simflash one_slot; // of one
    bool is_in_place;
    struct dfp_config config;
    struct dfp_key *keys;
    void *work;
};

static enum delta_status open_two_slots(struct module *m,
                                        const struct delta_run *run)
{
    struct dfp_config *config = &m->config;

    if (delta_flash_open(&m->flash, config, run->old_data,
                         (uint32_t)run->old_size,
                         run->info->new_size) != DELTA_OK) {
        return DELTA_ERR_NOMEM;
    }
    return delta_flash_add_journal(&m->flash, config,
                                   dfp_journal_size(run->info, config));
}

// The least flash that the package can do with: its journal's size depends on
// the rest.
static enum delta_status open_one_slot(struct module *m,
                                       const struct delta_run *run)
{
    const struct dfp_info *info = run->info;
    uint32_t block = info->block_size;
    uint32_t page = block < DELTA_SLOT_PAGE ? block : DELTA_SLOT_PAGE;
    uint32_t size =
        info->old_size > info->new_size ? info->old_size : info->new_size;
    struct sim_geometry g = {
        .slot_size = (size + block - 1) / block * block,
        .slot_erase = block,
        .slot_program = page,
        .scratch_size = info->scratch_blocks * block,
        .scratch_erase = block,
        .scratch_program = page,
        .journal_erase =
            run->journal_block != 0 ? run->journal_block : JOURNAL_BLOCK,
        .journal_program =
            run->journal_page != 0 ? run->journal_page : DELTA_JOURNAL_PAGE,
        .one_slot = true,
    };
    struct dfp_config like = {
        .old_size = g.slot_size,
        .new_size = g.slot_size,
        .new_erase_size = block,
        .new_program_size = page,
        .scratch_size = g.scratch_size,
        .scratch_erase_size = block,
        .scratch_program_size = page,
        .journal_erase_size = g.journal_erase,
        .journal_program_size = g.journal_program,
    };

    g.journal_size = dfp_journal_size(info, &like);
    if (!simflash_new(&m->one_slot, &g, 1)) {
        return DELTA_ERR_NOMEM;
    }
    m->is_in_place = true;
    simflash_load(&m->one_slot, DFP_OLD, run->old_data,
                  (uint32_t)run->old_size);
    simflash_bind(&m->one_slot, &m->config);
    return DELTA_OK;
}

static enum delta_status open_module(struct module *m,
                                     const struct delta_run *run)
{
    struct dfp_config *config = &m->config;
    enum delta_status status = run->info->mode == DFOTA_MODE_IN_PLACE
                                   ? open_one_slot(m, run)
                                   : open_two_slots(m, run);

    if (status != DELTA_OK) {
        return status;
    }
    config->step_bytes = STEP_BYTES;
    config->product = run->product;
    config->counter = run->counter;
    m->work = malloc(run->info->ram);
    if (m->work == NULL) {
        return DELTA_ERR_NOMEM;
    }
    if (run->key_count > 0) {
        m->keys = calloc(run->key_count, sizeof(*m->keys));
        if (m->keys == NULL) {
            return DELTA_ERR_NOMEM;
        }
        for (size_t i = 0; i < run->key_count; i++) {
            memcpy(m->keys[i].point, run->keys[i].point,
                   sizeof(m->keys[i].point));
        }
        config->keys = m->keys;
        config->key_count = (uint32_t)run->key_count;
    }
    return DELTA_OK;
}

static void close_module(struct module *m)
{
    delta_flash_close(&m->flash);
    simflash_free(&m->one_slot);
    free(m->keys);
    free(m->work);
}

static void report_progress(const struct delta_run *run, const struct dfp *p)
{
    struct dfp_progress progress;

    if (run->progress != NULL) {
        dfp_get_progress(p, &progress);
        run->progress(run->context, (unsigned)((uint64_t)progress.new_at *
                                               1000 / run->info->new_size));
    }
}

static enum dfp_status feed_all(struct dfp *p, const struct delta_run *run)
{
    const uint8_t *data = run->package;
    size_t left = run->info->package_size;
    enum dfp_status status;

    do {
        size_t used = 0;
        status = dfp_feed(p, data, left, &used);
        data += used;
        left -= used;
        report_progress(run, p);
    } while (status == DFP_YIELD);
    return status;
}

static enum delta_status fail_run(const struct module *m, const struct dfp *p,
                                  enum dfp_status status,
                                  struct delta_error *error)
{
    struct dfp_fault fault = {.status = status, .field = "patcher"};
    const char *rule = m->is_in_place ? m->one_slot.breach : m->flash.violation;

    if (rule != NULL && rule[0] != 0) {
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: the patcher broke a rule of the "
                          "flash: %s",
                          rule);
    }
    if (status >= 0) {
        return delta_fail(error, DELTA_ERR_DAMAGED, "package",
                          "package ends before the new image is complete");
    }
    if (p != NULL) {
        dfp_get_fault(p, &fault);
    }
    return delta_fail_patcher(error, &fault);
}

static struct delta_area_use use_of(const struct simflash *flash,
                                    enum dfp_area area, uint32_t block_size)
{
    struct delta_area_use use = {.block_size = block_size};
    struct sim_totals totals;

    simflash_totals(flash, &totals);
    use.erased = (uint32_t)totals.erased[area];
    use.programmed = totals.programmed[area];
    for (uint32_t i = 0; i < simflash_area_size(flash, area) / block_size;
         i++) {
        uint32_t erases = simflash_block_erases(flash, area, i);
        use.erased_most = erases > use.erased_most ? erases : use.erased_most;
    }
    return use;
}

// Take the new image out of the module, and count.
static enum delta_status take_image(struct delta_bytes *new_image,
                                    struct module *m,
                                    const struct delta_run *run)
{
    uint32_t size = run->info->new_size;

    if (!m->is_in_place) {
        *new_image = (struct delta_bytes){m->flash.slot.data, size};
        m->flash.slot.data = NULL; // handed over
        return DELTA_OK;
    }
    new_image->data = malloc(size);
    if (new_image->data == NULL) {
        return DELTA_ERR_NOMEM;
    }
    new_image->size = size;
    memcpy(new_image->data, simflash_area(&m->one_slot, DFP_NEW), size);
    if (run->use != NULL) {
        uint32_t block = run->info->block_size;

        run->use->journal_size = m->config.journal_size;
        run->use->slot = use_of(&m->one_slot, DFP_NEW, block);
        run->use->scratch = use_of(&m->one_slot, DFP_SCRATCH, block);
        run->use->journal =
            use_of(&m->one_slot, DFP_JOURNAL, m->config.journal_erase_size);
    }
    return DELTA_OK;
}

enum delta_status delta_run_patcher(struct delta_bytes *new_image,
                                    const struct delta_run *run,
                                    struct delta_error *error)
{
    struct module m = {.work = NULL};
    struct dfp *p = NULL;
    struct dfp_progress progress;
    enum delta_status result = DELTA_OK;

    memset(new_image, 0, sizeof(*new_image));
    if (open_module(&m, run) != DELTA_OK) {
        close_module(&m);
        return delta_fail_memory(error, "package");
    }
    enum dfp_status status = dfp_open(&p, m.work, run->info->ram, &m.config);
    if (status == DFP_OK) {
        status = dfp_resume(p, &progress);
    }
    if (status == DFP_OK) {
        status = feed_all(p, run);
    }
    if (status == DFP_DONE) {
        result = take_image(new_image, &m, run);
    } else {
        result = fail_run(&m, p, status, error);
    }
    close_module(&m);
    return result == DELTA_ERR_NOMEM ? delta_fail_memory(error, "package")
                                     : result;
}

// Whether an image is the one that the package means.
static enum delta_status check_image(struct delta_error *error,
                                     enum delta_status status,
                                     const char *image, const void *data,
                                     size_t size, uint32_t expected_size,
                                     const uint8_t expected[32])
{
    uint8_t digest[32];

    if (size != expected_size) {
        return delta_fail(error, status, image,
                          "not the %s image of this package (found %zu "
                          "bytes, expected %lu)",
                          image, size, (unsigned long)expected_size);
    }
    delta_sha256(digest, data, size);
    if (memcmp(digest, expected, sizeof(digest)) != 0) {
        return delta_fail(error, status, image,
                          "not the %s image of this package (found SHA-256 "
                          "%02x%02x%02x%02x..., expected %02x%02x%02x%02x...)",
                          image, digest[0], digest[1], digest[2], digest[3],
                          expected[0], expected[1], expected[2], expected[3]);
    }
    return DELTA_OK;
}

// Everything that is checked before a byte is decoded.
static enum delta_status examine_for(struct dfp_info *raw,
                                     struct delta_info *info,
                                     const struct delta_run *run,
                                     size_t package_size,
                                     struct delta_error *error)
{
    enum delta_status status =
        delta_examine(info, raw, run->package, package_size, error);

    if (status == DELTA_OK) {
        status = delta_check_trust(run->package, raw, run->keys, run->key_count,
                                   error);
    }
    if (status == DELTA_OK && run->old_data != NULL) {
        status = check_image(error, DELTA_ERR_BASE, "old", run->old_data,
                             run->old_size, raw->old_size, raw->old_sha256);
    }
    return status;
}

enum delta_status delta_apply(struct delta_bytes *new_image,
                              const void *old_data, size_t old_size,
                              const void *package, size_t package_size,
                              const struct delta_key *keys, size_t key_count,
                              struct delta_error *error)
{
    struct delta_info info;
    struct dfp_info raw;
    struct delta_run run = {
        .old_data = old_data,
        .old_size = old_size,
        .package = package,
        .info = &raw,
        .keys = keys,
        .key_count = key_count,
    };
    enum delta_status status =
        examine_for(&raw, &info, &run, package_size, error);

    memset(new_image, 0, sizeof(*new_image));
    if (status != DELTA_OK) {
        return status;
    }
    return delta_run_patcher(new_image, &run, error);
}

enum delta_status delta_verify(struct delta_info *info, const void *package,
                               size_t package_size, const void *old_data,
                               size_t old_size, const void *new_data,
                               size_t new_size, const struct delta_key *keys,
                               size_t key_count, struct delta_error *error)
{
    struct delta_info own_info;
    struct dfp_info raw;
    struct delta_bytes made = {NULL, 0};
    struct delta_run run = {
        .old_data = old_data,
        .old_size = old_size,
        .package = package,
        .info = &raw,
        .keys = keys,
        .key_count = key_count,
    };
    enum delta_status status = examine_for(
        &raw, info != NULL ? info : &own_info, &run, package_size, error);

    if (status == DELTA_OK && new_data != NULL) {
        status = check_image(error, DELTA_ERR_RESULT, "new", new_data, new_size,
                             raw.new_size, raw.new_sha256);
    }
    if (status == DELTA_OK && old_data != NULL) {
        status = delta_run_patcher(&made, &run, error);
    }
    if (made.data != NULL && new_data != NULL &&
        memcmp(made.data, new_data, new_size) != 0) {
        status = delta_fail(error, DELTA_ERR_RESULT, "new",
                            "not what the package makes, though size and "
                            "digest are equal");
    }
    delta_free(&made);
    return status;
}
