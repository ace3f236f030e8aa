// SPDX-License-Identifier: MIT
// The patcher's flash on Zephyr: fixed partitions of the devicetree.
//
//   DFP_OLD      slot0_partition           the running image
//   DFP_NEW      slot1_partition           up to MCUboot's trailer
//   DFP_JOURNAL  dfota_journal_partition   at least two erase blocks

#ifndef DFOTA_ZEPHYR_H
#define DFOTA_ZEPHYR_H

#include <zephyr/storage/flash_map.h>

#include "dfota/patcher.h"

#define DFOTA_ZEPHYR_AREAS 3

struct dfota_zephyr {
    const struct flash_area *areas[DFOTA_ZEPHYR_AREAS];
    uint32_t erase_sizes[DFOTA_ZEPHYR_AREAS];
};

// Open the partitions and fill in callbacks and geometry of a zeroed config,
// which refers to z from now on. 0, or an errno value below 0: -ENOTSUP when a
// partition's erase blocks are not all of one size or do not erase to 0xFF.
int dfota_zephyr_open(struct dfota_zephyr *z, struct dfp_config *config);

#endif
