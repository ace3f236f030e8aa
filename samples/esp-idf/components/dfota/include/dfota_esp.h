// SPDX-License-Identifier: MIT
// The patcher's flash on ESP-IDF: partitions of the partition table.
//
//   DFP_OLD      the partition that runs
//   DFP_NEW      the next OTA partition
//   DFP_JOURNAL  the data partition CONFIG_DFOTA_JOURNAL_LABEL

#ifndef DFOTA_ESP_H
#define DFOTA_ESP_H

#include "esp_err.h"
#include "esp_partition.h"

#if __has_include("dfota_patcher.h") // one file, one header
#include "dfota_patcher.h"
#else
#include "dfota/patcher.h"
#endif

#define DFOTA_ESP_AREAS 3

struct dfota_esp {
    const esp_partition_t *areas[DFOTA_ESP_AREAS];
};

// Find the partitions and fill in callbacks and geometry of a zeroed config,
// which refers to e from now on. ESP_ERR_NOT_FOUND: one is missing.
// ESP_ERR_NOT_SUPPORTED: one is encrypted, its erased cells are not 0xFF.
esp_err_t dfota_esp_open(struct dfota_esp *e, struct dfp_config *config);

#endif
