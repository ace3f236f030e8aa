// SPDX-License-Identifier: MIT
// Versions as modules report them.

#include "version.h"

#include <stddef.h>
#include <stdio.h>

#define PARTS 3u

static bool read_part(uint32_t *part, const char **text)
{
    const char *at = *text;

    *part = 0;
    for (; *at >= '0' && *at <= '9' && *part <= VERSION_PART_MAX; at++) {
        *part = 10 * *part + (uint32_t)(*at - '0');
    }
    bool ok = at != *text && *part <= VERSION_PART_MAX;
    *text = at;
    return ok;
}

bool version_rank(int64_t *rank, const char *text)
{
    *rank = 0;
    for (size_t i = 0; i < PARTS; i++) {
        uint32_t part = 0;

        if (text != NULL && !read_part(&part, &text)) {
            return false;
        }
        *rank = *rank * (VERSION_PART_MAX + 1) + part;
        if (i + 1 == PARTS || text == NULL) {
            continue;
        }
        if (*text == '.') {
            text++;
        } else if (*text == 0) {
            text = NULL;
        } else {
            return false;
        }
    }
    return text == NULL || *text == 0;
}

bool version_is_same(const char *one, const char *other)
{
    int64_t rank;
    int64_t other_rank;

    return version_rank(&rank, one) && version_rank(&other_rank, other) &&
           rank == other_rank;
}

bool version_normal(char normal[VERSION_SIZE], const char *text)
{
    const uint64_t part = VERSION_PART_MAX + 1;
    int64_t rank;

    normal[0] = 0;
    if (!version_rank(&rank, text)) {
        return false;
    }
    unsigned x = (unsigned)((uint64_t)rank / part / part % part);
    unsigned y = (unsigned)((uint64_t)rank / part % part);
    unsigned z = (unsigned)((uint64_t)rank % part);
    snprintf(normal, VERSION_SIZE, "%u.%u.%u", x, y, z);
    return true;
}

int64_t version_generation(const char *core_version)
{
    uint32_t number;

    if (core_version == NULL || !read_part(&number, &core_version)) {
        return 0;
    }
    return number / 1000;
}
