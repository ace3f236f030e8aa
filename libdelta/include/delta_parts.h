// SPDX-License-Identifier: MIT
// libdelta: packages of several parts, full images, and bytes of an image that
// are the module's own.
//
//   struct delta_part_input parts[2] = {
//       {.id = 0, .old_image = &old_core, .new_image = &new_core},
//       {.id = 1, .new_image = &new_app}, // no old image: a full one
//   };
//   status = delta_make_parts(&package, reports, parts, 2, &options, &error);
//
// A module of several images (boot loader, core, application, modem) gets them
// in one package, with one signature: they become bootable together or not at
// all. Each part has streams and tables of its own; the memory that a module
// needs is that of the largest part.
//
// A full image needs nothing that is on the module: it also rescues one whose
// image is half overwritten. A part becomes one when there is no old image, and
// when no delta is smaller.
//
// Unmanaged ranges are bytes that change on the module (calibration, settings):
// they stay as they are there, and count as 0xFF in both images.

#ifndef DELTA_PARTS_H
#define DELTA_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "delta_image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_PARTS_MAX 8u      // of a package
#define DELTA_UNMANAGED_MAX 28u // ranges of all parts of a package

// Bytes [start, end) of an image.
struct delta_span {
    uint32_t start; // the first one
    uint32_t end;   // behind the last one
};

// One part to be made.
struct delta_part_input {
    uint8_t id; // that the module knows it by (dfp_config.part_id); ascending
                // in a package, 0 where the module has only one
    const struct delta_image *old_image; // NULL: none, make a full image
    const struct delta_image *new_image; // what it becomes
    // Of these codec, level, base, arch and in_place are this part's; the rest
    // is the package's. NULL: the options of the package.
    const struct delta_options *options;
    // The module's own: ascending, not overlapping, within both images.
    const struct delta_span *unmanaged;
    size_t unmanaged_count; // of unmanaged
};

// Make the package of 1 to DELTA_PARTS_MAX parts. reports may be NULL, else it
// has room for one of each part. In place, the scratch area is shared. An
// error's subject is "old 2" or "new 2" for the images of parts[2] where there
// are several.
enum delta_status delta_make_parts(struct delta_bytes *package,
                                   struct delta_report *reports,
                                   const struct delta_part_input *parts,
                                   size_t part_count,
                                   const struct delta_options *options,
                                   struct delta_error *error);

// An image that belongs to the caller; NULL, 0 where there is none.
struct delta_content {
    const void *data; // its first byte
    size_t size;      // bytes
};

// Apply a package. `count` is the number of its parts, and of images in
// new_images and old_images. An old image of a part that needs none gives the
// bytes that are the module's own.
enum delta_status delta_apply_parts(
    struct delta_bytes *new_images, const struct delta_content *old_images,
    size_t count, const void *package, size_t package_size,
    const struct delta_key *keys, size_t key_count, struct delta_error *error);

// As delta_inspect, of part number `part`, from 0 on. DELTA_ERR_OPTION: there
// are fewer.
enum delta_status delta_inspect_part(struct delta_info *info,
                                     const void *package, size_t package_size,
                                     size_t part, struct delta_error *error);

// As delta_verify; old_images and new_images may be NULL, else they have
// `count` images, one of each part.
enum delta_status delta_verify_parts(struct delta_info *info,
                                     const void *package, size_t package_size,
                                     const struct delta_content *old_images,
                                     const struct delta_content *new_images,
                                     size_t count, const struct delta_key *keys,
                                     size_t key_count,
                                     struct delta_error *error);

#ifdef __cplusplus
}
#endif

#endif
