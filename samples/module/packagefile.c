// SPDX-License-Identifier: MIT
// The package as far as it has been downloaded.

#include "packagefile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t package_file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

// Opened each time: it is the only state that there is.
bool package_file_add(const char *path, const void *data, size_t size)
{
    int mode = data == NULL ? O_TRUNC : O_APPEND;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666);
    bool ok = fd >= 0;

    while (ok && size > 0) {
        ssize_t done = write(fd, data, size);

        ok = done > 0;
        if (ok) {
            data = (const char *)data + done;
            size -= (size_t)done;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

bool package_file_sync(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

void package_file_drop(const char *path)
{
    unlink(path);
}
