// SPDX-License-Identifier: MIT
// A module's flash in RAM, for running the patcher on the host.
//
// Rules are checked as strictly as any flash would: erase whole blocks only,
// program whole pages of erased bytes, each once, ascending in a block. A
// block that was never erased may not be programmed.

#ifndef DELTA_RAMFLASH_H
#define DELTA_RAMFLASH_H

#include "delta.h"
#include "dfota/patcher.h"

#define DELTA_BLOCK_SIZE 4096u
#define DELTA_SLOT_PAGE 256u
#define DELTA_JOURNAL_PAGE 16u

// 0 <= next[b] <= DELTA_BLOCK_SIZE: where block b may be programmed next.
struct delta_area {
    uint8_t *data;
    uint16_t *next;
    uint32_t size; // multiple of DELTA_BLOCK_SIZE
    uint32_t page;
};

struct delta_flash {
    const uint8_t *old_data;
    uint32_t old_size;
    struct delta_area slot;
    struct delta_area journal;
    const char *violation; // the rule that was broken; NULL: none
};

// Callbacks and geometry into config, journal apart. The flash has a slot
// for new_size bytes.
enum delta_status delta_flash_open(struct delta_flash *flash,
                                   struct dfp_config *config,
                                   const uint8_t *old_data, uint32_t old_size,
                                   uint32_t new_size);

// Add a journal, once its size is known from the config.
enum delta_status delta_flash_add_journal(struct delta_flash *flash,
                                          struct dfp_config *config,
                                          uint32_t journal_size);

void delta_flash_close(struct delta_flash *flash);

#endif
