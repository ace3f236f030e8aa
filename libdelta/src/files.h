// SPDX-License-Identifier: MIT
// The formats of image files: one source file each.

#ifndef DELTA_FILES_H
#define DELTA_FILES_H

#include "delta_image.h"
#include "layout.h"

// Whether a file begins as one of a format does and nothing else: what is wrong
// behind that is then an error. (Of ESP and MCUboot images the bytes are taken
// as they are in any case, and the readers find out.)
bool delta_file_is_elf(const uint8_t *data, size_t size);
bool delta_file_is_ihex(const uint8_t *data, size_t size);
bool delta_file_is_srec(const uint8_t *data, size_t size);
bool delta_file_is_uf2(const uint8_t *data, size_t size);

// Read a file into a zeroed image. After a failure the caller frees it.
enum delta_status delta_file_elf(struct delta_image *image, const uint8_t *data,
                                 size_t size, struct delta_error *error);
// The library that reads them, and its version.
const char *delta_elf_library(void);

// "1.0.8, 13-Jul-2019", or NULL without it.
const char *delta_bzip2_version(void);

enum delta_status delta_file_ihex(struct delta_image *image,
                                  const uint8_t *data, size_t size,
                                  struct delta_error *error);
enum delta_status delta_file_srec(struct delta_image *image,
                                  const uint8_t *data, size_t size,
                                  struct delta_error *error);
enum delta_status delta_file_uf2(struct delta_image *image, const uint8_t *data,
                                 size_t size, struct delta_error *error);

// These two only look at an image that has its data.
enum delta_status delta_file_esp(struct delta_image *image,
                                 struct delta_error *error);
// With a base the image is known to be there in the flash.
enum delta_status delta_file_mcuboot(struct delta_image *image,
                                     const uint32_t *base,
                                     struct delta_error *error);

// An image that is in memory as the flash holds it. An error names `subject`.
enum delta_status delta_image_wrap(struct delta_image *image, const void *data,
                                   size_t size, const char *subject,
                                   struct delta_error *error);

// Lay out data that has an address but no description: one region, or those
// of an MCUboot image. Frees the layout.
enum delta_status delta_file_finish(struct delta_image *image,
                                    struct delta_layout *layout,
                                    const char *name,
                                    struct delta_error *error);

#endif
