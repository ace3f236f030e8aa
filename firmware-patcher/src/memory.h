// SPDX-License-Identifier: MIT
// Where things stand in work memory, once the manifest is known.

#ifndef DFOTA_MEMORY_H
#define DFOTA_MEMORY_H

#include "state.h"

// Bytes of the model, with everything that the codec keeps there.
uint32_t dfp_model_size(const struct dfp_info *info);

// Bytes that the manifest takes where it stays in memory, else 0.
uint32_t dfp_more_size(const struct dfp_info *info);

// Divide the work memory for the manifest in p->s.part, and describe the
// images in p->space. DFP_ERR_MEMORY if the work memory is too small.
enum dfp_status dfp_memory_divide(struct dfp *p);

// Where regions and map stand in the tables; p->s has their counts.
void dfp_tables_divide(struct dfp *p);

#endif
