// SPDX-License-Identifier: MIT
// Writes the stream of codec deflate, FORMAT.md section 8.

#ifndef DELTA_DEFLATECODE_H
#define DELTA_DEFLATECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "encode.h"
#include "parse.h"

// Append the stream to out. inplace is NULL for an update of two slots. false: out of memory.
bool delta_deflate_encode(struct delta_buffer *out,
                          const struct delta_pair *pair,
                          const struct dfc_space *space,
                          const struct delta_inplace *inplace,
                          const struct delta_segments *segments,
                          int window_bits);

#endif
