// SPDX-License-Identifier: MIT
// Applies a package in RAM, for instructions.py: nothing but the patcher runs,
// on flash that costs no more than a copy.
//
// Usage: applyonce OLD PACKAGE NEW [POINT]. POINT is a public key, 65 bytes: the
// package must be signed by it. Prints how many bytes of flash were read. Exit
// status 0 when the result is NEW.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ramflash.h"

struct file {
    uint8_t *data;
    uint32_t size;
};
enum { OLD, PACKAGE, NEW, POINT, FILES };

static struct delta_flash flash;
static unsigned long read_size;

// Instead of the simulated flash's own, which does not count.
static int flash_read(void *context, enum dfp_area area, uint32_t offset,
                      void *data, uint32_t size)
{
    (void)context;
    memcpy(data, (area == DFP_OLD ? flash.old_data : flash.slot.data) + offset,
           size);
    read_size += size;
    return 0;
}

static bool read_file(struct file *file, const char *path)
{
    FILE *stream = fopen(path, "rb");
    long size = -1;

    if (stream != NULL && fseek(stream, 0, SEEK_END) == 0) {
        size = ftell(stream);
    }
    if (size > 0 && fseek(stream, 0, SEEK_SET) == 0) {
        file->size = (uint32_t)size;
        file->data = malloc(file->size);
    }
    bool ok = file->data != NULL &&
              fread(file->data, 1, file->size, stream) == file->size;
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return ok;
}

static bool apply(const struct file files[FILES])
{
    const struct file *old = &files[OLD], *package = &files[PACKAGE];
    const struct file *new = &files[NEW];
    struct dfp_config config = {.step_bytes = 0};
    struct dfp_key key;
    struct dfp_info info;
    struct dfp_progress progress;
    struct dfp *p = NULL;
    size_t count = 0;

    if (dfp_peek(package->data, package->size, &info, &count) != DFP_OK ||
        count != 0 ||
        delta_flash_open(&flash, &config, old->data, old->size,
                         info.new_size) != DELTA_OK) {
        return false;
    }
    config.read = flash_read;
    if (files[POINT].size == sizeof(key.point)) {
        memcpy(key.point, files[POINT].data, sizeof(key.point));
        config.keys = &key;
        config.key_count = 1;
    }
    void *work = malloc(info.ram);
    enum dfp_status status = dfp_open(&p, work, info.ram, &config);
    if (status == DFP_OK) {
        status = dfp_resume(p, &progress);
    }
    if (status == DFP_OK) {
        status = dfp_feed(p, package->data, package->size, &count);
    }
    bool ok = status == DFP_DONE &&
              info.new_size ==
                  new->size &&memcmp(flash.slot.data, new->data, new->size) ==
                  0;
    free(work);
    delta_flash_close(&flash);
    return ok;
}

int main(int argc, char *argv[])
{
    struct file files[FILES] = {{NULL, 0}};
    bool ok = argc == POINT + 1 || argc == FILES + 1;

    for (int i = 0; i + 1 < argc && ok; i++) {
        ok = read_file(&files[i], argv[i + 1]);
    }
    ok = ok && apply(files);
    for (int i = 0; i < FILES; i++) {
        free(files[i].data);
    }
    printf("%lu\n", read_size);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
