// SPDX-License-Identifier: MIT
// The patcher's areas on the flash of layout.json.

#ifndef BOARDS_AREAS_H
#define BOARDS_AREAS_H

#include <stdbool.h>
#include <stdint.h>

#include "dfota/patcher.h"

// Which slot an area is. The same one twice is an update in place.
struct areas {
    uint32_t old_slot;
    uint32_t new_slot;
    bool changed; // set when anything in the new slot was erased
};

// Where a slot begins; slot 0 or 1.
uint32_t areas_slot(uint32_t slot);

// Set callbacks, context and geometry of the config.
void areas_bind(struct areas *areas, struct dfp_config *config);

#endif
