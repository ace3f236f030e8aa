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

#endif
