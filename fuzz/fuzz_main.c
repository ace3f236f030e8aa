// SPDX-License-Identifier: MIT
// Runs a fuzz target over files and folders, without a fuzzer.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned run_file(const char *path)
{
    struct image image = image_read(path);

    if (image.data == NULL) {
        fprintf(stderr, "%s: cannot be read, or is empty\n", path);
        exit(1);
    }
    LLVMFuzzerTestOneInput(image.data, image.size);
    image_free(&image);
    return 1;
}

static unsigned run_path(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char name[4096];
    unsigned count = 0;

    if (folder == NULL) {
        return run_file(path);
    }
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
            count += run_file(name);
        }
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++) {
        count += run_path(argv[i]);
    }
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1;
}
