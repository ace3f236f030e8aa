// SPDX-License-Identifier: MIT
// Versions as modules report them: x.y.z, each a decimal number.

#ifndef PLATFORM_VERSION_H
#define PLATFORM_VERSION_H

#include <stdbool.h>
#include <stdint.h>

// Of each of the parts. Fielded modules use at most 999, some chips the number
// of their core as the first.
#define VERSION_PART_MAX 999999u
#define VERSION_SIZE 24u // bytes of the longest text and its end

// A number that orders versions; false when the text is none. Missing parts are
// 0: "2" is "2.0.0".
bool version_rank(int64_t *rank, const char *text);

// Whether both are versions, and one, however they are spelled.
bool version_is_same(const char *one, const char *other);

// The one form of a version, x.y.z without leading zeros; false, and nothing,
// when the text is none.
bool version_normal(char normal[VERSION_SIZE], const char *text);

// The generation of a core: 3032 is of 3. 0 when the text says none.
int64_t version_generation(const char *core_version);

#endif
