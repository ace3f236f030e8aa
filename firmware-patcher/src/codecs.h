// SPDX-License-Identifier: MIT
// Choice of the codec that the manifest names, among those built in.

#ifndef DFOTA_CODECS_H
#define DFOTA_CODECS_H

#include "decoder.h"

void dfp_codec_begin(struct dfp *p);
enum dfp_status dfp_codec_run(struct dfp *p, uint32_t stop);
enum dfp_status dfp_codec_check(const struct dfp *p);

// An epoch has ended at `ended`, p->s.new_at is where the next one begins.
void dfp_codec_jump(struct dfp *p, uint32_t ended);

// Whether all that the codec knows is in p->s, map and model just now.
bool dfp_codec_savable(const struct dfp *p);

// Bytes of model memory that belong into a checkpoint.
uint32_t dfp_codec_saved(const struct dfp_info *info);

#endif
