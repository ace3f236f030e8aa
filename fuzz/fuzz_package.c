// SPDX-License-Identifier: MIT
// Any bytes as a package. The first byte chooses piece size and keys.

#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image old_image;
    struct simflash flash;
    struct sim_update u;
    struct sim_result result;

    if (size < 1) {
        return 0;
    }
    old_image = target_old_image();
    target_module(&flash, &old_image);
    memset(&u, 0, sizeof(u));
    u.package = data + 1;
    u.package_size = (uint32_t)size - 1;
    u.piece = data[0] & 0x7F;
    u.work_size = 65536;
    u.config.checkpoint_bytes = 300;
    if ((data[0] & 0x80) != 0) {
        u.config.keys = &case_key;
        u.config.key_count = 1;
    }
    sim_run(&u, &flash, &result);
    target_check(&flash, &old_image, &u, &result);
    simflash_free(&flash);
    image_free(&old_image);
    return 0;
}
