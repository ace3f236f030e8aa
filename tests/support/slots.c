// SPDX-License-Identifier: MIT
// A module of several images.

#include "slots.h"

#include <string.h>

// Count over all; the flash that works when the cut is due is cut there, and
// the others are off.
static void watch(void *context, const struct sim_op *op)
{
    const struct slots_watch *w = context;
    struct slots *s = w->module;
    uint32_t i;

    if (++s->number != s->cut.number) {
        return;
    }
    s->hit = w->index;
    s->last = *op;
    for (i = 0; i < s->count; i++) {
        s->flash[i].off = i != w->index;
    }
    s->flash[w->index].cut = s->cut;
    s->flash[w->index].cut.number = op->number;
}

static void bind(struct slots *s)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        s->watch[i] = (struct slots_watch){s, i};
        s->flash[i].watch = watch;
        s->flash[i].watch_context = &s->watch[i];
        simflash_bind(&s->flash[i], &s->config[i]);
        s->config[i].next = i + 1 < s->count ? &s->config[i + 1] : NULL;
    }
}

bool slots_new(struct slots *s, const struct sim_geometry *geometries,
               uint32_t count)
{
    bool ok = true;
    uint32_t i;

    memset(s, 0, sizeof(*s));
    s->count = count;
    for (i = 0; i < count; i++) {
        ok = simflash_new(&s->flash[i], &geometries[i], i + 1) && ok;
    }
    if (ok) {
        bind(s);
    }
    return ok;
}

bool slots_clone(struct slots *s, const struct slots *from)
{
    bool ok = true;
    uint32_t i;

    *s = *from;
    for (i = 0; i < s->count; i++) {
        ok = simflash_clone(&s->flash[i], &from->flash[i]) && ok;
    }
    if (ok) {
        bind(s);
    }
    return ok;
}

void slots_free(struct slots *s)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        simflash_free(&s->flash[i]);
    }
    memset(s, 0, sizeof(*s));
}

void slots_arm(struct slots *s, const struct sim_cut *cut)
{
    s->cut = *cut;
}

void slots_reboot(struct slots *s, uint64_t seed)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        simflash_reboot(&s->flash[i], seed + i);
    }
    s->number = 0;
    memset(&s->cut, 0, sizeof(s->cut));
}

enum dfp_status slots_run(struct slots *s, const struct sim_update *u,
                          struct sim_result *result)
{
    struct sim_update own = *u;
    const struct dfp_config *policy = &u->config;

    own.config = s->config[0];
    own.config.product = policy->product;
    own.config.counter = policy->counter;
    own.config.keys = policy->keys;
    own.config.key_count = policy->key_count;
    own.config.checkpoint_bytes = policy->checkpoint_bytes;
    own.config.step_bytes = policy->step_bytes;
    own.keep_flash_fields = true;
    return sim_run(&own, &s->flash[0], result);
}

const char *slots_breach(const struct slots *s)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        if (s->flash[i].breach[0] != '\0') {
            return s->flash[i].breach;
        }
    }
    return "";
}
