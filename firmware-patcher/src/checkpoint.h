// SPDX-License-Identifier: MIT
// Checkpoint: the state that a journal record holds, taken and restored.

#ifndef DFOTA_CHECKPOINT_H
#define DFOTA_CHECKPOINT_H

#include "state.h"

// Identifies the layout of a checkpoint: another build's is not understood.
#define DFP_CHECKPOINT_LAYOUT \
    (DFP_STATE_LAYOUT << 16 | (uint32_t)sizeof(struct dfp_state))

// Bytes of a checkpoint of this package.
uint32_t dfp_checkpoint_size(const struct dfp_info *info);

// Package bytes between two checkpoints.
uint32_t dfp_checkpoint_bytes(const struct dfp_info *info,
                              const struct dfp_config *config);

// The memory that makes up a checkpoint, in this order.
#define DFP_CHECKPOINT_PIECES 5u
uint8_t *dfp_checkpoint_piece(struct dfp *p, uint32_t index, uint32_t *size);

// Is it time for one, and is the decoder at a place where it can be taken?
bool dfp_checkpoint_due(const struct dfp *p);

// Save the state. The codec must be at such a place.
enum dfp_status dfp_checkpoint_take(struct dfp *p);

// Restore the state from `size` bytes of payload of the record at `at`, which
// was checked just now. Anything but DFP_OK and DFP_ERR_FLASH: it cannot be
// continued from; p->s is cleared.
enum dfp_status dfp_checkpoint_load(struct dfp *p, uint32_t at, uint32_t size);

#endif
