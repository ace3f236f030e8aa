// SPDX-License-Identifier: MIT
// The load address of an image, from how pointers and code have moved.

#ifndef DELTA_BASEVOTE_H
#define DELTA_BASEVOTE_H

#include "parse.h"

enum delta_found { DELTA_FOUND, DELTA_NOT_FOUND, DELTA_FOUND_NOMEM };

// Branches tell how far each place of the image has moved without knowing where
// it is loaded; a pointer tells how far its target has moved. Every changed
// word votes for the load addresses that bring both together. The scene's
// image is one region at address 0, its map was fitted to branches.
enum delta_found delta_base_vote(uint32_t *base,
                                 const struct delta_scene *scene,
                                 const struct delta_segments *segments);

#endif
