// SPDX-License-Identifier: MIT
// The boot loader as the command line wants it.

#include "bootoptions.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "delta.h"
#include "images.h"

static bool read_key(const char *path, struct dfp_key *key)
{
    struct image pem = image_read(path);
    struct delta_key read;
    struct delta_error error;

    if (pem.data == NULL) {
        fprintf(stderr,
                "dfota-module: %s: cannot be read, or is empty or too large\n",
                path);
        return false;
    }
    bool ok = delta_key_read(&read, pem.data, pem.size, &error) == DELTA_OK;

    image_free(&pem);
    if (!ok) {
        fprintf(stderr, "dfota-module: %s: %s\n", path, error.text);
        return false;
    }
    memcpy(key->point, read.point, sizeof(key->point));
    return true;
}

bool boot_from_options(struct bootloader *b, struct dfp_key *key,
                       struct simflash *flash, const struct options *o)
{
    memset(b, 0, sizeof(*b));
    b->flash = flash;
    b->ram = o->ram;
    b->piece = o->piece;
    b->random_seed = o->random_seed;
    b->config.step_bytes = o->step;
    b->config.checkpoint_bytes = o->checkpoint;
    b->config.product = o->product;
    b->config.counter = o->counter;
    if (o->key != NULL) {
        if (!read_key(o->key, key)) {
            return false;
        }
        b->config.keys = key;
        b->config.key_count = 1;
    }
    return true;
}

static void delay(void *context, const struct sim_op *op)
{
    const struct options *o = context;
    struct timespec t = {
        (time_t)(o->op_delay / 1000000),
        (long)(o->op_delay % 1000000) * 1000,
    };

    (void)op;
    nanosleep(&t, NULL);
}

void boot_power_on(struct simflash *flash, const struct options *o)
{
    simflash_reboot(flash, (uint64_t)time(NULL) ^ (uint64_t)getpid());
    simflash_arm(flash, &o->cut);
    if (o->op_delay != 0) {
        flash->watch = delay;
        flash->watch_context = (void *)(uintptr_t)o;
    }
}
