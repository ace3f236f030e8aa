// SPDX-License-Identifier: MIT
// Whole files in, whole files out: an output appears complete or not at all.

#ifndef MKDFOTA_FILEIO_H
#define MKDFOTA_FILEIO_H

#include "cli.h"

struct file_bytes {
    uint8_t *data; // NULL when empty
    size_t size;
};

// Read a file, a pipe, or stdin for "-". More than limit bytes are refused,
// for regular files before anything is read. Messages have been printed when
// this is not CLI_DONE; bytes are then zeroed.
enum cli_exit file_read(struct file_bytes *bytes, const char *path,
                        size_t limit);

void file_free(struct file_bytes *bytes);

// A file that is being written: under a temporary name in the same directory,
// or, for "-" and for devices and pipes, directly. Only one can be open.
struct file_output {
    const char *path; // for messages
    int fd;
    bool is_direct;
    bool is_forced;
};

// Start an output. Refused when path exists and force is not set, when it is
// one of the inputs (NULL and "-" entries are passed over), and when it would
// put binary data on a terminal.
enum cli_exit file_create(struct file_output *output, const char *path,
                          bool force, const char *const *inputs,
                          size_t input_count);

// Write everything and make it appear. Closes the output in any case; on
// failure nothing is left behind.
enum cli_exit file_commit(struct file_output *output, const uint8_t *data,
                          size_t size);

// Give up.
void file_discard(struct file_output *output);

#endif
