// SPDX-License-Identifier: MIT
// The public calls that make packages of one part, and what options may be.

#include "delta.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "files.h"
#include "make.h"
#include "oneslot.h"
#include "text.h"

const char *delta_version(void)
{
    return DELTA_VERSION;
}

void delta_free(struct delta_bytes *bytes)
{
    if (bytes != NULL) {
        free(bytes->data);
        bytes->data = NULL;
        bytes->size = 0;
    }
}

static enum delta_status check_text(const char *text, const char *option,
                                    struct delta_error *error)
{
    size_t size = text != NULL ? strlen(text) : 1;

    if (size < 1 || size > DELTA_TEXT_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, option,
                          "text out of range (found %zu bytes, expected 1 to "
                          "%lu)",
                          size, (unsigned long)DELTA_TEXT_MAX);
    }
    if (text != NULL && !delta_text_is_clean(text)) {
        return delta_fail(error, DELTA_ERR_OPTION, option,
                          "text cannot be shown (found control characters or "
                          "other bytes, expected UTF-8)");
    }
    return DELTA_OK;
}

enum delta_status delta_check_options(const struct delta_options *o,
                                      struct delta_error *error)
{
    if (o->codec != DELTA_RANGE && o->codec != DELTA_DEFLATE) {
        return delta_fail(error, DELTA_ERR_OPTION, "codec",
                          "unknown codec (found %d, expected 0 or 1)",
                          (int)o->codec);
    }
    if (o->level < 0 || o->level > 9) {
        return delta_fail(error, DELTA_ERR_OPTION, "level",
                          "out of range (found %d, expected 1 to 9)", o->level);
    }
    if (delta_arch_name(o->arch) == NULL) {
        return delta_fail(error, DELTA_ERR_OPTION, "arch",
                          "unknown architecture (found %d, expected 0 to %d)",
                          (int)o->arch, (int)DELTA_ARCH_BIG);
    }
    if (o->key != NULL && !o->key->is_private) {
        return delta_fail(error, DELTA_ERR_KEY, "key",
                          "cannot sign (found a public key, expected a "
                          "private key)");
    }
    enum delta_status status = check_text(o->product, "product", error);
    if (status == DELTA_OK) {
        status = check_text(o->from_version, "from-version", error);
    }
    if (status == DELTA_OK) {
        status = check_text(o->to_version, "to-version", error);
    }
    return status == DELTA_OK ? delta_oneslot_check(o, error) : status;
}

enum delta_status delta_make_traced(struct delta_bytes *package,
                                    struct delta_report *report,
                                    struct delta_stream *stream,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error)
{
    struct delta_part_input part = {
        .old_image = old_image,
        .new_image = new_image,
    };

    return delta_make_package(package, report, stream, &part, 1, options,
                              error);
}

enum delta_status delta_make_images(struct delta_bytes *package,
                                    struct delta_report *report,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error)
{
    return delta_make_traced(package, report, NULL, old_image, new_image,
                             options, error);
}

enum delta_status delta_make(struct delta_bytes *package,
                             struct delta_report *report, const void *old_data,
                             size_t old_size, const void *new_data,
                             size_t new_size,
                             const struct delta_options *options,
                             struct delta_error *error)
{
    struct delta_image old_image, new_image;
    enum delta_status status =
        delta_image_wrap(&old_image, old_data, old_size, "old", error);

    memset(package, 0, sizeof(*package));
    if (report != NULL) {
        memset(report, 0, sizeof(*report));
    }
    memset(&new_image, 0, sizeof(new_image));
    if (status == DELTA_OK) {
        status = delta_image_wrap(&new_image, new_data, new_size, "new", error);
    }
    if (status == DELTA_OK) {
        status = delta_make_images(package, report, &old_image, &new_image,
                                   options, error);
    }
    delta_image_free(&old_image);
    delta_image_free(&new_image);
    return status;
}
