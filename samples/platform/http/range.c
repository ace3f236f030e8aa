// SPDX-License-Identifier: MIT
// The Range header.

#include "range.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

// A number, at most 2^60; false when there is none.
static bool read_number(uint64_t *number, const char **at)
{
    const char *begin = *at;

    *number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (*number < UINT64_C(1) << 56) {
            *number = 10 * *number + (uint64_t)(**at - '0');
        }
    }
    return *at != begin;
}

struct spec {
    bool has_from, has_to;
    uint64_t from, to;
};

// bytes=FROM-TO, one of the numbers may be missing.
static bool read_spec(struct spec *spec, const char *header)
{
    memset(spec, 0, sizeof(*spec));
    if (header == NULL || strncasecmp(header, "bytes=", 6) != 0) {
        return false;
    }
    header += 6;
    header += strspn(header, " \t");
    spec->has_from = read_number(&spec->from, &header);
    if (*header != '-') {
        return false;
    }
    header++;
    spec->has_to = read_number(&spec->to, &header);
    header += strspn(header, " \t");
    return *header == 0 && (spec->has_from || spec->has_to) &&
           !(spec->has_from && spec->has_to && spec->to < spec->from);
}

struct range range_of(const char *header, const char *if_range,
                      const char *etag, uint64_t file_size)
{
    struct range all = {RANGE_NONE, 0, file_size};
    struct spec spec;

    if (!read_spec(&spec, header) ||
        (if_range != NULL && strcmp(if_range, etag) != 0)) {
        return all;
    }
    if (!spec.has_from) { // the last bytes
        uint64_t size = spec.to < file_size ? spec.to : file_size;

        return size > 0 ? (struct range){RANGE_PART, file_size - size, size}
                        : (struct range){RANGE_NOT_THERE, 0, 0};
    }
    if (spec.from >= file_size) {
        return (struct range){RANGE_NOT_THERE, 0, 0};
    }
    uint64_t end =
        spec.has_to && spec.to < file_size - 1 ? spec.to + 1 : file_size;
    return (struct range){RANGE_PART, spec.from, end - spec.from};
}

int64_t range_begin(const char *header)
{
    struct spec spec;

    return read_spec(&spec, header) && spec.has_from ? (int64_t)spec.from : 0;
}
