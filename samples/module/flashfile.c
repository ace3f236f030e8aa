// SPDX-License-Identifier: MIT
// A simulated flash in a mapped file: what was written before the process
// was killed is there when the next one starts.

#include "flashfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *map_file(int file, size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

bool flashfile_create(struct simflash *flash, const char *path,
                      const struct sim_geometry *geometry)
{
    size_t size = simflash_store_size(geometry);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
    void *memory = MAP_FAILED;

    if (file < 0) {
        return false;
    }
    if (ftruncate(file, (off_t)size) == 0) {
        memory = map_file(file, size);
    }
    if (memory == MAP_FAILED) {
        int error = errno;

        close(file);
        unlink(path);
        errno = error;
        return false;
    }
    close(file);
    simflash_format(flash, memory, geometry, 1);
    simflash_clear(flash, DFP_OLD);
    simflash_clear(flash, DFP_NEW);
    simflash_clear(flash, DFP_JOURNAL);
    simflash_clear(flash, DFP_SCRATCH);
    return true;
}

bool flashfile_open(struct simflash *flash, const char *path)
{
    int file = open(path, O_RDWR);
    void *memory = MAP_FAILED;
    struct stat st;

    if (file < 0) {
        return false;
    }
    if (fstat(file, &st) == 0) {
        memory = map_file(file, (size_t)st.st_size);
    }
    close(file);
    if (memory == MAP_FAILED) {
        return false;
    }
    if (!simflash_attach(flash, memory, (size_t)st.st_size)) {
        munmap(memory, (size_t)st.st_size);
        errno = EINVAL;
        return false;
    }
    return true;
}

void flashfile_close(struct simflash *flash)
{
    munmap(flash->store, simflash_store_size(simflash_geometry(flash)));
}
