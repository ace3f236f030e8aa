// SPDX-License-Identifier: MIT
// fileio.c for Windows: reads inputs whole; writes outputs under a temporary
// name that is removed when the console ends the program.

#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#include "report.h"

#define FIRST_READ 65536u // for pipes, whose size is not known
#define PIECE 0x100000u   // bytes of one read or write

// The open output's temporary name and what it will be called. Empty: none.
static char temporary[MAX_PATH];
static char final_path[MAX_PATH];

// --- Reading ---------------------------------------------------------------

static enum cli_exit fail_read(const char *path, const char *reason)
{
    report_error(report_name(path), "cannot read: %s", reason);
    return CLI_IO;
}

static enum cli_exit fail_limit(const char *path, size_t limit)
{
    report_error(report_name(path),
                 "too large (found more than %zu bytes, expected at most %zu)",
                 limit, limit);
    return CLI_REFUSED;
}

static enum cli_exit read_all(struct file_bytes *bytes, const char *path,
                              int fd, size_t limit)
{
    size_t room = 0;
    int count = 1;

    while (count > 0) {
        if (bytes->size > limit) {
            return fail_limit(path, limit);
        }
        if (bytes->size == room) {
            room = room == 0 ? FIRST_READ : room * 2;
            uint8_t *data = realloc(bytes->data, room);
            if (data == NULL) {
                return fail_read(path, "out of memory");
            }
            bytes->data = data;
        }
        size_t wanted = room - bytes->size;
        count = _read(fd, bytes->data + bytes->size,
                      (unsigned)(wanted < PIECE ? wanted : PIECE));
        if (count < 0) {
            return fail_read(path, strerror(errno));
        }
        bytes->size += (size_t)count;
    }
    return CLI_DONE;
}

static enum cli_exit read_fd(struct file_bytes *bytes, const char *path, int fd,
                             size_t limit)
{
    struct _stat64 st;

    if (_fstat64(fd, &st) == 0 && (st.st_mode & _S_IFMT) == _S_IFREG &&
        (uint64_t)st.st_size > limit) {
        return fail_limit(path, limit);
    }
    return read_all(bytes, path, fd, limit);
}

enum cli_exit file_read(struct file_bytes *bytes, const char *path,
                        size_t limit)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? 0 : _open(path, _O_RDONLY | _O_BINARY);

    memset(bytes, 0, sizeof(*bytes));
    if (fd < 0) {
        return fail_read(path, strerror(errno));
    }
    _setmode(fd, _O_BINARY);
    enum cli_exit status = read_fd(bytes, path, fd, limit);
    if (!is_stdin) {
        _close(fd);
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

static enum cli_exit fail_write(const struct file_output *output,
                                const char *reason)
{
    report_error(report_output_name(output->path), "cannot write: %s", reason);
    return CLI_IO;
}

// Runs in a thread of its own while the output is still open, so the file can
// only be removed by closing it; the program ends right after.
static BOOL WINAPI remove_and_end(DWORD event)
{
    (void)event;
    if (temporary[0] != 0) {
        _fcloseall();
        for (int fd = 3; fd < 64; fd++) {
            _close(fd);
        }
        _unlink(temporary);
    }
    return FALSE;
}

static bool identity(const char *path, BY_HANDLE_FILE_INFORMATION *info)
{
    HANDLE file = CreateFileA(path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    bool is_known =
        file != INVALID_HANDLE_VALUE && GetFileInformationByHandle(file, info);

    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return is_known;
}

static bool is_same_file(const BY_HANDLE_FILE_INFORMATION *a, const char *path)
{
    BY_HANDLE_FILE_INFORMATION b;

    return path != NULL && strcmp(path, "-") != 0 && identity(path, &b) &&
           a->dwVolumeSerialNumber == b.dwVolumeSerialNumber &&
           a->nFileIndexHigh == b.nFileIndexHigh &&
           a->nFileIndexLow == b.nFileIndexLow;
}

static enum cli_exit create_temporary(struct file_output *output)
{
    int size = snprintf(temporary, sizeof(temporary), "%s.mkdfota-%lu",
                        output->path, (unsigned long)GetCurrentProcessId());

    if (size < 0 || (size_t)size >= sizeof(temporary)) {
        temporary[0] = 0;
        return fail_write(output, strerror(ENAMETOOLONG));
    }
    memcpy(final_path, output->path, strlen(output->path) + 1);
    SetConsoleCtrlHandler(remove_and_end, TRUE);
    output->fd = _open(temporary, _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY,
                       _S_IREAD | _S_IWRITE);
    if (output->fd < 0) {
        temporary[0] = 0;
        return fail_write(output, strerror(errno));
    }
    return CLI_DONE;
}

static enum cli_exit open_stdout(struct file_output *output)
{
    output->is_direct = true;
    output->fd = 1;
    if (!output->is_forced && _isatty(1)) {
        report_error("(stdout)", "is a terminal; binary data goes there only "
                                 "with -f");
        return CLI_USAGE;
    }
    fflush(stdout);
    _setmode(1, _O_BINARY);
    return CLI_DONE;
}

enum cli_exit file_create(struct file_output *output, const char *path,
                          bool force, const char *const *inputs,
                          size_t input_count)
{
    BY_HANDLE_FILE_INFORMATION info;

    *output = (struct file_output){path, -1, false, force};
    if (strcmp(path, "-") == 0) {
        return open_stdout(output);
    }
    if (!identity(path, &info)) {
        return create_temporary(output);
    }
    for (size_t i = 0; i < input_count; i++) {
        if (is_same_file(&info, inputs[i])) {
            report_error(path, "is an input, expected another file");
            return CLI_USAGE;
        }
    }
    if ((info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
        return fail_write(output, "is a directory");
    }
    if (!force) {
        report_error(path, "exists already; -f overwrites it");
        return CLI_IO;
    }
    return create_temporary(output);
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        int count = _write(fd, data, (unsigned)(size < PIECE ? size : PIECE));
        if (count < 0) {
            return false;
        }
        data += count;
        size -= (size_t)count;
    }
    return true;
}

static void remove_temporary(void)
{
    if (temporary[0] != 0) {
        _unlink(temporary);
        temporary[0] = 0;
    }
}

// Give the temporary file its name.
static enum cli_exit appear(const struct file_output *output)
{
    DWORD flags = MOVEFILE_WRITE_THROUGH |
                  (output->is_forced ? MOVEFILE_REPLACE_EXISTING : 0u);

    if (!MoveFileExA(temporary, final_path, flags)) {
        bool exists = GetLastError() == ERROR_ALREADY_EXISTS;
        remove_temporary();
        return fail_write(output, exists ? strerror(EEXIST)
                                         : "the file cannot be renamed");
    }
    temporary[0] = 0;
    return CLI_DONE;
}

enum cli_exit file_commit(struct file_output *output, const uint8_t *data,
                          size_t size)
{
    bool is_written = write_all(output->fd, data, size) &&
                      (output->is_direct || _commit(output->fd) == 0);
    int reason = errno;

    if (output->fd != 1 && _close(output->fd) != 0 && is_written) {
        is_written = false;
        reason = errno;
    }
    output->fd = -1;
    if (!is_written) {
        remove_temporary();
        return fail_write(output, strerror(reason));
    }
    return output->is_direct ? CLI_DONE : appear(output);
}

void file_discard(struct file_output *output)
{
    if (output->fd >= 0 && output->fd != 1) {
        _close(output->fd);
    }
    output->fd = -1;
    remove_temporary();
}
