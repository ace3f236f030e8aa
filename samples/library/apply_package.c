// SPDX-License-Identifier: MIT
// Applies a package with the patcher: apply_package OLD PACKAGE NEW
// Flash is memory here; samples/module is the same on a simulated NOR flash.

#include "dfota/patcher.h"

#include <string.h>

#include "wholefile.h"

#define SLOT_SIZE (512u * 1024)
#define JOURNAL_SIZE (64u * 1024)
#define ERASE_SIZE 4096u

static uint8_t slot[SLOT_SIZE];
static uint8_t journal[JOURNAL_SIZE];
static uint64_t work[16384 / 8];

static uint8_t *flash_at(void *old, enum dfp_area area, uint32_t offset)
{
    uint8_t *areas[] = {old, slot, journal};
    return areas[area] + offset;
}

static int flash_read(void *context, enum dfp_area area, uint32_t offset,
                      void *data, uint32_t size)
{
    memcpy(data, flash_at(context, area, offset), size);
    return 0;
}

static int flash_program(void *context, enum dfp_area area, uint32_t offset,
                         const void *data, uint32_t size)
{
    memcpy(flash_at(context, area, offset), data, size);
    return 0;
}

static int flash_erase(void *context, enum dfp_area area, uint32_t offset)
{
    memset(flash_at(context, area, offset), 0xFF, ERASE_SIZE);
    return 0;
}

static enum dfp_status apply(const struct dfp_config *config, FILE *package,
                             uint32_t *new_size)
{
    // [README]
    struct dfp *p;
    struct dfp_progress progress = {0};
    uint8_t bytes[1024];
    size_t size, used;
    enum dfp_status status = dfp_open(&p, work, sizeof(work), config);
    if (status == DFP_OK) {
        status = dfp_resume(p, &progress); // says where to download from
    }
    fseek(package, (long)progress.package_at, SEEK_SET);
    while (status == DFP_OK && (size = fread(bytes, 1, 1024, package)) > 0) {
        status = dfp_feed(p, bytes, size, &used);
    }
    // [/README]
    if (status == DFP_DONE) {
        dfp_get_progress(p, &progress);
        *new_size = progress.new_size;
    }
    return status;
}

static int write_new(const char *path, uint32_t size)
{
    FILE *out = fopen(path, "wb");
    if (out == NULL) {
        return 1;
    }
    size_t written = fwrite(slot, 1, size, out);
    return fclose(out) != 0 || written != size;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: apply_package OLD PACKAGE NEW\n");
        return 2;
    }
    struct wholefile old = wholefile_read(argv[1]);
    FILE *package = fopen(argv[2], "rb");
    if (package == NULL) {
        perror(argv[2]);
        return 3;
    }
    memset(journal, 0xFF, sizeof(journal));
    struct dfp_config config = {
        .context = old.data,
        .read = flash_read,
        .program = flash_program,
        .erase = flash_erase,
        .old_size = (uint32_t)old.size,
        .new_size = SLOT_SIZE,
        .new_erase_size = ERASE_SIZE,
        .new_program_size = 256,
        .journal_size = JOURNAL_SIZE,
        .journal_erase_size = ERASE_SIZE,
        .journal_program_size = 16,
    };
    uint32_t new_size = 0;
    enum dfp_status status = apply(&config, package, &new_size);
    int failed = status != DFP_DONE;
    if (failed) {
        fprintf(stderr, "%s: %s\n", argv[2], dfp_strerror(status));
    } else {
        failed = write_new(argv[3], new_size);
    }
    fclose(package);
    free(old.data);
    return failed;
}
