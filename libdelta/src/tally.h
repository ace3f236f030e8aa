// SPDX-License-Identifier: MIT
// What the bits of a stream were spent on, in few words.

#ifndef DELTA_TALLY_H
#define DELTA_TALLY_H

#include "encode.h"

// Fill the stream's tally and its sums in bytes.
void delta_tally_report(const struct delta_tally *tally,
                        struct delta_stream *out);

#endif
