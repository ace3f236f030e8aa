// SPDX-License-Identifier: MIT
// Applies packages with the code that runs on the module.

#include "apply.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "inspect.h"
#include "hostmodule.h"
#include "package.h"
#include "sign.h"
#include "unmanaged.h"

static void report_progress(const struct delta_run *run, const struct dfp *p)
{
    struct dfp_progress progress;

    dfp_get_progress(p, &progress);
    if (run->progress != NULL && progress.new_size != 0) {
        run->progress(run->context, (unsigned)((uint64_t)progress.new_at *
                                               1000 / progress.new_size));
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

static enum delta_status fail_run(const struct delta_module *m,
                                  const struct dfp *p, enum dfp_status status,
                                  struct delta_error *error)
{
    struct dfp_fault fault = {.status = status, .field = "patcher"};
    const char *rule = delta_module_breach(m);

    if (rule != NULL) {
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

static enum delta_status take_images(struct delta_bytes *new_images,
                                     struct delta_module *m,
                                     const struct delta_run *run)
{
    enum delta_status status = DELTA_OK;

    for (uint32_t i = 0; status == DELTA_OK && i < m->count; i++) {
        status = delta_module_take(
            &new_images[i], run->use != NULL ? &run->use[i] : NULL, m, i);
    }
    return status;
}

static void free_images(struct delta_bytes *images, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        delta_free(&images[i]);
    }
}

static enum delta_status run_module(struct delta_bytes *new_images,
                                    struct delta_module *m,
                                    const struct delta_run *run,
                                    struct delta_error *error)
{
    struct dfp *p = NULL;
    struct dfp_progress progress;
    enum dfp_status status =
        dfp_open(&p, m->work, run->info->ram, &m->slots[0].config);

    if (status == DFP_OK) {
        status = dfp_resume(p, &progress);
    }
    if (status == DFP_OK) {
        status = feed_all(p, run);
    }
    return status == DFP_DONE ? take_images(new_images, m, run)
                              : fail_run(m, p, status, error);
}

enum delta_status delta_run_patcher(struct delta_bytes *new_images,
                                    const struct delta_run *run,
                                    struct delta_error *error)
{
    struct delta_module *m = calloc(1, sizeof(*m));
    enum delta_status status = DELTA_ERR_NOMEM;
    uint32_t count = run->info->parts > 1 ? run->info->parts : 1;

    memset(new_images, 0, count * sizeof(*new_images));
    if (m != NULL) {
        status = delta_module_open(m, run);
        if (status == DELTA_OK) {
            status = run_module(new_images, m, run, error);
        }
        delta_module_close(m);
        free(m);
    }
    if (status != DELTA_OK) {
        free_images(new_images, count);
    }
    return status == DELTA_ERR_NOMEM ? delta_fail_memory(error, "package")
                                     : status;
}

// --- Whether images are those that the package means -----------------------

static void name_image(struct delta_error *error, bool is_new,
                       const struct dfp_info *raw, uint32_t part)
{
    if (error != NULL) {
        error->subject = delta_subject(is_new, part, raw->parts);
    }
}

// Unmanaged bytes count as 0xFF.
static enum delta_status digest_image(uint8_t digest[32],
                                      const struct delta_content *image,
                                      const uint8_t *package, uint32_t part)
{
    struct delta_span spans[DELTA_UNMANAGED_MAX];
    uint32_t count = delta_unmanaged(spans, package, part);
    uint8_t *copy;

    if (count == 0) {
        delta_sha256(digest, image->data, image->size);
        return DELTA_OK;
    }
    copy = delta_unmanaged_copy(image->data, image->size, spans, count);
    if (copy == NULL) {
        return DELTA_ERR_NOMEM;
    }
    delta_sha256(digest, copy, image->size);
    free(copy);
    return DELTA_OK;
}

static enum delta_status check_image(struct delta_error *error, bool is_new,
                                     const struct delta_content *image,
                                     const uint8_t *package,
                                     const struct dfp_info *raw, uint32_t part)
{
    enum delta_status status = is_new ? DELTA_ERR_RESULT : DELTA_ERR_BASE;
    const char *subject = delta_subject(is_new, part, raw->parts);
    const char *name = is_new ? "new" : "old";
    uint32_t expected_size = is_new ? raw->new_size : raw->old_size;
    const uint8_t *expected = is_new ? raw->new_sha256 : raw->old_sha256;
    uint8_t digest[32];

    if (!is_new && raw->old_size == 0) {
        return DELTA_OK; // any will do
    }
    if (image->size != expected_size) {
        return delta_fail(error, status, subject,
                          "not the %s image of this package (found %zu "
                          "bytes, expected %lu)",
                          name, image->size, (unsigned long)expected_size);
    }
    if (digest_image(digest, image, package, part) != DELTA_OK) {
        return delta_fail_memory(error, subject);
    }
    if (memcmp(digest, expected, sizeof(digest)) != 0) {
        return delta_fail(error, status, subject,
                          "not the %s image of this package (found SHA-256 "
                          "%02x%02x%02x%02x..., expected %02x%02x%02x%02x...)",
                          name, digest[0], digest[1], digest[2], digest[3],
                          expected[0], expected[1], expected[2], expected[3]);
    }
    return DELTA_OK;
}

static enum delta_status check_images(const struct delta_content *images,
                                      bool is_new, const uint8_t *package,
                                      const struct dfp_info *first,
                                      struct delta_error *error)
{
    struct dfp_info raw = *first;
    enum delta_status status = DELTA_OK;
    size_t wanted;

    for (uint32_t i = 0; status == DELTA_OK && i < first->parts; i++) {
        (void)dfp_peek_part(package, first->package_size, i, &raw, &wanted);
        status = check_image(error, is_new, &images[i], package, &raw, i);
    }
    return status;
}

static enum delta_status check_count(const struct dfp_info *raw, size_t count,
                                     struct delta_error *error)
{
    if (raw->parts == count) {
        return DELTA_OK;
    }
    return delta_fail(error, DELTA_ERR_OPTION, "package",
                      "wants an image for each of its parts (found %zu, "
                      "expected %u)",
                      count, (unsigned)raw->parts);
}

// Everything that is checked before a byte is decoded. run->old_images may be
// NULL.
static enum delta_status examine_for(struct dfp_info *raw,
                                     struct delta_info *info,
                                     const struct delta_run *run, size_t count,
                                     size_t package_size,
                                     struct delta_error *error)
{
    enum delta_status status =
        delta_examine(info, raw, run->package, package_size, 0, error);

    if (status == DELTA_OK) {
        status = delta_check_trust(run->package, raw, run->keys, run->key_count,
                                   error);
    }
    if (status == DELTA_OK && count != 0) {
        status = check_count(raw, count, error);
    }
    if (status == DELTA_OK && run->old_images != NULL) {
        status = check_images(run->old_images, false, run->package, raw, error);
    }
    return status;
}

enum delta_status delta_apply_parts(struct delta_bytes *new_images,
                                    const struct delta_content *old_images,
                                    size_t count, const void *package,
                                    size_t package_size,
                                    const struct delta_key *keys,
                                    size_t key_count, struct delta_error *error)
{
    struct delta_info info;
    struct dfp_info raw;
    struct delta_run run = {
        .old_images = old_images,
        .package = package,
        .info = &raw,
        .keys = keys,
        .key_count = key_count,
    };
    enum delta_status status =
        examine_for(&raw, &info, &run, count, package_size, error);

    memset(new_images, 0, count * sizeof(*new_images));
    if (status != DELTA_OK) {
        return status;
    }
    return delta_run_patcher(new_images, &run, error);
}

enum delta_status delta_apply(struct delta_bytes *new_image,
                              const void *old_data, size_t old_size,
                              const void *package, size_t package_size,
                              const struct delta_key *keys, size_t key_count,
                              struct delta_error *error)
{
    struct delta_content old_image = {old_data, old_size};

    return delta_apply_parts(new_image, &old_image, 1, package, package_size,
                             keys, key_count, error);
}

// What comes out, beside the images expected. The patcher has compared it, too.
static enum delta_status compare(const struct delta_bytes *made,
                                 const struct delta_content *new_images,
                                 const struct delta_run *run,
                                 struct delta_error *error)
{
    for (uint32_t i = 0; i < run->info->parts; i++) {
        struct delta_content image = {made[i].data, made[i].size};
        uint8_t found[32];
        uint8_t expected[32];

        if (digest_image(found, &image, run->package, i) != DELTA_OK ||
            digest_image(expected, &new_images[i], run->package, i) !=
                DELTA_OK) {
            return delta_fail_memory(error, "new");
        }
        if (memcmp(found, expected, sizeof(found)) != 0) {
            delta_fail(error, DELTA_ERR_RESULT, "new",
                       "not what the package makes");
            name_image(error, true, run->info, i);
            return DELTA_ERR_RESULT;
        }
    }
    return DELTA_OK;
}

enum delta_status delta_verify_parts(struct delta_info *info,
                                     const void *package, size_t package_size,
                                     const struct delta_content *old_images,
                                     const struct delta_content *new_images,
                                     size_t count, const struct delta_key *keys,
                                     size_t key_count,
                                     struct delta_error *error)
{
    struct delta_info own_info;
    struct dfp_info raw;
    struct delta_bytes made[DELTA_PARTS_MAX] = {{NULL, 0}};
    struct delta_run run = {
        .old_images = old_images,
        .package = package,
        .info = &raw,
        .keys = keys,
        .key_count = key_count,
    };
    enum delta_status status =
        examine_for(&raw, info != NULL ? info : &own_info, &run,
                    old_images != NULL || new_images != NULL ? count : 0,
                    package_size, error);

    if (status == DELTA_OK && new_images != NULL) {
        status = check_images(new_images, true, package, &raw, error);
    }
    if (status == DELTA_OK && old_images != NULL) {
        status = delta_run_patcher(made, &run, error);
        if (status == DELTA_OK && new_images != NULL) {
            status = compare(made, new_images, &run, error);
        }
        free_images(made, raw.parts);
    }
    return status;
}

enum delta_status delta_verify(struct delta_info *info, const void *package,
                               size_t package_size, const void *old_data,
                               size_t old_size, const void *new_data,
                               size_t new_size, const struct delta_key *keys,
                               size_t key_count, struct delta_error *error)
{
    struct delta_content old_image = {old_data, old_size};
    struct delta_content new_image = {new_data, new_size};

    return delta_verify_parts(
        info, package, package_size, old_data != NULL ? &old_image : NULL,
        new_data != NULL ? &new_image : NULL, 1, keys, key_count, error);
}
