// SPDX-License-Identifier: MIT
// Reads image files: which format it is, and what all have in common.

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "files.h"
#include "regions.h"

const char *delta_file_format_name(enum delta_file_format format)
{
    switch (format) {
    case DELTA_FILE_AUTO: return "auto";
    case DELTA_FILE_RAW: return "raw";
    case DELTA_FILE_ELF: return "elf";
    case DELTA_FILE_IHEX: return "ihex";
    case DELTA_FILE_SREC: return "srec";
    case DELTA_FILE_UF2: return "uf2";
    case DELTA_FILE_ESP: return "esp";
    case DELTA_FILE_MCUBOOT: return "mcuboot";
    }
    return NULL;
}

void delta_image_free(struct delta_image *image)
{
    if (image != NULL) {
        free(image->data);
        free(image->symbols);
        free(image->sections);
        free(image->texts);
        memset(image, 0, sizeof(*image));
    }
}

static enum delta_status one_region(struct delta_image *image, uint32_t address,
                                    struct delta_error *error)
{
    struct delta_regions regions = {0};

    delta_regions_add(&regions, 0, address, DELTA_ARCH_UNKNOWN, true);
    return delta_regions_finish(&regions, image, error);
}

enum delta_status delta_file_finish(struct delta_image *image,
                                    struct delta_layout *layout,
                                    const char *name, struct delta_error *error)
{
    uint64_t lowest = 0;
    enum delta_status status =
        delta_layout_make(layout, image, &lowest, name, error);
    uint32_t base = (uint32_t)lowest;

    delta_layout_free(layout);
    if (status != DELTA_OK) {
        return status;
    }
    status = delta_file_mcuboot(image, &base, NULL);
    if (status != DELTA_ERR_IMAGE) {
        return status == DELTA_OK ? status : delta_fail_memory(error, "image");
    }
    image->has_addresses = true;
    return one_region(image, base, error);
}

static enum delta_status copy(struct delta_image *image, const uint8_t *data,
                              size_t size, struct delta_error *error)
{
    if (size == 0 || size > DELTA_IMAGE_MAX) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          "image is empty or too large (found %zu bytes, "
                          "expected 1 to %lu)",
                          size, (unsigned long)DELTA_IMAGE_MAX);
    }
    image->data = malloc(size);
    if (image->data == NULL) {
        return delta_fail_memory(error, "image");
    }
    memcpy(image->data, data, size);
    image->size = (uint32_t)size;
    return DELTA_OK;
}

// Formats whose bytes are the image.
static enum delta_status read_binary(struct delta_image *image,
                                     enum delta_file_format format,
                                     struct delta_error *error)
{
    switch (format) {
    case DELTA_FILE_ESP: return delta_file_esp(image, error);
    case DELTA_FILE_MCUBOOT: return delta_file_mcuboot(image, NULL, error);
    default: return one_region(image, 0, error);
    }
}

// The first of them that fits; a raw image is none of the others.
static enum delta_status detect_binary(struct delta_image *image,
                                       struct delta_error *error)
{
    static const enum delta_file_format formats[] = {
        DELTA_FILE_ESP, DELTA_FILE_MCUBOOT, DELTA_FILE_RAW};
    enum delta_status status = DELTA_ERR_IMAGE;

    for (size_t i = 0; status == DELTA_ERR_IMAGE && i < 3; i++) {
        image->format = formats[i];
        status = read_binary(image, formats[i], error);
    }
    return status;
}

static enum delta_file_format detect(const uint8_t *data, size_t size)
{
    if (delta_file_is_elf(data, size)) {
        return DELTA_FILE_ELF;
    }
    if (delta_file_is_uf2(data, size)) {
        return DELTA_FILE_UF2;
    }
    if (delta_file_is_ihex(data, size)) {
        return DELTA_FILE_IHEX;
    }
    return delta_file_is_srec(data, size) ? DELTA_FILE_SREC : DELTA_FILE_AUTO;
}

static enum delta_status read_format(struct delta_image *image,
                                     const uint8_t *data, size_t size,
                                     enum delta_file_format format,
                                     struct delta_error *error)
{
    enum delta_status status;

    image->format = format;
    switch (format) {
    case DELTA_FILE_ELF: return delta_file_elf(image, data, size, error);
    case DELTA_FILE_IHEX: return delta_file_ihex(image, data, size, error);
    case DELTA_FILE_SREC: return delta_file_srec(image, data, size, error);
    case DELTA_FILE_UF2: return delta_file_uf2(image, data, size, error);
    case DELTA_FILE_AUTO:
        status = copy(image, data, size, error);
        return status == DELTA_OK ? detect_binary(image, error) : status;
    default:
        status = copy(image, data, size, error);
        return status == DELTA_OK ? read_binary(image, format, error) : status;
    }
}

enum delta_status delta_image_read(struct delta_image *image, const void *data,
                                   size_t size, enum delta_file_format format,
                                   struct delta_error *error)
{
    enum delta_status status;

    memset(image, 0, sizeof(*image));
    if (delta_file_format_name(format) == NULL) {
        return delta_fail(error, DELTA_ERR_OPTION, "format",
                          "unknown file format (found %d, expected %d to %d)",
                          (int)format, (int)DELTA_FILE_AUTO,
                          (int)DELTA_FILE_MCUBOOT);
    }
    if (format == DELTA_FILE_AUTO) {
        format = detect(data, size);
    }
    status = read_format(image, data, size, format, error);
    if (status != DELTA_OK) {
        delta_image_free(image);
    }
    return status;
}

enum delta_status delta_image_wrap(struct delta_image *image, const void *data,
                                   size_t size, const char *subject,
                                   struct delta_error *error)
{
    enum delta_status status;

    memset(image, 0, sizeof(*image));
    status = copy(image, data, size, error);
    if (status == DELTA_OK) {
        status = detect_binary(image, error);
    }
    if (status != DELTA_OK) {
        delta_image_free(image);
        if (error != NULL) {
            error->subject = subject;
        }
    }
    return status;
}
