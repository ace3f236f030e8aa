// SPDX-License-Identifier: MIT
// The sequence of an update, one function per state.

#ifndef DFOTA_SEQUENCE_H
#define DFOTA_SEQUENCE_H

#include "state.h"

// One step of p->seq, with the input and the budget in p. DFP_OK: p->seq has
// moved on, or more input is wanted.
enum dfp_status dfp_step(struct dfp *p);

// A checkpoint was loaded: go on from there.
void dfp_sequence_resume(struct dfp *p);

// Enter DFP_SEQ_HASH_OLD or DFP_SEQ_HASH_NEW.
void dfp_start_hash(struct dfp *p, enum dfp_seq seq);

#endif
