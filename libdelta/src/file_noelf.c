// SPDX-License-Identifier: MIT
// In place of file_elf.c where there is no libelf: ELF files are refused by
// name.

#include <string.h>

#include "errors.h"
#include "files.h"

bool delta_file_is_elf(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

enum delta_status delta_file_elf(struct delta_image *image, const uint8_t *data,
                                 size_t size, struct delta_error *error)
{
    (void)image;
    (void)data;
    (void)size;
    return delta_fail(error, DELTA_ERR_IMAGE, "image",
                      "ELF: not read by this build, which is without libelf "
                      "(expected another format: objcopy -O binary)");
}

const char *delta_elf_library(void)
{
    return "without libelf";
}
