// SPDX-License-Identifier: MIT
// The patcher's areas on the flash of flash.json.

#ifndef BOARDS_AREAS_H
#define BOARDS_AREAS_H

#include <stdint.h>

#include "dfota/patcher.h"

// Which slot an area is. The same one twice would be an update in place.
struct areas {
    uint32_t old_slot;
    uint32_t new_slot;
};

// Where a slot begins; slot 0 or 1.
uint32_t areas_slot(uint32_t slot);

// Set callbacks, context and geometry of the config.
void areas_bind(const struct areas *areas, struct dfp_config *config);

#endif
