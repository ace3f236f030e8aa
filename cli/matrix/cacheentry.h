// SPDX-License-Identifier: MIT
// What a store keeps under a recipe: a package behind a header that says which
// one it is.

#ifndef MKDFOTA_CACHEENTRY_H
#define MKDFOTA_CACHEENTRY_H

#include "cli.h"
#include "fileio.h"
#include "report.h"

// "dfota-cache 1 RECIPE SHA256 SIZE\n", then the package of SIZE bytes.
#define CACHE_HEADER_MAX 192u

// Put the header before a package. Fails when memory is short.
bool cache_entry_make(struct file_bytes *entry, const char *recipe,
                      const void *package, size_t package_size);

// The package in an entry of this recipe, or NULL if it is none, cut short or
// damaged. Points into the entry.
const uint8_t *cache_entry_read(size_t *package_size, const char *recipe,
                                const void *entry, size_t entry_size);

#endif
