// SPDX-License-Identifier: MIT
// The config's flash callbacks, with their errors turned into a status.

#ifndef DFOTA_FLASH_H
#define DFOTA_FLASH_H

#include "state.h"

enum dfp_status dfp_flash_read(struct dfp *p, enum dfp_area area,
                               uint32_t offset, void *data, uint32_t size);
enum dfp_status dfp_flash_program(struct dfp *p, enum dfp_area area,
                                  uint32_t offset, const void *data,
                                  uint32_t size);
enum dfp_status dfp_flash_erase(struct dfp *p, enum dfp_area area,
                                uint32_t offset);

#endif
