// SPDX-License-Identifier: MIT
// An application that updates itself: applies the package that lies in
// dfota_package_partition and lets MCUboot swap to the new image.

#include <zephyr/dfu/mcuboot.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/reboot.h>

#include "dfota_zephyr.h"

static uint64_t work[CONFIG_DFOTA_RAM / 8];

// Where the package comes from. A product would download it from byte `at` on
// (a Range request), and keep no partition for it.
static const struct flash_area *package;

static int package_read(uint32_t at, void *data, size_t *size)
{
    if (*size > package->fa_size - at) {
        *size = package->fa_size - at;
    }
    return flash_area_read(package, (off_t)at, data, *size);
}

// No package is what every start but one finds.
static bool has_package(void)
{
    uint8_t head[DFP_PEEK_SIZE];
    struct dfp_info info;
    size_t size = sizeof(head);
    size_t wanted;

    return package_read(0, head, &size) == 0 &&
           dfp_peek(head, size, &info, &wanted) == DFP_OK;
}

// So that it is not met again at the next start.
static void package_forget(void)
{
    (void)flash_area_erase(package, 0, package->fa_size);
}

static enum dfp_status apply(struct dfp *p, uint32_t at)
{
    enum dfp_status status = DFP_OK;

    while (status == DFP_YIELD || (status == DFP_OK && at < package->fa_size)) {
        uint8_t piece[256];
        size_t size = sizeof(piece);
        size_t used;

        if (package_read(at, piece, &size) != 0) {
            return DFP_OK; // not at its end: the next start goes on
        }
        status = dfp_feed(p, piece, size, &used);
        at += (uint32_t)used;
        k_yield(); // a product serves its watchdog here
    }
    return status;
}

// The journal is forgotten before the new image is asked for: the other way
// round a cut in between would let the new image find "done" and act on it.
static void boot_new(struct dfp *p)
{
    if (dfp_discard(p) == DFP_OK &&
        boot_request_upgrade(BOOT_UPGRADE_TEST) == 0) {
        package_forget();
        sys_reboot(SYS_REBOOT_COLD);
    }
}

// The flash may do better at the next start. Otherwise a journal of another
// package is forgotten, or else this package.
static void give_up(struct dfp *p, const struct dfp_config *config,
                    enum dfp_status status, bool resumed)
{
    struct dfp_fault fault;

    dfp_get_fault(p, &fault);
    printk("dfota: %s: %s (found 0x%x, expected 0x%x)\n",
           fault.field == NULL ? "-" : fault.field, dfp_strerror(status),
           (unsigned int)fault.found, (unsigned int)fault.expected);
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
    struct dfota_zephyr z;
    struct dfp_config config = {.step_bytes = 4096};
    struct dfp_progress progress;
    struct dfp *p;
    enum dfp_status status;
    int rc = dfota_zephyr_open(&z, &config);

    if (rc == 0) {
        rc = flash_area_open(FIXED_PARTITION_ID(dfota_package_partition),
                             &package);
    }
    if (rc != 0) {
        printk("dfota: partitions: error %d\n", rc);
        return;
    }
    config.product = CONFIG_DFOTA_PRODUCT[0] == 0 ? NULL : CONFIG_DFOTA_PRODUCT;
    status = dfp_open(&p, work, sizeof(work), &config);
    if (status != DFP_OK) {
        printk("dfota: %s\n", dfp_strerror(status));
        return;
    }
    status = dfp_resume(p, &progress);
    if (status == DFP_OK && has_package()) {
        status = apply(p, progress.package_at);
    }
    if (status == DFP_DONE) {
        boot_new(p);
    } else if (status < 0) {
        give_up(p, &config, status, progress.package_at > 0);
    }
}

int main(void)
{
    // First start of a new image: this is where it proves itself. Until then
    // slot1_partition holds the way back and must not be touched.
    if (!boot_is_img_confirmed() && boot_write_img_confirmed() != 0) {
        return 0;
    }
    update();
    return 0;
}
