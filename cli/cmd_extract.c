// SPDX-License-Identifier: MIT
// mkdfota extract: takes the images out of an update that is a ZIP archive.

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "archive.h"
#include "fileio.h"
#include "memberview.h"
#include "report.h"

static enum cli_exit fail(const char *path, int reason)
{
    report_error(path, "cannot write: %s", strerror(reason));
    return CLI_IO;
}

// Where a member goes. The name fits: it has been checked.
static void join(char path[PATH_MAX], const char *folder, const char *name)
{
    (void)snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

// Before anything is written.
static enum cli_exit check_free(const struct cli *cli, const char *folder,
                                const struct archive *archive)
{
    char path[PATH_MAX];
    struct stat st;

    for (size_t i = 0; !cli->is_forced && i < archive->count; i++) {
        join(path, folder, archive->members[i].name);
        if (lstat(path, &st) == 0) {
            report_error(path, "exists already; -f overwrites it");
            return CLI_IO;
        }
    }
    return CLI_DONE;
}

static enum cli_exit make_folder(const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) == 0) {
        return CLI_DONE;
    }
    int reason = errno;
    if (stat(path, &st) == 0) {
        return S_ISDIR(st.st_mode) ? CLI_DONE : fail(path, ENOTDIR);
    }
    return fail(path, reason);
}

// Those that the member's name tells of, behind the output folder.
static enum cli_exit make_folders(char *path, size_t folder_size)
{
    enum cli_exit status = CLI_DONE;

    for (char *slash = strchr(path + folder_size + 1, '/');
         status == CLI_DONE && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        status = make_folder(path);
        *slash = '/';
    }
    return status;
}

static enum cli_exit write_member(const struct cli *cli, const char *folder,
                                  const struct archive_member *m)
{
    char path[PATH_MAX];
    char number[REPORT_NUMBER_SIZE];
    struct file_output output;

    join(path, folder, m->name);
    enum cli_exit status = make_folders(path, strlen(folder));
    if (status == CLI_DONE) {
        status =
            file_create(&output, path, cli->is_forced, &cli->package_path, 1);
    }
    if (status == CLI_DONE) {
        status = file_commit(&output, m->data, m->size);
    }
    if (status == CLI_DONE && !cli->is_quiet) {
        fprintf(stderr, "%s: %s bytes, %s\n", path,
                report_number(number, (uint32_t)m->size), member_kind(m));
    }
    return status;
}

static enum cli_exit write_members(const struct cli *cli,
                                   const struct archive *archive)
{
    const char *folder = cli->output_count > 0 ? cli->output_paths[0] : ".";

    if (strlen(folder) > PATH_MAX / 2) {
        return fail(folder, ENAMETOOLONG);
    }
    enum cli_exit status = check_free(cli, folder, archive);
    if (status == CLI_DONE) {
        status = make_folder(folder);
    }
    for (size_t i = 0; status == CLI_DONE && i < archive->count; i++) {
        status = write_member(cli, folder, &archive->members[i]);
    }
    return status;
}

enum cli_exit cmd_extract(const struct cli *cli)
{
    struct file_bytes bytes;
    struct archive archive;
    enum cli_exit status =
        file_read(&bytes, cli->package_path, DELTA_PACKAGE_MAX);

    if (status != CLI_DONE) {
        return status;
    }
    status = archive_read(&archive, cli->package_path, bytes.data, bytes.size);
    file_free(&bytes);
    if (status == CLI_DONE && !cli->is_list) {
        status = write_members(cli, &archive);
    }
    if (status == CLI_DONE && cli->is_json) {
        status = member_list_json(&archive);
    } else if (status == CLI_DONE && cli->is_list) {
        member_list(&archive);
    }
    archive_free(&archive);
    return status;
}

void cmd_extract_library(char *text, size_t size)
{
    snprintf(text, size, "libzip %s", zip_libzip_version());
}
