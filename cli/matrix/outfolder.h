// SPDX-License-Identifier: MIT
// The folder that a matrix build writes to. Packages appear in it complete or
// not at all; what is on the way, and what the next run wants to know, is in
// its subfolder ".matrix", with a lock that one run holds at a time.

#ifndef MKDFOTA_OUTFOLDER_H
#define MKDFOTA_OUTFOLDER_H

#include "cli.h"

#define OUT_PATH_MAX 4096u

struct out_folder {
    const char *path;
    int lock; // file descriptor, -1: not open
};

// Make the folder if there is none, lock it, and remove what killed runs left.
// Another run is waited for a few seconds, then this one is refused.
// Messages have been printed when a result is not CLI_DONE.
enum cli_exit out_open(struct out_folder *folder, const char *path);
void out_close(struct out_folder *folder);

// The path of a file in the folder, or in ".matrix".
const char *out_path(char path[OUT_PATH_MAX], const struct out_folder *folder,
                     const char *name, const char *suffix);
const char *out_state_path(char path[OUT_PATH_MAX],
                           const struct out_folder *folder, const char *name,
                           const char *suffix);

// Write a file whole, over another one if need be.
enum cli_exit out_write(const struct out_folder *folder, const char *name,
                        const char *suffix, const void *data, size_t size);
enum cli_exit out_write_state(const struct out_folder *folder, const char *name,
                              const char *suffix, const void *data,
                              size_t size);

#endif
