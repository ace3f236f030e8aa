// SPDX-License-Identifier: MIT
// The package as far as it has been downloaded: a file beside the flash.

#ifndef MODULE_PACKAGEFILE_H
#define MODULE_PACKAGEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKAGE_VERSION_MAX 64u
#define PACKAGE_REASON_MAX 128u

// How much of it is there; 0 when there is none.
uint64_t package_file_size(const char *path);

// Add to its end, or make it empty (data NULL).
bool package_file_add(const char *path, const void *data, size_t size);

// All that was added is on the disk.
bool package_file_sync(const char *path);

void package_file_drop(const char *path);

// Check every digest and find the version that it leads to. False: it is no
// good, for that reason.
bool package_file_check(const char *path, char version[PACKAGE_VERSION_MAX + 1],
                        char reason[PACKAGE_REASON_MAX]);

#endif
