// SPDX-License-Identifier: MIT
// libdelta: names files that are no dfota packages but something alike, and
// applies patches of bsdiff.
//
//   struct delta_foreign foreign;
//   if (delta_foreign_identify(&foreign, data, size)) {
//       printf("%s\n", foreign.title);
//       for (uint32_t i = 0; i < foreign.field_count; i++) {
//           printf("%s %llu\n", foreign.fields[i].name,
//                  (unsigned long long)foreign.fields[i].value);
//       }
//   }
//
// A file is named after what it begins with. What its header says is read
// within the file's bounds and passed on as it is: nothing has been checked
// against the rest of the file, so do not allocate by it. A header that is cut
// short, or numbers that 64 bits do not hold, leave fields out.

#ifndef DELTA_FOREIGN_H
#define DELTA_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_FOREIGN_FIELDS 5 // that a header has at most

// A number of a header.
struct delta_foreign_field {
    const char *name; // "new_size", "control_size" ...
    uint64_t value;   // as the header has it
};

// A format that is not ours, and what a file of it says of itself.
struct delta_foreign {
    const char *name;        // for programs: "bsdiff40", "vcdiff" ...
    const char *title;       // for people: "a BSDIFF40 patch (bsdiff 4)"
    const char *compression; // as the header names it; NULL: it does not
    // In the order of the header.
    struct delta_foreign_field fields[DELTA_FOREIGN_FIELDS];
    uint32_t field_count; // of fields
};

// false: nothing that is known; foreign is zeroed then. Strings are constant.
bool delta_foreign_identify(struct delta_foreign *foreign, const void *data,
                            size_t size);

// The image that a patch of bsdiff makes of an old image, byte for byte as
// bspatch does: BSDIFF40, or ENDSLEY/BSDIFF43. A patch states no digest of its
// old image: on another one it makes something else, and that is no error.
//
// The patch may be anything: it is refused with DELTA_ERR_PATCH when it is
// damaged, followed by other bytes, or makes more than DELTA_IMAGE_MAX bytes;
// that is all the memory that it can take, beside 12 MB for bzip2. Free
// new_image with delta_free; it is zeroed on failure.
enum delta_status delta_bsdiff_apply(struct delta_bytes *new_image,
                                     const void *patch, size_t patch_size,
                                     const void *old_data, size_t old_size,
                                     struct delta_error *error);

#ifdef __cplusplus
}
#endif

#endif
