// SPDX-License-Identifier: MIT
// Files by their content: FOLDER/ab/abcd..., named by SHA-256.
//
// A file appears whole and flushed to the disk, or not at all; it is never
// changed. Instances share the folder.

#ifndef PLATFORM_BLOBS_H
#define PLATFORM_BLOBS_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOBS_PATH_MAX 512u
#define BLOB_NAME_SIZE 65u // 64 hex digits and the end

enum blob_status {
    BLOB_OK,
    BLOB_FULL,    // no room on the disk
    BLOB_LARGE,   // more than allowed
    BLOB_MISSING, // there is no such file
    BLOB_FAILED,  // any other error of the file system; errno says which
};

struct blobs {
    char folder[BLOBS_PATH_MAX];
};

// Use a folder, made if there is none. What a crash has left half is removed
// when it is older than a day: another instance may be writing now.
enum blob_status blobs_open(struct blobs *blobs, const char *folder);

// A file that is being written.
struct blob_writer {
    const struct blobs *blobs;
    br_sha256_context hash;
    int fd; // -1: none
    uint64_t size;
    uint64_t size_max;
    char path[BLOBS_PATH_MAX + 32];
};

enum blob_status blob_begin(struct blob_writer *w, const struct blobs *blobs,
                            uint64_t size_max);
enum blob_status blob_write(struct blob_writer *w, const void *data,
                            size_t size);

// The file written so far, to be read before it is kept.
const char *blob_path(const struct blob_writer *w);

// Keep it; its name. The writer is done, whatever this returns.
enum blob_status blob_keep(struct blob_writer *w, char name[BLOB_NAME_SIZE]);
void blob_drop(struct blob_writer *w);

// Whether a file is not needed any more; asked of those that nobody has kept for
// a day: what refers to a file is written soon after it.
typedef bool blob_is_needless(void *context, const char *name);

// Remove such files. How many.
unsigned blobs_prune(const struct blobs *blobs, blob_is_needless *is_needless,
                     void *context);

// Whether a text could be a name.
bool blob_is_name(const char *name);

// The path of a file that may be there.
void blob_path_of(const struct blobs *blobs, const char *name,
                  char path[BLOBS_PATH_MAX + 80]);

// Open one for reading; its size. -1 in *fd when this is not BLOB_OK.
enum blob_status blob_read(const struct blobs *blobs, const char *name, int *fd,
                           uint64_t *size);

// All of an open file, from its beginning, with a zero byte behind it. NULL when
// it cannot be read; free it.
char *blob_load(int fd, uint64_t size);

#endif
