// SPDX-License-Identifier: MIT
// The package as far as it has been downloaded: a file beside the flash.

#ifndef MODULE_PACKAGEFILE_H
#define MODULE_PACKAGEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How much of it is there; 0 when there is none.
uint64_t package_file_size(const char *path);

// Add to its end, or make it empty (data NULL).
bool package_file_add(const char *path, const void *data, size_t size);

// All that was added is on the disk.
bool package_file_sync(const char *path);

void package_file_drop(const char *path);

#endif
