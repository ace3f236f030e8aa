// SPDX-License-Identifier: MIT
// A file for a fuzz target, in memory where the system has such a folder: on
// disks each replacing takes milliseconds. Include it once, behind target.h.

#ifndef FUZZ_TARGET_FILE_H
#define FUZZ_TARGET_FILE_H

#include <unistd.h>

static char target_folder[] = "/dev/shm/fuzzXXXXXX";
static char target_file[64];

// In place of the system's: no power is cut here.
int fsync(int fd)
{
    return fd >= 0 ? 0 : -1;
}

static void target_file_remove(void)
{
    unlink(target_file);
    rmdir(target_folder);
}

// Its path, in a folder of its own. It is removed when the target ends.
static inline const char *target_file_path(void)
{
    if (target_file[0] == 0) {
        if (mkdtemp(target_folder) == NULL) {
            strcpy(target_folder, "/tmp/fuzzXXXXXX");
            require(mkdtemp(target_folder) != NULL, "a folder");
        }
        snprintf(target_file, sizeof(target_file), "%s/file", target_folder);
        atexit(target_file_remove);
    }
    return target_file;
}

#endif
