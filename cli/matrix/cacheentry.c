// SPDX-License-Identifier: MIT
// What a store keeps under a recipe.

#include "cacheentry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sha256.h"

static size_t make_header(char header[CACHE_HEADER_MAX], const char *recipe,
                          const void *package, size_t size)
{
    char sha256[REPORT_HEX_SIZE];

    sha256_hex(sha256, package, size);
    return (size_t)snprintf(header, CACHE_HEADER_MAX,
                            "dfota-cache 1 %.64s %s %zu\n", recipe, sha256,
                            size);
}

bool cache_entry_make(struct file_bytes *entry, const char *recipe,
                      const void *package, size_t package_size)
{
    char header[CACHE_HEADER_MAX];
    size_t size = make_header(header, recipe, package, package_size);

    entry->size = size + package_size;
    entry->data = malloc(entry->size);
    if (entry->data == NULL) {
        entry->size = 0;
        return false;
    }
    memcpy(entry->data, header, size);
    memcpy(entry->data + size, package, package_size);
    return true;
}

const uint8_t *cache_entry_read(size_t *package_size, const char *recipe,
                                const void *entry, size_t entry_size)
{
    char header[CACHE_HEADER_MAX];
    const uint8_t *newline =
        entry_size > 0 ? memchr(entry, '\n', entry_size) : NULL;

    if (newline == NULL) {
        return NULL;
    }
    // The header can be only one: that of what follows it.
    const uint8_t *package = newline + 1;
    size_t header_size = (size_t)(package - (const uint8_t *)entry);

    *package_size = entry_size - header_size;
    if (header_size >= CACHE_HEADER_MAX || *package_size == 0 ||
        make_header(header, recipe, package, *package_size) != header_size ||
        memcmp(header, entry, header_size) != 0) {
        return NULL;
    }
    return package;
}
