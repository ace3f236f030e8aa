// SPDX-License-Identifier: MIT
// libdelta: the flash of a module, stated once in a short JSON file.
//
//   {
//     "about": "two slots of 1 MiB",
//     "erase": "4K", "program": 256,
//     "slot": {"address": "0x8000", "size": "1M"},
//     "new_slot": {"address": "0x108000", "size": "1M"},
//     "journal": {"size": "32K", "program": 16}
//   }
//
// Keys of the file, in any order; others are errors:
//   about    text for people
//   erase    bytes of an erase block, for areas that do not say
//   program  bytes of the smallest unit that may be programmed, likewise
//   slot     area of the running image
//   new_slot area that receives the new image; without it the module has one
//            slot and is updated in place
//   parts    instead of these two where a module has several images, such as
//            core and application: a list of them, at most DELTA_PARTS_MAX
//   staging  area that keeps the package while it is applied
//   scratch  area that keeps, in place, what a power cut could lose
//   journal  area of checkpoints; without it a cut starts the update over
//   profile  name of the module's speeds, for estimates of time
//
// Keys of an item of parts, in which ids ascend; all have a new_slot, or none:
//   id       that packages know it by, 0 to 255; if it is not given, its place
//            in the list, from 0 on
//   name     for people, at most DELTA_PART_NAME_MAX bytes
//   slot, new_slot
//
// Keys of an area:
//   size     bytes; a multiple of its erase blocks. Required
//   erase    a power of two, 8 bytes to 16 MiB
//   program  a power of two, 1 to 4,096 bytes, at most an erase block
//   address  of its first byte, at the start of an erase block. Areas that
//            have one must not overlap
//
// A number is a JSON integer or a text: "65536", "64K", "64KiB", "1M" or
// "0x10000".

#ifndef DELTA_LAYOUT_H
#define DELTA_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "delta_parts.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_LAYOUT_MAX 65536u // bytes of such a file
#define DELTA_PROFILE_MAX 32u   // bytes of a profile's name
#define DELTA_PART_NAME_MAX 32u // bytes of a part's name
#define DELTA_AREA_NAME_SIZE 24 // of an area's name as a file has it

// Slots of all parts, and the three others.
#define DELTA_LAYOUT_AREAS (2 * DELTA_PARTS_MAX + 3)

// An area of the flash. All sizes are zero where there is none.
struct delta_flash_area {
    uint32_t size;    // bytes
    uint32_t erase;   // bytes of an erase block
    uint32_t program; // bytes of the smallest unit to program
    uint32_t address; // of its first byte
    bool has_address; // else address is 0
};

// Where an image lies.
struct delta_flash_part {
    uint8_t id;                         // of the part in packages
    char name[DELTA_PART_NAME_MAX + 1]; // "" when not given
    struct delta_flash_area slot;       // of the image that runs
    struct delta_flash_area new_slot;   // of the new image, if it has one
};

// The flash of a module.
struct delta_flash_layout {
    struct delta_flash_part parts[DELTA_PARTS_MAX]; // ascending by id
    size_t part_count;                              // at least 1
    bool is_list; // the file has "parts"; else there is one, of any id
    struct delta_flash_area staging;     // keeps the package
    struct delta_flash_area scratch;     // old blocks, in place
    struct delta_flash_area journal;     // checkpoints
    char profile[DELTA_PROFILE_MAX + 1]; // "" when not given
};

// Read a layout from a JSON file in memory. DELTA_ERR_LAYOUT: the error names
// the key, what was found there and what was expected.
enum delta_status delta_layout_read(struct delta_flash_layout *layout,
                                    const void *json, size_t json_size,
                                    struct delta_error *error);

// The slots of the part with this id; NULL: there are none.
const struct delta_flash_part *
delta_layout_part(const struct delta_flash_layout *layout, uint32_t id);

// Area number `index` of all that a layout can have, from 0 to
// DELTA_LAYOUT_AREAS - 1, and its name. NULL: there is no such area in it.
const struct delta_flash_area *
delta_layout_area(const struct delta_flash_layout *layout, size_t index,
                  char name[DELTA_AREA_NAME_SIZE]);

// Set mode and in_place of options to what the layout has for a part of it;
// minimize stays. What parts differ in is in_place.block_size.
void delta_layout_options(struct delta_options *options,
                          const struct delta_flash_layout *layout,
                          const struct delta_flash_part *part);

// Is there room for the images of a part and the package? DELTA_ERR_LAYOUT: the
// error names the key.
enum delta_status delta_layout_check(const struct delta_flash_layout *layout,
                                     const struct delta_info *info,
                                     struct delta_error *error);

#ifdef __cplusplus
}
#endif

#endif
