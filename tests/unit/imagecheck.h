// SPDX-License-Identifier: MIT
// Reads made-up image files and checks what comes of them.

#ifndef TESTS_IMAGECHECK_H
#define TESTS_IMAGECHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delta_image.h"
#include "dfota/format.h"
#include "imagefiles.h"

// Read from memory of exactly that size, so that nothing behind it is read
// unseen.
static inline enum delta_status read_file(struct delta_image *image,
                                          const struct imagefile *f,
                                          enum delta_file_format format,
                                          struct delta_error *error)
{
    uint8_t *data = malloc(f->size + 1);
    uint8_t *exact = data == NULL ? NULL : realloc(data, f->size);
    enum delta_status status;

    data = exact != NULL || f->size == 0 ? exact : data;
    if (f->size > 0) {
        assert_non_null(data);
        memcpy(data, f->data, f->size);
    }
    memset(error, 0, sizeof(*error));
    status = delta_image_read(image, data, f->size, format, error);
    free(data);
    return status;
}

static inline void check_good(struct delta_image *image,
                              const struct imagefile *f,
                              enum delta_file_format expected)
{
    struct delta_error error;

    if (read_file(image, f, DELTA_FILE_AUTO, &error) != DELTA_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(image->format, expected);
}

// The file is not well-formed, and this is why.
static inline void check_bad(const struct imagefile *f,
                             enum delta_file_format format, const char *text)
{
    struct delta_image image;
    struct delta_error error;

    assert_int_equal(read_file(&image, f, format, &error), DELTA_ERR_IMAGE);
    assert_string_equal(error.text, text);
    assert_string_equal(error.subject, "image");
    assert_null(image.data);
    assert_int_equal(image.size, 0);
}

// With AUTO the file is taken as it is.
static inline void check_raw(const struct imagefile *f)
{
    struct delta_image image;

    check_good(&image, f, DELTA_FILE_RAW);
    assert_int_equal(image.size, f->size);
    assert_memory_equal(image.data, f->data, f->size);
    assert_int_equal(image.region_count, 1);
    assert_false(image.has_addresses);
    delta_image_free(&image);
}

static inline void check_region(const struct delta_image *image, uint32_t i,
                                uint32_t start, uint32_t address, uint8_t arch,
                                bool has_code)
{
    const struct delta_region *r = image->regions + i;

    assert_true(i < image->region_count);
    if (r->start != start || r->address != address || r->arch != arch ||
        r->has_code != has_code) {
        fail_msg("region %u: %x at %08x, arch %u, code %d", (unsigned)i,
                 (unsigned)r->start, (unsigned)r->address, (unsigned)r->arch,
                 (int)r->has_code);
    }
}

#endif
