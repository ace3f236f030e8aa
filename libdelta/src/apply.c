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

#define STEP_BYTES 65536u // of the new image between two progress reports

// One module: everything that has to be released together.
struct module {
    struct delta_flash flash;
    struct dfp_config config;
    struct dfp_key *keys;
    void *work;
};

static enum delta_status open_module(struct module *m,
                                     const struct delta_run *run)
{
    struct dfp_config *config = &m->config;

    if (delta_flash_open(&m->flash, config, run->old_data,
                         (uint32_t)run->old_size,
                         run->info->new_size) != DELTA_OK) {
        return DELTA_ERR_NOMEM;
    }
    if (delta_flash_add_journal(&m->flash, config,
                                dfp_journal_size(run->info, config)) !=
        DELTA_OK) {
        return DELTA_ERR_NOMEM;
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

    if (m->flash.violation != NULL) {
        return delta_fail(error, DELTA_ERR_CHECK, "package",
                          "internal error: the patcher broke a rule of the "
                          "flash: %s",
                          m->flash.violation);
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
        new_image->data = m.flash.slot.data;
        new_image->size = run->info->new_size;
        m.flash.slot.data = NULL; // handed over
    } else {
        result = fail_run(&m, p, status, error);
    }
    close_module(&m);
    return result;
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
