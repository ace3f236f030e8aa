// SPDX-License-Identifier: MIT
// An application that updates itself: applies the package that lies in the
// partition dfota_package to the next OTA partition, and boots that.

#include <inttypes.h>

#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "dfota_esp.h"

static const char tag[] = "dfota";
static uint64_t work[CONFIG_DFOTA_RAM / 8];

// Where the package comes from. A product would download it from byte `at` on
// (esp_http_client with a Range header), and keep no partition for it.
static const esp_partition_t *package;

static esp_err_t package_read(uint32_t at, void *data, size_t *size)
{
    if (*size > package->size - at) {
        *size = package->size - at;
    }
    return esp_partition_read(package, at, data, *size);
}

// No package is what every start but one finds.
static bool has_package(void)
{
    uint8_t head[DFP_PEEK_SIZE];
    struct dfp_info info;
    size_t size = sizeof(head);
    size_t wanted;

    return package_read(0, head, &size) == ESP_OK &&
           dfp_peek(head, size, &info, &wanted) == DFP_OK;
}

// So that it is not met again at the next start.
static void package_forget(void)
{
    (void)esp_partition_erase_range(package, 0, package->size);
}

static enum dfp_status apply(struct dfp *p, uint32_t at)
{
    enum dfp_status status = DFP_OK;

    while (status == DFP_YIELD || (status == DFP_OK && at < package->size)) {
        uint8_t piece[256];
        size_t size = sizeof(piece);
        size_t used;

        if (package_read(at, piece, &size) != ESP_OK) {
            return DFP_OK; // not at its end: the next start goes on
        }
        status = dfp_feed(p, piece, size, &used);
        at += (uint32_t)used;
        if (status == DFP_YIELD) {
            vTaskDelay(1); // the idle task serves the watchdog
        }
    }
    return status;
}

// The journal is forgotten before the new image is chosen: the other way round
// a cut in between would let the new image find "done" and act on it.
static void boot_new(struct dfp *p, const struct dfota_esp *e)
{
    esp_err_t error;

    if (dfp_discard(p) != DFP_OK) {
        return;
    }
    error = esp_ota_set_boot_partition(e->areas[DFP_NEW]);
    if (error == ESP_OK) {
        package_forget();
        esp_restart();
    }
    ESP_LOGE(tag, "new image not accepted: error %d", error);
    package_forget();
}

// The flash may do better at the next start. Otherwise a journal of another
// package is forgotten, or else this package.
static void give_up(struct dfp *p, const struct dfp_config *config,
                    enum dfp_status status, bool resumed)
{
    struct dfp_fault fault;

    dfp_get_fault(p, &fault);
    ESP_LOGE(tag, "%s: %s (found 0x%" PRIx32 ", expected 0x%" PRIx32 ")",
             fault.field == NULL ? "-" : fault.field, dfp_strerror(status),
             fault.found, fault.expected);
    if (status <= DFP_ERR_FLASH) {
        return;
    }
    if (resumed) {
        if (dfp_open(&p, work, sizeof(work), config) == DFP_OK) {
            (void)dfp_discard(p);
        }
    } else {
        package_forget();
    }
}

static void update(void)
{
    struct dfota_esp e;
    struct dfp_config config = {.step_bytes = 4096};
    struct dfp_progress progress;
    struct dfp *p;
    enum dfp_status status;
    esp_err_t error = dfota_esp_open(&e, &config);

    package = esp_partition_find_first(
        ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "dfota_package");
    if (error != ESP_OK || package == NULL) {
        ESP_LOGE(tag, "partitions: error %d", error);
        return;
    }
    config.product = CONFIG_DFOTA_PRODUCT[0] == 0 ? NULL : CONFIG_DFOTA_PRODUCT;
    status = dfp_open(&p, work, sizeof(work), &config);
    if (status != DFP_OK) {
        ESP_LOGE(tag, "%s", dfp_strerror(status));
        return;
    }
    status = dfp_resume(p, &progress);
    if (status == DFP_OK && has_package()) {
        status = apply(p, progress.package_at);
    }
    if (status == DFP_DONE) {
        boot_new(p, &e);
    } else if (status < 0) {
        give_up(p, &config, status, progress.package_at > 0);
    }
}

// First start of a new image: this is where it proves itself. Until then the
// other partition holds the way back and must not be touched.
static bool is_confirmed(void)
{
    esp_ota_img_states_t state;
    esp_err_t error =
        esp_ota_get_state_partition(esp_ota_get_running_partition(), &state);

    if (error != ESP_OK || state != ESP_OTA_IMG_PENDING_VERIFY) {
        return true;
    }
    return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}

void app_main(void)
{
    if (is_confirmed()) {
        update();
    }
}
