// SPDX-License-Identifier: MIT
// The Range and If-Range headers (RFC 9110, 14).

#ifndef PLATFORM_RANGE_H
#define PLATFORM_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum range_kind {
    RANGE_NONE,     // all of it: 200
    RANGE_PART,     // from..to: 206
    RANGE_NOT_THERE // 416
};

struct range {
    enum range_kind kind;
    uint64_t from;
    uint64_t size; // of the part
};

// What a header asks for, of a file of so many bytes. Headers that are no single
// range of bytes are as none (RFC 9110, 14.2). IF_RANGE may be NULL; with another
// value than ETAG the range does not count.
struct range range_of(const char *header, const char *if_range,
                      const char *etag, uint64_t file_size);

// Where a header's range begins, without knowing the file; 0 for all else.
int64_t range_begin(const char *header);

#endif
