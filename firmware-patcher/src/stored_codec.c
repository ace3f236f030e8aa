// SPDX-License-Identifier: MIT
// Codec stored: the payload is the new image (FORMAT.md section 7).

#include "decoder.h"

enum dfp_status dfp_stored_run(struct dfp *p, uint32_t stop)
{
    while (p->s.new_at < stop) {
        enum dfp_status status;

        if (p->in_at == p->in_end) {
            return DFP_YIELD;
        }
        status = dfp_put(p, p->in[p->in_at++]);
        if (status != DFP_OK) {
            return status;
        }
    }
    return DFP_OK;
}

enum dfp_status dfp_stored_check(const struct dfp *p)
{
    (void)p;
    return DFP_OK;
}
