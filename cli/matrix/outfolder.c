// SPDX-License-Identifier: MIT
// The folder that a matrix build writes to.

#define _DEFAULT_SOURCE // flock

#include "outfolder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fileio.h"
#include "report.h"

#define STATE ".matrix"
#define WAIT_TRIES 50 // of a tenth of a second

static enum cli_exit fail(const char *path, const char *reason)
{
    report_error(path, "cannot write: %s", reason);
    return CLI_IO;
}

const char *out_path(char path[OUT_PATH_MAX], const struct out_folder *folder,
                     const char *name, const char *suffix)
{
    // What does not fit is refused when it is opened: the folder's own path
    // has been used before, and names are short.
    snprintf(path, OUT_PATH_MAX, "%s/%s%s", folder->path, name, suffix);
    return path;
}

const char *out_state_path(char path[OUT_PATH_MAX],
                           const struct out_folder *folder, const char *name,
                           const char *suffix)
{
    snprintf(path, OUT_PATH_MAX, "%s/" STATE "/%s%s", folder->path, name,
             suffix);
    return path;
}

static enum cli_exit make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0) {
        return CLI_DONE;
    }
    int reason = errno;
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return CLI_DONE;
    }
    return fail(path, strerror(reason));
}

static enum cli_exit lock(struct out_folder *folder)
{
    char path[OUT_PATH_MAX];
    const struct timespec pause = {0, 100000000};

    (void)out_state_path(path, folder, "lock", "");
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0) {
        return fail(path, strerror(errno));
    }
    for (int i = 0; flock(folder->lock, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(path, strerror(errno));
        }
        if (i == WAIT_TRIES) {
            report_error(folder->path, "another run is writing to it");
            return CLI_IO;
        }
        nanosleep(&pause, NULL);
    }
    return CLI_DONE;
}

// Of a run that was killed while it wrote. No other has the lock.
static void remove_leftovers(const struct out_folder *folder)
{
    char path[OUT_PATH_MAX];
    DIR *state = opendir(out_state_path(path, folder, "", ""));

    if (state == NULL) {
        return;
    }
    for (const struct dirent *e; (e = readdir(state)) != NULL;) {
        const char *dot = strrchr(e->d_name, '.');

        if (strncmp(e->d_name, ".mkdfota-", 9) == 0 ||
            (dot != NULL && strcmp(dot, ".dfota") == 0)) {
            unlink(out_state_path(path, folder, e->d_name, ""));
        }
    }
    closedir(state);
}

enum cli_exit out_open(struct out_folder *folder, const char *path)
{
    char state[OUT_PATH_MAX];

    *folder = (struct out_folder){path, -1};
    if (strlen(path) > OUT_PATH_MAX / 2) {
        return fail(path, strerror(ENAMETOOLONG));
    }
    enum cli_exit status = make_folder(path);

    if (status == CLI_DONE) {
        status = make_folder(out_state_path(state, folder, "", ""));
    }
    if (status == CLI_DONE) {
        status = lock(folder);
    }
    if (status == CLI_DONE) {
        remove_leftovers(folder);
    } else {
        out_close(folder);
    }
    return status;
}

void out_close(struct out_folder *folder)
{
    if (folder->lock >= 0) {
        close(folder->lock);
    }
    folder->lock = -1;
}

enum cli_exit out_write_state(const struct out_folder *folder, const char *name,
                              const char *suffix, const void *data, size_t size)
{
    char path[OUT_PATH_MAX];
    struct file_output output;
    enum cli_exit status = file_create(
        &output, out_state_path(path, folder, name, suffix), true, NULL, 0);

    return status == CLI_DONE ? file_commit(&output, data, size) : status;
}

enum cli_exit out_write(const struct out_folder *folder, const char *name,
                        const char *suffix, const void *data, size_t size)
{
    char from[OUT_PATH_MAX];
    char to[OUT_PATH_MAX];
    enum cli_exit status = out_write_state(folder, name, suffix, data, size);

    if (status == CLI_DONE && rename(out_state_path(from, folder, name, suffix),
                                     out_path(to, folder, name, suffix)) != 0) {
        return fail(to, strerror(errno));
    }
    return status;
}
