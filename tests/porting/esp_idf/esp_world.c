// SPDX-License-Identifier: MIT
// ESP-IDF around samples/esp-idf: a partition table, two OTA partitions, and
// the boot loader's choice with rollback.

#include <string.h>

#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "fakeflash.h"
#include "scenario.h"

enum { OTA_0, OTA_1, JOURNAL, PACKAGE, PARTITIONS };

void app_main(void); // the sample's

static esp_partition_t table[PARTITIONS];
static unsigned running, chosen;
static esp_ota_img_states_t states[2];
static bool is_back;

static unsigned id_of(const esp_partition_t *partition)
{
    return (unsigned)(partition - table);
}

// --- The module --------------------------------------------------------------

void module_make(const struct blob *old_image)
{
    static const char *const labels[] = {"ota_0", "ota_1", "dfota_journal",
                                         "dfota_package"};
    static const uint32_t sizes[] = {0x20000, 0x20000, 0x10000, 0x4000};

    for (unsigned id = 0; id < PARTITIONS; id++) {
        fake_make(id, sizes[id], 4096, 1);
        table[id].size = sizes[id];
        table[id].erase_size = 4096;
        strcpy(table[id].label, labels[id]);
    }
    memcpy(fake_areas[OTA_0].bytes, old_image->data, old_image->size);
    running = chosen = OTA_0;
    states[OTA_0] = ESP_OTA_IMG_VALID;
    is_back = false;
}

void module_store(const struct blob *package)
{
    struct fake_area *area = &fake_areas[PACKAGE];

    memset(area->bytes, 0xFF, area->size);
    memcpy(area->bytes, package->data, package->size);
}

void module_boot(void)
{
    if (states[chosen] == ESP_OTA_IMG_PENDING_VERIFY) {
        chosen = 1 - chosen;
        is_back = true;
    } else if (states[chosen] == ESP_OTA_IMG_NEW) {
        states[chosen] = ESP_OTA_IMG_PENDING_VERIFY;
    }
    running = chosen;
    app_main();
}

const uint8_t *module_image(void)
{
    return fake_areas[running].bytes;
}

bool module_is_confirmed(void)
{
    return running == chosen && states[running] == ESP_OTA_IMG_VALID;
}

bool module_rolled_back(void)
{
    return is_back;
}

bool module_is_in_place(void)
{
    return false;
}

bool module_has_package(void)
{
    return memcmp(fake_areas[PACKAGE].bytes, "DFOT", 4) == 0;
}

// --- OTA ---------------------------------------------------------------------

const esp_partition_t *esp_ota_get_running_partition(void)
{
    return &table[running];
}

const esp_partition_t *
esp_ota_get_next_update_partition(const esp_partition_t *start_from)
{
    (void)start_from;
    return &table[1 - running];
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition)
{
    fake_tick();
    chosen = id_of(partition);
    states[chosen] = ESP_OTA_IMG_NEW;
    return ESP_OK;
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t *partition,
                                      esp_ota_img_states_t *ota_state)
{
    *ota_state = states[id_of(partition)];
    return ESP_OK;
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void)
{
    fake_tick();
    states[running] = ESP_OTA_IMG_VALID;
    return ESP_OK;
}

// --- Partitions --------------------------------------------------------------

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype,
                                                const char *label)
{
    (void)subtype;
    for (unsigned id = JOURNAL; id < PARTITIONS; id++) {
        if (type == ESP_PARTITION_TYPE_DATA &&
            strcmp(table[id].label, label) == 0) {
            return &table[id];
        }
    }
    return NULL;
}

esp_err_t esp_partition_read(const esp_partition_t *partition,
                             size_t src_offset, void *dst, size_t size)
{
    return fake_read(id_of(partition), (uint32_t)src_offset, dst,
                     (uint32_t)size);
}

esp_err_t esp_partition_write(const esp_partition_t *partition,
                              size_t dst_offset, const void *src, size_t size)
{
    return fake_program(id_of(partition), (uint32_t)dst_offset, src,
                        (uint32_t)size);
}

esp_err_t esp_partition_erase_range(const esp_partition_t *partition,
                                    size_t offset, size_t size)
{
    return fake_erase(id_of(partition), (uint32_t)offset, (uint32_t)size);
}

// --- System ------------------------------------------------------------------

void vTaskDelay(const TickType_t ticks)
{
    (void)ticks;
}

_Noreturn void esp_restart(void)
{
    fake_reset();
}
