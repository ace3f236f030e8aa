// SPDX-License-Identifier: MIT
// Writer of the new image: page by page, each block erased just before its
// first page. Blocks that a former run has finished are left alone.

#ifndef DFOTA_WRITER_H
#define DFOTA_WRITER_H

#include "state.h"

// Position in the new image from which bytes are still in the page buffer
// and not in flash.
uint32_t dfp_page_start(const struct dfp *p);

#endif
