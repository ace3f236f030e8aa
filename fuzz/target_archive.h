// SPDX-License-Identifier: MIT
// A ZIP archive of empty members from bytes that say what they are called and
// what they are. Both headers of each agree, so that readers get that far.

#ifndef FUZZ_TARGET_ARCHIVE_H
#define FUZZ_TARGET_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARCHIVE_ROOM 65536u
#define LOCAL_SIZE 30u
#define CENTRAL_SIZE 46u
#define END_SIZE 22u

static inline void archive_put16(uint8_t *to, size_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

// version, flags, method ... sizes, name size: alike in both headers
static inline void archive_common(uint8_t *to, uint8_t kind, size_t name_size)
{
    archive_put16(to, 20);
    archive_put16(to + 2, (kind & 1u) | (kind & 2u) << 10); // sealed, UTF-8
    archive_put16(to + 22, name_size);
}

// Each member is the size of its name, its kind, its name; the upper half of
// the kind is the type of file that Unix has. Returns the archive's size.
static inline size_t archive_build(uint8_t out[ARCHIVE_ROOM],
                                   const uint8_t *data, size_t size)
{
    static uint8_t central[ARCHIVE_ROOM];
    size_t local_size = 0, central_size = 0, count = 0;

    memset(out, 0, ARCHIVE_ROOM);
    memset(central, 0, sizeof(central));
    while (size > 2 && local_size + central_size < ARCHIVE_ROOM / 2) {
        size_t name_size = data[0] < size - 2 ? data[0] : size - 2;
        uint8_t kind = data[1];
        uint8_t *local = out + local_size;
        uint8_t *entry = central + central_size;

        memcpy(local, "PK\3\4", 4);
        archive_common(local + 4, kind, name_size);
        memcpy(local + LOCAL_SIZE, data + 2, name_size);
        memcpy(entry, "PK\1\2", 4);
        archive_put16(entry + 4, 3u << 8 | 20u); // made by Unix
        archive_common(entry + 6, kind, name_size);
        archive_put16(entry + 40, (kind & 0xF0u) << 8);
        archive_put16(entry + 42, local_size);
        memcpy(entry + CENTRAL_SIZE, data + 2, name_size);
        local_size += LOCAL_SIZE + name_size;
        central_size += CENTRAL_SIZE + name_size;
        data += 2 + name_size;
        size -= 2 + name_size;
        count++;
    }
    memcpy(out + local_size, central, central_size);
    uint8_t *end = out + local_size + central_size;
    memcpy(end, "PK\5\6", 4);
    archive_put16(end + 8, count);
    archive_put16(end + 10, count);
    archive_put16(end + 12, central_size);
    archive_put16(end + 16, local_size);
    return local_size + central_size + END_SIZE;
}

#endif
