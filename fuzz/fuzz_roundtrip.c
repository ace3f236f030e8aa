// SPDX-License-Identifier: MIT
// Any two images: what libdelta makes of them applies and gives the new one.
// The first four bytes choose codec, level, memory and where the images part.

#include "target.h"

static void apply_in_pieces(const struct delta_bytes *package,
                            const struct image *old_image,
                            const struct image *new_image, uint32_t piece)
{
    struct sim_geometry geometry = {.slot_size = 65536,
                                    .slot_erase = 4096,
                                    .slot_program = 256,
                                    .journal_size = 65536,
                                    .journal_erase = 4096,
                                    .journal_program = 16};
    struct simflash flash;
    struct sim_update u;
    struct sim_result result;

    require(simflash_new(&flash, &geometry, 1), "memory for the module");
    simflash_load(&flash, DFP_OLD, old_image->data, old_image->size);
    memset(&u, 0, sizeof(u));
    u.package = package->data;
    u.package_size = (uint32_t)package->size;
    u.piece = piece;
    sim_run(&u, &flash, &result);
    require(result.status == DFP_DONE, "the package applies");
    require(memcmp(simflash_area(&flash, DFP_NEW), new_image->data,
                   new_image->size) == 0,
            "the new image is exact");
    simflash_free(&flash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_options options;
    struct delta_bytes package;
    struct delta_error error;
    enum delta_status status;
    struct image old_image, new_image;
    size_t part;

    if (size < 6 || size > 32768) {
        return 0;
    }
    part = 1 + (data[2] * 256u + data[3]) % (size - 5);
    old_image = image_copy(data + 4, (uint32_t)part);
    new_image = image_copy(data + 4 + part, (uint32_t)(size - 4 - part));
    require(old_image.data != NULL && new_image.data != NULL, "memory");
    memset(&options, 0, sizeof(options));
    options.codec = (data[0] & 1) == 0 ? DELTA_RANGE : DELTA_DEFLATE;
    options.level = 1 + data[0] / 2 % 9;
    options.ram = 4096u + 256u * data[1];
    options.has_base = (data[0] & 0x80) != 0;
    options.base = IMAGES_BASE;
    status = delta_make(&package, NULL, old_image.data, old_image.size,
                        new_image.data, new_image.size, &options, &error);
    require(status == DELTA_OK || status == DELTA_ERR_LIMIT, error.text);
    if (status == DELTA_OK) {
        apply_in_pieces(&package, &old_image, &new_image, data[1]);
    }
    delta_free(&package);
    image_free(&old_image);
    image_free(&new_image);
    return 0;
}
