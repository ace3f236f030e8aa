// SPDX-License-Identifier: MIT
// Making a package, and keeping what the coding has cost.

#ifndef DELTA_MAKE_H
#define DELTA_MAKE_H

#include "delta_parts.h"
#include "encode.h"

enum delta_status delta_check_options(const struct delta_options *options,
                                      struct delta_error *error);

// As delta_make_parts. stream may be NULL; else there is one part, which does
// not become a full image, and stream tells all but the data, with a trace if
// the codec is range and something was coded. Its places are the caller's.
enum delta_status delta_make_package(struct delta_bytes *package,
                                     struct delta_report *reports,
                                     struct delta_stream *stream,
                                     const struct delta_part_input *parts,
                                     size_t part_count,
                                     const struct delta_options *options,
                                     struct delta_error *error);

// The same of one part.
enum delta_status delta_make_traced(struct delta_bytes *package,
                                    struct delta_report *report,
                                    struct delta_stream *stream,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error);

#endif
