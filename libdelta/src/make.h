// SPDX-License-Identifier: MIT
// Making a package, and keeping what the coding has cost.

#ifndef DELTA_MAKE_H
#define DELTA_MAKE_H

#include "encode.h"

// As delta_make_images. stream may be NULL; else it tells all but the data,
// with a trace if the codec is range and something was coded. Its places are
// the caller's.
enum delta_status delta_make_traced(struct delta_bytes *package,
                                    struct delta_report *report,
                                    struct delta_stream *stream,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error);

#endif
