// SPDX-License-Identifier: MIT
// Reads inputs whole; writes outputs under a temporary name that is removed
// whatever happens, signals included.

#define _XOPEN_SOURCE 700 // realpath

#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#define FIRST_READ 65536u // for pipes, whose size is not known

// The two names of the open output: what a signal handler has to remove, and
// what it will be called. Empty: none.
static char temporary[PATH_MAX];
static char final_path[PATH_MAX];

// --- Reading ---------------------------------------------------------------

static enum cli_exit fail_read(const char *path, const char *reason)
{
    report_error(report_name(path), "cannot read: %s", reason);
    return CLI_IO;
}

static enum cli_exit fail_limit(const char *path, const char *at_least,
                                size_t found, size_t limit)
{
    report_error(report_name(path),
                 "too large (found %s%zu bytes, expected at most %zu)",
                 at_least, found, limit);
    return CLI_REFUSED;
}

// Room for one byte more than is there, so that the end can be seen.
static bool reserve(struct file_bytes *bytes, size_t *room, size_t limit)
{
    size_t wanted = *room == 0 ? FIRST_READ : *room * 2;

    wanted = wanted > limit + 1 ? limit + 1 : wanted;
    uint8_t *data = realloc(bytes->data, wanted);
    if (data == NULL) {
        return false;
    }
    bytes->data = data;
    *room = wanted;
    return true;
}

// bytes->data has room bytes, which were a guess.
static enum cli_exit read_all(struct file_bytes *bytes, const char *path,
                              int fd, size_t room, size_t limit)
{
    for (;;) {
        if (bytes->size > limit) {
            return fail_limit(path, "more than ", limit, limit);
        }
        if (bytes->size == room && !reserve(bytes, &room, limit)) {
            return fail_read(path, "out of memory");
        }
        size_t wanted = room - bytes->size;
        ssize_t count = read(fd, bytes->data + bytes->size,
                             wanted < SSIZE_MAX ? wanted : SSIZE_MAX);
        if (count == 0) {
            return CLI_DONE;
        }
        if (count > 0) {
            bytes->size += (size_t)count;
        } else if (errno != EINTR) {
            return fail_read(path, strerror(errno));
        }
    }
}

// What is half of one image and half of another is neither.
static bool has_changed(int fd, const struct stat *before)
{
    struct stat now;

    return fstat(fd, &now) != 0 || now.st_size != before->st_size ||
           now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static enum cli_exit read_fd(struct file_bytes *bytes, const char *path, int fd,
                             size_t limit)
{
    struct stat st;
    size_t room = 0;

    if (fstat(fd, &st) != 0) {
        return fail_read(path, strerror(errno));
    }
    if (S_ISDIR(st.st_mode)) {
        return fail_read(path, "is a directory");
    }
    if (S_ISREG(st.st_mode)) {
        if ((uintmax_t)st.st_size > limit) {
            return fail_limit(path, "", (size_t)st.st_size, limit);
        }
        room = (size_t)st.st_size + 1;
        bytes->data = malloc(room);
        if (bytes->data == NULL) {
            return fail_read(path, "out of memory");
        }
    }
    enum cli_exit status = read_all(bytes, path, fd, room, limit);
    if (status == CLI_DONE && S_ISREG(st.st_mode) && has_changed(fd, &st)) {
        return fail_read(path, "changed while it was read");
    }
    return status;
}

enum cli_exit file_read(struct file_bytes *bytes, const char *path,
                        size_t limit)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    memset(bytes, 0, sizeof(*bytes));
    if (fd < 0) {
        return fail_read(path, strerror(errno));
    }
    enum cli_exit status = read_fd(bytes, path, fd, limit);
    if (!is_stdin) {
        close(fd);
    }
    if (status != CLI_DONE) {
        file_free(bytes);
    }
    return status;
}

void file_free(struct file_bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}

// --- Writing ---------------------------------------------------------------

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define SIGNAL_COUNT (sizeof(ending_signals) / sizeof(ending_signals[0]))

static void remove_and_end(int number)
{
    if (temporary[0] != 0) {
        unlink(temporary);
    }
    // The handler was reset when it was entered: this ends the process as
    // the signal would have.
    raise(number);
}

static void catch_signals(void)
{
    struct sigaction action;
    struct sigaction before;

    memset(&action, 0, sizeof(action));
    action.sa_handler = remove_and_end;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        // What the parent process chose to ignore stays ignored.
        if (sigaction(ending_signals[i], NULL, &before) == 0 &&
            before.sa_handler != SIG_IGN) {
            sigaction(ending_signals[i], &action, NULL);
        }
    }
    // These come from writing; an error number says the same.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

// Keep signals away while name and file are not both there or both gone.
static void block_signals(sigset_t *before)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sigaddset(&set, ending_signals[i]);
    }
    sigprocmask(SIG_BLOCK, &set, before);
}

static void remove_temporary(void)
{
    sigset_t before;

    block_signals(&before);
    if (temporary[0] != 0) {
        unlink(temporary);
        temporary[0] = 0;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static enum cli_exit fail_write(const struct file_output *output,
                                const char *reason)
{
    report_error(report_output_name(output->path), "cannot write: %s", reason);
    return CLI_IO;
}

static bool is_same_file(const struct stat *a, const char *path)
{
    struct stat b;

    return path != NULL && strcmp(path, "-") != 0 && stat(path, &b) == 0 &&
           a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

// Characters of path up to and with its last slash.
static size_t folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static enum cli_exit create_temporary(struct file_output *output)
{
    static const char suffix[] = ".mkdfota-XXXXXX";
    size_t folder = folder_size(final_path);
    sigset_t before;

    if (folder + sizeof(suffix) > sizeof(temporary)) {
        return fail_write(output, strerror(ENAMETOOLONG));
    }
    catch_signals();
    block_signals(&before);
    memcpy(temporary, final_path, folder);
    memcpy(temporary + folder, suffix, sizeof(suffix));
    output->fd = mkstemp(temporary);
    int reason = errno;
    if (output->fd < 0) {
        temporary[0] = 0;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (output->fd < 0) {
        return fail_write(output, strerror(reason));
    }
    // mkstemp is for secrets; this is for everybody that the mask lets.
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(output->fd, 0666 & ~mask) != 0) {
        reason = errno;
        file_discard(output);
        return fail_write(output, strerror(reason));
    }
    return CLI_DONE;
}

static enum cli_exit open_device(struct file_output *output)
{
    output->is_direct = true;
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 ? CLI_DONE : fail_write(output, strerror(errno));
}

static enum cli_exit open_stdout(struct file_output *output)
{
    output->is_direct = true;
    output->fd = STDOUT_FILENO;
    if (!output->is_forced && isatty(STDOUT_FILENO)) {
        report_error("(stdout)", "is a terminal; binary data goes there only "
                                 "with -f");
        return CLI_USAGE;
    }
    catch_signals();
    return CLI_DONE;
}

// Where the data will end up: behind a symbolic link is its target.
static bool resolve(const char *path, bool exists)
{
    if (exists) {
        char *real = realpath(path, NULL);
        bool fits = real != NULL && strlen(real) < sizeof(final_path);
        if (fits) {
            memcpy(final_path, real, strlen(real) + 1);
        }
        free(real);
        return fits;
    }
    if (strlen(path) >= sizeof(final_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(final_path, path, strlen(path) + 1);
    return true;
}

enum cli_exit file_create(struct file_output *output, const char *path,
                          bool force, const char *const *inputs,
                          size_t input_count)
{
    struct stat st;
    struct stat link;

    *output = (struct file_output){path, -1, false, force};
    if (strcmp(path, "-") == 0) {
        return open_stdout(output);
    }
    bool exists = stat(path, &st) == 0;
    for (size_t i = 0; exists && i < input_count; i++) {
        if (is_same_file(&st, inputs[i])) {
            report_error(path, "is an input, expected another file");
            return CLI_USAGE;
        }
    }
    if (exists && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))) {
        catch_signals();
        return open_device(output);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return fail_write(output, S_ISDIR(st.st_mode) ? "is a directory"
                                                      : "is no regular file");
    }
    if (!force && lstat(path, &link) == 0) {
        report_error(path, "exists already; -f overwrites it");
        return CLI_IO;
    }
    if (!resolve(path, exists)) {
        return fail_write(output, strerror(errno));
    }
    return create_temporary(output);
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, data, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (count >= 0) {
            data += count;
            size -= (size_t)count;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

// Give the temporary file its name. Without force link() sees to it that
// nothing is overwritten that came into being meanwhile; where a file system
// has no links, rename() has to do.
static bool appear(bool force)
{
    sigset_t before;
    bool has_appeared = false;

    block_signals(&before);
    if (!force) {
        has_appeared = link(temporary, final_path) == 0;
        force = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    }
    if (has_appeared) {
        unlink(temporary);
    } else if (force) {
        has_appeared = rename(temporary, final_path) == 0;
    }
    if (has_appeared) {
        temporary[0] = 0;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return has_appeared;
}

// Make the new name survive a power cut. Some file systems cannot; the file
// itself is complete then.
static void sync_folder(void)
{
    char folder[PATH_MAX] = ".";
    size_t size = folder_size(final_path);

    if (size > 0) {
        memcpy(folder, final_path, size);
        folder[size] = 0;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

enum cli_exit file_commit(struct file_output *output, const uint8_t *data,
                          size_t size)
{
    bool is_written = write_all(output->fd, data, size);

    if (is_written && !output->is_direct) {
        is_written = fsync(output->fd) == 0;
    }
    int reason = errno;
    if (output->fd != STDOUT_FILENO && close(output->fd) != 0 && is_written) {
        is_written = false;
        reason = errno;
    }
    output->fd = -1;
    if (is_written && !output->is_direct) {
        is_written = appear(output->is_forced);
        reason = errno;
    }
    if (!is_written) {
        remove_temporary();
        return fail_write(output, strerror(reason));
    }
    if (!output->is_direct) {
        sync_folder();
    }
    return CLI_DONE;
}

void file_discard(struct file_output *output)
{
    if (output->fd >= 0 && output->fd != STDOUT_FILENO) {
        close(output->fd);
    }
    output->fd = -1;
    remove_temporary();
}
