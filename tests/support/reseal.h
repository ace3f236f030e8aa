// SPDX-License-Identifier: MIT
// Makes damaged packages look genuine, so that what lies behind the digests
// and the signature is reached.

#ifndef TESTS_RESEAL_H
#define TESTS_RESEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "images.h"

// Set sizes, digests of the old image and of the chunks, and the seal as the
// rest of the package implies; a signed one is signed with the cases' key.
// False when the package is too short to be laid out.
bool reseal_package(uint8_t *package, uint32_t size,
                    const struct image *old_image);

// Bytes of a part's image that the package declares unmanaged: taken from
// another image, or made 0xFF if there is none. Any bytes will do as a package
// that has a preamble.
void reseal_unmanaged(const uint8_t *package, uint32_t size, uint32_t part,
                      uint8_t *image, uint32_t image_size, const uint8_t *from);

// Only the seal.
void reseal_manifest(uint8_t *package);

#endif
