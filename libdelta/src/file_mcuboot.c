// SPDX-License-Identifier: MIT
// MCUboot images: a header, the program, and a trailer of digests and
// signatures.

#include "bytes.h"
#include "dfota/format.h"
#include "errors.h"
#include "files.h"
#include "regions.h"

#define NAME "MCUboot"
#define MAGIC 0x96F3B83Du
#define HEADER 32u
#define TRAILER_MAGIC 0x6907u
#define PROTECTED_MAGIC 0x6908u
#define FLAG_ENCRYPTED 0x0000000Cu  // AES-128 or AES-256
#define FLAG_RAM_LOAD 0x00000020u   // the image runs from its load address
#define FLAG_ROM_FIXED 0x00000100u  // likewise, in flash
#define FLAG_COMPRESSED 0x00000600u // LZMA

static enum delta_status bad(struct delta_error *error, uint32_t at,
                             const char *what, unsigned long found,
                             unsigned long expected)
{
    return delta_fail(error, DELTA_ERR_IMAGE, "image",
                      NAME ": byte 0x%lx: %s (found 0x%lx, expected 0x%lx)",
                      (unsigned long)at, what, found, expected);
}

// Is there a trailer of that kind at `at`? *size becomes its size.
static enum delta_status check_trailer(const struct delta_image *image,
                                       uint32_t at, uint32_t magic,
                                       uint32_t *size,
                                       struct delta_error *error)
{
    if (at > image->size || image->size - at < 4) {
        return bad(error, at, "cut short before the trailer", image->size,
                   (unsigned long)at + 4);
    }
    if (dfc_get16(image->data + at) != magic) {
        return bad(error, at, "no trailer", dfc_get16(image->data + at), magic);
    }
    *size = dfc_get16(image->data + at + 2);
    if (*size < 4 || *size > image->size - at) {
        return bad(error, at, "trailer of the wrong size", *size,
                   image->size - at);
    }
    return DELTA_OK;
}

static enum delta_status check_trailers(const struct delta_image *image,
                                        uint32_t at, struct delta_error *error)
{
    uint32_t protected_size = dfc_get16(image->data + 10);
    enum delta_status status;
    uint32_t size = 0;

    if (protected_size != 0) {
        status = check_trailer(image, at, PROTECTED_MAGIC, &size, error);
        if (status != DELTA_OK) {
            return status;
        }
        if (size != protected_size) {
            return bad(error, at, "protected trailer of the wrong size", size,
                       protected_size);
        }
        at += size;
    }
    return check_trailer(image, at, TRAILER_MAGIC, &size, error);
}

enum delta_status delta_file_mcuboot(struct delta_image *image,
                                     const uint32_t *base,
                                     struct delta_error *error)
{
    struct delta_regions regions = {0};
    uint32_t header, size, flags, address;
    enum delta_status status;

    if (image->size < HEADER) {
        return bad(error, 0, "cut short", image->size, HEADER);
    }
    if (dfc_get32(image->data) != MAGIC) {
        return bad(error, 0, "no header", dfc_get32(image->data), MAGIC);
    }
    header = dfc_get16(image->data + 8);
    size = dfc_get32(image->data + 12);
    flags = dfc_get32(image->data + 16);
    if (header < HEADER || header > image->size) {
        return bad(error, 8, "header of the wrong size", header, HEADER);
    }
    if (size == 0 || size > image->size - header) {
        return bad(error, 12, "program of the wrong size", size,
                   image->size - header);
    }
    status = check_trailers(image, header + size, error);
    if (status != DELTA_OK) {
        return status;
    }
    address = base != NULL ? *base : 0;
    image->has_addresses = base != NULL;
    if ((flags & (FLAG_RAM_LOAD | FLAG_ROM_FIXED)) != 0) {
        address = dfc_get32(image->data + 4);
        image->has_addresses = true;
    }
    delta_regions_add(&regions, 0, address, DELTA_ARCH_UNKNOWN, false);
    delta_regions_add(&regions, header, address + header, DELTA_ARCH_UNKNOWN,
                      (flags & (FLAG_ENCRYPTED | FLAG_COMPRESSED)) == 0);
    delta_regions_add(&regions, header + size, address + header + size,
                      DELTA_ARCH_UNKNOWN, false);
    return delta_regions_finish(&regions, image, error);
}
