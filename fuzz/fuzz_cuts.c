// SPDX-License-Identifier: MIT
// Any power-cut schedule: the update ends in the new image. The first byte
// chooses codec and piece size, then four bytes make a cut.

#include "powercut.h"
#include "target.h"

static uint32_t read_cuts(struct sim_cut cuts[POWERCUT_DEPTH_MAX],
                          const uint8_t *data, size_t size)
{
    uint32_t count = 0;

    while (size >= 4 && count < POWERCUT_DEPTH_MAX) {
        cuts[count].number = 1u + data[0] + (data[1] & 3) * 256u;
        cuts[count].tear = (enum sim_tear)(data[2] % SIM_TEARS);
        cuts[count].bytes = data[3];
        count++;
        data += 4;
        size -= 4;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct update_case *c;
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];
    struct simflash flash;
    struct powercut p;
    uint32_t count;

    if (size < 5) {
        return 0;
    }
    c = target_case(data[0] % CASE_CODECS);
    target_module(&flash, &c->old_image);
    memset(&p, 0, sizeof(p));
    p.start = &flash;
    p.update = case_update(c);
    p.update.piece = data[0] / CASE_CODECS;
    p.update.config.checkpoint_bytes = data[0] < 128 ? 300 : 0;
    p.new_image = c->new_image.data;
    p.new_size = c->new_image.size;
    p.refetch_max = 65536;
    p.seed = data[0];
    count = read_cuts(cuts, data + 1, size - 1);
    require(powercut_run(&p, cuts, count), p.failure);
    simflash_free(&flash);
    return 0;
}
