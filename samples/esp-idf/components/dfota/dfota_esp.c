// SPDX-License-Identifier: MIT
// The patcher's flash callbacks on ESP-IDF's partitions.

#include "dfota_esp.h"

#include "esp_ota_ops.h"
#include "sdkconfig.h"

// NOR flash behind these partitions is programmed in bytes, fastest in pages.
#define PAGE_SIZE 256u
#define JOURNAL_UNIT 4u

// The callbacks' numbers are below 0, those of ESP-IDF mostly above.
static int to_number(esp_err_t error)
{
    return error > 0 ? -error : error;
}

static int area_read(void *context, enum dfp_area area, uint32_t offset,
                     void *data, uint32_t size)
{
    const struct dfota_esp *e = context;

    return to_number(esp_partition_read(e->areas[area], offset, data, size));
}

static int area_program(void *context, enum dfp_area area, uint32_t offset,
                        const void *data, uint32_t size)
{
    const struct dfota_esp *e = context;

    return to_number(esp_partition_write(e->areas[area], offset, data, size));
}

static int area_erase(void *context, enum dfp_area area, uint32_t offset)
{
    const struct dfota_esp *e = context;
    const esp_partition_t *partition = e->areas[area];

    return to_number(
        esp_partition_erase_range(partition, offset, partition->erase_size));
}

esp_err_t dfota_esp_open(struct dfota_esp *e, struct dfp_config *config)
{
    e->areas[DFP_OLD] = esp_ota_get_running_partition();
    e->areas[DFP_NEW] = esp_ota_get_next_update_partition(NULL);
    e->areas[DFP_JOURNAL] = esp_partition_find_first(
        ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY,
        CONFIG_DFOTA_JOURNAL_LABEL);
    for (size_t i = 0; i < DFOTA_ESP_AREAS; i++) {
        if (e->areas[i] == NULL) {
            return ESP_ERR_NOT_FOUND;
        }
        if (e->areas[i]->encrypted) {
            return ESP_ERR_NOT_SUPPORTED;
        }
    }
    config->context = e;
    config->read = area_read;
    config->program = area_program;
    config->erase = area_erase;
    config->old_size = e->areas[DFP_OLD]->size;
    config->new_size = e->areas[DFP_NEW]->size;
    config->new_erase_size = e->areas[DFP_NEW]->erase_size;
    config->new_program_size = PAGE_SIZE;
    config->journal_size = e->areas[DFP_JOURNAL]->size;
    config->journal_erase_size = e->areas[DFP_JOURNAL]->erase_size;
    config->journal_program_size = JOURNAL_UNIT;
    return ESP_OK;
}
