// SPDX-License-Identifier: MIT
// The build attributes of an ELF file for ARM (section .ARM.attributes).
//
// 'A', then per vendor: size (with itself), name, and parts: tag, size (with
// both), attributes. An attribute is a tag and a number or a text.

#include "armattributes.h"

#include <string.h>

#define TAG_FILE 1u
#define TAG_CPU_RAW_NAME 4u
#define TAG_CPU_NAME 5u
#define TAG_PROFILE 7u
#define TAG_ARM_USE 8u
#define TAG_THUMB_USE 9u
#define TAG_COMPATIBILITY 32u // a number and a text

// What is left to read. Past the end numbers are 0 and texts empty.
struct reader {
    const uint8_t *data;
    size_t size;
};

static struct reader take(struct reader *r, size_t size)
{
    struct reader part = {r->data, size < r->size ? size : r->size};

    r->data += part.size;
    r->size -= part.size;
    return part;
}

static uint32_t take_number(struct reader *r)
{
    uint32_t value = 0;
    unsigned shift = 0;

    while (r->size > 0) {
        struct reader byte = take(r, 1);

        if (shift < 32) {
            value |= (uint32_t)(byte.data[0] & 0x7Fu) << shift;
            shift += 7;
        }
        if (byte.data[0] < 0x80) {
            break;
        }
    }
    return value;
}

static uint32_t take_size(struct reader *r, bool is_big_endian)
{
    struct reader part = take(r, 4);
    uint32_t value = 0;

    for (size_t i = 0; i < part.size; i++) {
        unsigned shift = (unsigned)(is_big_endian ? 3 - i : i) * 8;

        value |= (uint32_t)part.data[i] << shift;
    }
    return value;
}

static struct reader take_text(struct reader *r)
{
    const uint8_t *end = memchr(r->data, 0, r->size);

    return take(r, end == NULL ? r->size : (size_t)(end - r->data) + 1);
}

static bool is_text(uint32_t tag)
{
    return tag == TAG_CPU_RAW_NAME || tag == TAG_CPU_NAME ||
           (tag > TAG_COMPATIBILITY && tag % 2 == 1);
}

static bool says_thumb(struct reader r)
{
    uint32_t profile = 0, thumb = 0, arm = 1;

    while (r.size > 0) {
        uint32_t tag = take_number(&r);
        uint32_t value;

        if (is_text(tag)) {
            take_text(&r);
            continue;
        }
        value = take_number(&r);
        switch (tag) {
        case TAG_PROFILE: profile = value; break;
        case TAG_ARM_USE: arm = value; break;
        case TAG_THUMB_USE: thumb = value; break;
        case TAG_COMPATIBILITY: take_text(&r); break;
        default: break;
        }
    }
    return profile == 'M' || (thumb != 0 && arm == 0);
}

static bool vendor_says_thumb(struct reader r, bool is_big_endian)
{
    struct reader name = take_text(&r);

    if (name.size != 6 || memcmp(name.data, "aeabi", 6) != 0) {
        return false;
    }
    while (r.size > 5) {
        bool of_file = r.data[0] == TAG_FILE;
        uint32_t size;

        take(&r, 1);
        size = take_size(&r, is_big_endian);
        size = size > 5 ? size - 5 : 0;
        if (says_thumb(take(&r, size)) && of_file) {
            return true;
        }
    }
    return false;
}

bool delta_arm_is_thumb(const uint8_t *data, size_t size, bool is_big_endian)
{
    struct reader r = {data, size};

    if (size == 0 || data[0] != 'A') {
        return false;
    }
    take(&r, 1);
    while (r.size > 4) {
        uint32_t part = take_size(&r, is_big_endian);

        part = part > 4 ? part - 4 : 0;
        if (vendor_says_thumb(take(&r, part), is_big_endian)) {
            return true;
        }
    }
    return false;
}
