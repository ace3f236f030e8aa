// SPDX-License-Identifier: MIT
// Any bytes as the index.json of a build that matrix --merge joins: whatever it
// says, no file is read or written outside the folders.

#include <fcntl.h>
#include <unistd.h>

#include "fileio.h"
#include "matrixindex.h"
#include "target.h"

static const uint8_t *input;
static size_t input_size;
static const char *broken; // property, said when stderr is there again

static void expect(bool holds, const char *property)
{
    broken = holds ? broken : property;
}

// --- In place of mkdfota's own ---------------------------------------------

// The index of both folders is the input, and so is every package.
enum cli_exit file_read(struct file_bytes *bytes, const char *path,
                        size_t limit)
{
    expect(strncmp(path, "in/", 3) == 0 && strchr(path + 3, '/') == NULL &&
               strcmp(path + 3, "..") != 0,
           "a package is read from its folder");
    memset(bytes, 0, sizeof(*bytes));
    bytes->data = malloc(input_size + 1);
    if (input_size > limit || bytes->data == NULL) {
        file_free(bytes);
        return CLI_IO;
    }
    memcpy(bytes->data, input, input_size);
    bytes->size = input_size;
    return CLI_DONE;
}

void file_free(struct file_bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}

// Of --html, which nobody gives here.
enum cli_exit file_commit(struct file_output *output, const uint8_t *data,
                          size_t size)
{
    (void)output;
    (void)data;
    (void)size;
    return CLI_INTERNAL;
}

void file_discard(struct file_output *output)
{
    (void)output;
}

enum cli_exit out_open(struct out_folder *folder, const char *path)
{
    *folder = (struct out_folder){path, -1};
    return CLI_DONE;
}

void out_close(struct out_folder *folder)
{
    (void)folder;
}

const char *out_path(char path[OUT_PATH_MAX], const struct out_folder *folder,
                     const char *name, const char *suffix)
{
    snprintf(path, OUT_PATH_MAX, "%s/%s%s", folder->path, name, suffix);
    return path;
}

enum cli_exit out_write(const struct out_folder *folder, const char *name,
                        const char *suffix, const void *data, size_t size)
{
    (void)folder;
    (void)suffix;
    expect(name[0] != '.' && strchr(name, '/') == NULL,
           "a name stays in its folder");
    expect(data != NULL && size > 0, "something is written");
    return CLI_DONE;
}

const char *pair_from(const struct release_list *list, const struct pair *pair)
{
    (void)list;
    (void)pair;
    return NULL;
}

// --- Target ----------------------------------------------------------------

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const folders[] = {"in", "in"};
    int kept = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);

    // What is missing is told for people.
    require(kept >= 0 && null >= 0, "files");
    dup2(null, STDERR_FILENO);
    input = data;
    input_size = size;
    enum cli_exit status = matrix_merge("out", folders, 2, true);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(null);
    require(broken == NULL, broken);
    require(status == CLI_DONE || status == CLI_REFUSED, "joined or refused");
    return 0;
}
