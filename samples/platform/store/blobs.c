// SPDX-License-Identifier: MIT
// Files by their content.

#define _DEFAULT_SOURCE // mkstemp

#include "blobs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LEFTOVER_SECONDS 86400

static enum blob_status status_of_errno(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT: return BLOB_FULL;
    case ENOENT: return BLOB_MISSING;
    default: return BLOB_FAILED;
    }
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool flush_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static void remove_leftovers(const char *folder)
{
    DIR *dir = opendir(folder);

    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        struct stat st;

        if (entry->d_name[0] != '.' &&
            fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
            S_ISREG(st.st_mode) &&
            st.st_mtime < time(NULL) - LEFTOVER_SECONDS) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

enum blob_status blobs_open(struct blobs *blobs, const char *folder)
{
    char path[BLOBS_PATH_MAX + 8];

    if (strlen(folder) >= BLOBS_PATH_MAX) {
        errno = ENAMETOOLONG;
        return BLOB_FAILED;
    }
    snprintf(blobs->folder, sizeof(blobs->folder), "%s", folder);
    snprintf(path, sizeof(path), "%s/new", folder);
    if (!make_folder(folder) || !make_folder(path)) {
        return status_of_errno();
    }
    remove_leftovers(path);
    return BLOB_OK;
}

// --- Writing ---------------------------------------------------------------

enum blob_status blob_begin(struct blob_writer *w, const struct blobs *blobs,
                            uint64_t size_max)
{
    memset(w, 0, sizeof(*w));
    w->blobs = blobs;
    w->size_max = size_max;
    br_sha256_init(&w->hash);
    snprintf(w->path, sizeof(w->path), "%s/new/XXXXXX", blobs->folder);
    w->fd = mkstemp(w->path);
    if (w->fd < 0) {
        return status_of_errno();
    }
    (void)fcntl(w->fd, F_SETFD, FD_CLOEXEC);
    return BLOB_OK;
}

enum blob_status blob_write(struct blob_writer *w, const void *data,
                            size_t size)
{
    const char *at = data;

    if (size > w->size_max - w->size) {
        return BLOB_LARGE;
    }
    br_sha256_update(&w->hash, data, size);
    w->size += size;
    while (size > 0) {
        ssize_t count = write(w->fd, at, size);

        if (count < 0 && errno != EINTR) {
            return status_of_errno();
        }
        at += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    return BLOB_OK;
}

const char *blob_path(const struct blob_writer *w)
{
    return w->path;
}

static void put_name(const struct blob_writer *w, char name[BLOB_NAME_SIZE])
{
    unsigned char digest[br_sha256_SIZE];

    br_sha256_out(&w->hash, digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        snprintf(name + 2 * i, 3, "%02x", digest[i]);
    }
}

enum blob_status blob_keep(struct blob_writer *w, char name[BLOB_NAME_SIZE])
{
    char path[BLOBS_PATH_MAX + 80];
    char folder[BLOBS_PATH_MAX + 8];

    put_name(w, name);
    blob_path_of(w->blobs, name, path);
    snprintf(folder, sizeof(folder), "%s/%.2s", w->blobs->folder, name);
    bool ok = fsync(w->fd) == 0 && fchmod(w->fd, 0644) == 0 &&
              make_folder(folder) && rename(w->path, path) == 0 &&
              flush_folder(folder) && flush_folder(w->blobs->folder);
    enum blob_status status = ok ? BLOB_OK : status_of_errno();
    blob_drop(w);
    return status;
}

void blob_drop(struct blob_writer *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        unlink(w->path); // nothing is there when it was kept
        w->fd = -1;
    }
}

// --- Removing --------------------------------------------------------------

// Neither written nor needed for so long: see mark.
static bool is_old(int folder, const char *name)
{
    time_t before = time(NULL) - LEFTOVER_SECONDS;
    struct stat st;

    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && st.st_mtime < before && st.st_atime < before;
}

// It is needed now: a backup that has begun may still want it later.
static void mark(int folder, const char *name)
{
    const struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};

    (void)utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW);
}

// The same content may be kept again at any time, by any instance, and renamed
// to this name: the file is put aside first, and back if it was a new one.
static bool remove_one(const struct blobs *blobs, int folder, const char *name)
{
    char aside[BLOBS_PATH_MAX + 80];
    char path[BLOBS_PATH_MAX + 80];
    int new_folder;

    snprintf(aside, sizeof(aside), "%s/new", blobs->folder);
    new_folder = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (new_folder < 0 || renameat(folder, name, new_folder, name) != 0) {
        if (new_folder >= 0) {
            close(new_folder);
        }
        return false;
    }
    bool is_gone = is_old(new_folder, name);
    snprintf(aside, sizeof(aside), "%s/new/%.64s", blobs->folder, name);
    blob_path_of(blobs, name, path);
    if (is_gone) {
        (void)unlink(aside);
    } else {
        (void)rename(aside, path);
    }
    close(new_folder);
    return is_gone;
}

static unsigned prune_folder(const struct blobs *blobs, const char *path,
                             blob_is_needless *is_needless, void *context)
{
    DIR *dir = opendir(path);
    unsigned count = 0;

    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strlen(entry->d_name) != BLOB_NAME_SIZE - 1 ||
            !blob_is_name(entry->d_name)) {
            continue;
        }
        if (!is_needless(context, entry->d_name)) {
            mark(dirfd(dir), entry->d_name);
        } else if (is_old(dirfd(dir), entry->d_name)) {
            count += remove_one(blobs, dirfd(dir), entry->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

unsigned blobs_prune(const struct blobs *blobs, blob_is_needless *is_needless,
                     void *context)
{
    char path[BLOBS_PATH_MAX + 8];
    unsigned count = 0;

    for (unsigned i = 0; i < 256; i++) {
        snprintf(path, sizeof(path), "%s/%02x", blobs->folder, i);
        count += prune_folder(blobs, path, is_needless, context);
    }
    return count;
}

// --- Reading ---------------------------------------------------------------

bool blob_is_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == BLOB_NAME_SIZE - 1 &&
           name[BLOB_NAME_SIZE - 1] == 0;
}

void blob_path_of(const struct blobs *blobs, const char *name,
                  char path[BLOBS_PATH_MAX + 80])
{
    snprintf(path, BLOBS_PATH_MAX + 80, "%s/%.2s/%.64s", blobs->folder, name,
             name);
}

enum blob_status blob_read(const struct blobs *blobs, const char *name, int *fd,
                           uint64_t *size)
{
    char path[BLOBS_PATH_MAX + 80];
    struct stat st;

    *fd = -1;
    if (!blob_is_name(name)) {
        return BLOB_MISSING;
    }
    blob_path_of(blobs, name, path);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        return status_of_errno();
    }
    if (fstat(*fd, &st) != 0) {
        enum blob_status status = status_of_errno();

        close(*fd);
        *fd = -1;
        return status;
    }
    *size = (uint64_t)st.st_size;
    return BLOB_OK;
}

char *blob_load(int fd, uint64_t size)
{
    char *data = size < SIZE_MAX ? malloc((size_t)size + 1) : NULL;
    uint64_t at = 0;

    while (data != NULL && at < size) {
        ssize_t count = pread(fd, data + at, (size_t)(size - at), (off_t)at);

        if (count <= 0 && !(count < 0 && errno == EINTR)) {
            free(data);
            return NULL;
        }
        at += count > 0 ? (uint64_t)count : 0;
    }
    if (data != NULL) {
        data[size] = 0;
    }
    return data;
}
