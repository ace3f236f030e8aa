// SPDX-License-Identifier: MIT
// Any bytes as a package. The first byte chooses piece size, keys and slots.

#include "target_module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image package, old_image;
    struct sim_update u;
    struct sim_result result;
    struct module m;

    if (size < 2) {
        return 0;
    }
    old_image = target_old_image();
    package = image_copy(data + 1, (uint32_t)size - 1);
    require(package.data != NULL, "memory for the package");
    module_open(&m, &package, &old_image, (data[0] & 0x40) != 0);
    memset(&u, 0, sizeof(u));
    u.package = package.data;
    u.package_size = package.size;
    u.piece = data[0] & 0x3F;
    u.work_size = 65536;
    u.config = m.configs[0];
    u.config.checkpoint_bytes = 300;
    if ((data[0] & 0x80) != 0) {
        u.config.keys = &case_key;
        u.config.key_count = 1;
    }
    sim_run(&u, m.flash, &result);
    module_check(&m, &u, &old_image, &result);
    module_close(&m);
    image_free(&package);
    image_free(&old_image);
    return 0;
}
