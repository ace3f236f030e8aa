// SPDX-License-Identifier: MIT
// From options to the coded stream of one part.

#ifndef DELTA_CODING_H
#define DELTA_CODING_H

#include "encode.h"

// What a part is coded for, besides its options.
struct delta_part_coding {
    uint32_t ram;        // all work memory that a module may have
    uint32_t more;       // of which features take so much
    uint32_t chunk_size; // 0: as goes with the memory
    bool is_signed;
    const struct delta_place_limits *place; // NULL: two slots
    bool trace;
    void (*progress)(void *context, unsigned permille); // may be NULL
    void *context;
};

// The smallest stream that there is memory for; the new image as it is where
// that makes the smaller package.
enum delta_status delta_code_part(struct delta_stream *stream,
                                  const struct delta_pair *pair,
                                  const struct delta_options *options,
                                  const struct delta_part_coding *use,
                                  struct delta_error *error);

#endif
