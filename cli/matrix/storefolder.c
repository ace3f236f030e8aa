// SPDX-License-Identifier: MIT
// A store in a folder: PLACE/ab/abcd..., one file for each entry.

#define _DEFAULT_SOURCE // mkstemp

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outfolder.h"
#include "report.h"
#include "store.h"

static bool is_folder(const char *place)
{
    return strstr(place, "://") == NULL;
}

static bool make_folder(const char *path)
{
    struct stat st;

    return mkdir(path, 0777) == 0 ||
           (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static enum cli_exit folder_open(struct store *store)
{
    if (strlen(store->place) > OUT_PATH_MAX / 2) {
        errno = ENAMETOOLONG;
    } else if (make_folder(store->place)) {
        return CLI_DONE;
    }
    report_error(store->place, "cannot make the folder: %s", strerror(errno));
    return CLI_IO;
}

static void folder_close(struct store *store)
{
    (void)store;
}

static enum store_answer folder_get(const struct store *store, const char *key,
                                    struct file_bytes *entry)
{
    char path[OUT_PATH_MAX];

    snprintf(path, sizeof(path), "%s/%.2s/%s", store->place, key, key);
    if (access(path, F_OK) != 0) {
        return STORE_NOTHING;
    }
    return file_read(entry, path, STORE_ENTRY_MAX) == CLI_DONE ? STORE_FOUND
                                                               : STORE_FAILED;
}

static bool write_whole(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, data, size);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        data += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    return true;
}

// Not file_create: a signal in these few milliseconds may leave a file behind
// whose name no key has, but none that can be read.
static bool folder_put(const struct store *store, const char *key,
                       const void *entry, size_t size)
{
    char path[OUT_PATH_MAX];
    char temporary[OUT_PATH_MAX];

    snprintf(path, sizeof(path), "%s/%.2s", store->place, key);
    snprintf(temporary, sizeof(temporary), "%s/%.2s/.mkdfota-XXXXXX",
             store->place, key);
    int fd = make_folder(path) ? mkstemp(temporary) : -1;
    if (fd >= 0) {
        snprintf(path, sizeof(path), "%s/%.2s/%s", store->place, key, key);
        mode_t mask = umask(0);
        umask(mask);
        bool ok = fchmod(fd, 0666 & ~mask) == 0 && write_whole(fd, entry, size);
        int reason = errno;

        ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
        if (ok) {
            return true;
        }
        unlink(temporary);
        errno = errno != 0 ? errno : reason;
    }
    report_warning(path, "cannot write: %s", strerror(errno));
    return false;
}

const struct store_kind store_folder = {
    .is_place = is_folder,
    .open = folder_open,
    .get = folder_get,
    .put = folder_put,
    .close = folder_close,
};
