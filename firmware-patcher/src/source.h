// SPDX-License-Identifier: MIT
// Source bytes: reads of both images through a small cache.

#ifndef DFOTA_SOURCE_H
#define DFOTA_SOURCE_H

#include "state.h"

// Forget what the cache holds.
static inline void dfp_source_forget(struct dfp *p)
{
    p->cache_count = 0;
    p->calm_end = 0;
}

// Its place, for a digest from beginning to end.
static inline struct dfp_digest *dfp_digest_room(struct dfp *p)
{
    dfp_source_forget(p);
    return &p->u.work.digest;
}

#endif
