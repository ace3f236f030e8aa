// SPDX-License-Identifier: MIT
// Choice of the codec that the manifest names, among those built in.
//
// The manifest has been checked: a codec that is not built in does not get
// here, and the compiler drops its branches.

#include "codecs.h"

#include "memory.h"

void dfp_codec_begin(struct dfp *p)
{
    if (DFP_WITH_RANGE && p->s.part.codec == DFOTA_CODEC_RANGE) {
        dfp_range_begin(p);
    } else if (DFP_WITH_DEFLATE && p->s.part.codec == DFOTA_CODEC_DEFLATE) {
        dfp_deflate_begin(p);
    }
}

enum dfp_status dfp_codec_run(struct dfp *p, uint32_t stop)
{
    if (DFP_WITH_RANGE && p->s.part.codec == DFOTA_CODEC_RANGE) {
        return dfp_range_run(p, stop);
    }
    if (DFP_WITH_DEFLATE && p->s.part.codec == DFOTA_CODEC_DEFLATE) {
        return dfp_deflate_run(p, stop);
    }
    return dfp_stored_run(p, stop);
}

enum dfp_status dfp_codec_check(const struct dfp *p)
{
    if (DFP_WITH_RANGE && p->s.part.codec == DFOTA_CODEC_RANGE) {
        return dfp_range_check(p);
    }
    if (DFP_WITH_DEFLATE && p->s.part.codec == DFOTA_CODEC_DEFLATE) {
        return dfp_deflate_check(p);
    }
    return dfp_stored_check(p);
}

void dfp_codec_jump(struct dfp *p, uint32_t ended)
{
    if (DFP_WITH_RANGE && p->s.part.codec == DFOTA_CODEC_RANGE) {
        dfp_range_jump(p, ended);
    } else if (DFP_WITH_DEFLATE && p->s.part.codec == DFOTA_CODEC_DEFLATE) {
        dfp_deflate_jump(p, ended);
    }
}

bool dfp_codec_savable(const struct dfp *p)
{
    if (DFP_WITH_DEFLATE && p->s.part.codec == DFOTA_CODEC_DEFLATE) {
        return dfp_deflate_between(p);
    }
    return true;
}

uint32_t dfp_codec_saved(const struct dfp_info *info)
{
    // Inflate's memory is full of pointers; deflate does without it.
    return info->codec == DFOTA_CODEC_RANGE &&
                   (info->order & DFOTA_ORDER_FRESH) == 0
               ? dfp_model_size(info)
               : 0;
}
