// SPDX-License-Identifier: MIT
// A boot hook for MCUboot: applies the package that the application has left
// in a flash area, before MCUboot looks at its slots.
//
//   primary slot        DFP_OLD, the old image
//   secondary slot      DFP_NEW, the new image
//   DFOTA_AREA_JOURNAL  DFP_JOURNAL, at least two erase blocks
//   DFOTA_AREA_PACKAGE  the package, from its first byte
//   DFOTA_AREA_SCRATCH  DFP_SCRATCH; when it is defined there is one slot only,
//                       the primary one, and packages are applied in place
//
// The areas of ours are flash area ids, to be defined by the build, as may be
// the other macros below.

#include "bootutil/bootutil.h"
#include "bootutil/bootutil_log.h"
#include "bootutil/bootutil_public.h"
#include "bootutil/fault_injection_hardening.h"
#include "flash_map_backend/flash_map_backend.h"
#include "mcuboot_config/mcuboot_config.h"
#include "sysflash/sysflash.h"

#include "bootutil/boot_hooks.h" // wants the others to come first

#include "dfota/patcher.h"

#if !defined(DFOTA_AREA_PACKAGE) || !defined(DFOTA_AREA_JOURNAL)
#error "DFOTA_AREA_PACKAGE and DFOTA_AREA_JOURNAL: define them as area ids"
#endif
#ifndef DFOTA_RAM
#define DFOTA_RAM 16384 // work memory: what mkdfota --ram was told
#endif
#ifndef DFOTA_TRAILER_SIZE
#define DFOTA_TRAILER_SIZE 8192u // kept free for MCUboot at the slot's end
#endif
#ifndef DFOTA_PERMANENT
#define DFOTA_PERMANENT 0 // 0: the new image has to confirm itself
#endif

#ifdef DFOTA_AREA_SCRATCH
#define IN_PLACE true
#define AREAS 4
#define NEW_SLOT FLASH_AREA_IMAGE_PRIMARY(0)
#else
#define IN_PLACE false
#define AREAS 3
#define NEW_SLOT FLASH_AREA_IMAGE_SECONDARY(0)
#endif

BOOT_LOG_MODULE_DECLARE(mcuboot);

// In the order of enum dfp_area.
static const int ids[AREAS] = {
    [DFP_OLD] = FLASH_AREA_IMAGE_PRIMARY(0),
    [DFP_NEW] = NEW_SLOT,
    [DFP_JOURNAL] = DFOTA_AREA_JOURNAL,
#ifdef DFOTA_AREA_SCRATCH
    [DFP_SCRATCH] = DFOTA_AREA_SCRATCH,
#endif
};
static const struct flash_area *areas[AREAS];
static uint32_t erase_sizes[AREAS];
static uint64_t work[DFOTA_RAM / 8];

static int to_number(int rc)
{
    return rc > 0 ? -rc : rc;
}

static int area_read(void *context, enum dfp_area area, uint32_t offset,
                     void *data, uint32_t size)
{
    (void)context;
    return to_number(flash_area_read(areas[area], offset, data, size));
}

static int area_program(void *context, enum dfp_area area, uint32_t offset,
                        const void *data, uint32_t size)
{
    (void)context;
    return to_number(flash_area_write(areas[area], offset, data, size));
}

static int area_erase(void *context, enum dfp_area area, uint32_t offset)
{
    (void)context;
    return to_number(flash_area_erase(areas[area], offset, erase_sizes[area]));
}

static bool open_areas(void)
{
    for (int i = 0; i < AREAS; i++) {
        struct flash_sector sector;

        if (flash_area_open((uint8_t)ids[i], &areas[i]) != 0 ||
            flash_area_get_sector(areas[i], 0, &sector) != 0 ||
            flash_area_erased_val(areas[i]) != 0xFF) {
            return false;
        }
        erase_sizes[i] = flash_sector_get_size(&sector);
    }
    return true;
}

static void close_areas(void)
{
    for (int i = 0; i < AREAS; i++) {
        if (areas[i] != NULL) {
            flash_area_close(areas[i]);
            areas[i] = NULL;
        }
    }
}

static void fill_config(struct dfp_config *config)
{
    const struct flash_area *scratch = IN_PLACE ? areas[AREAS - 1] : NULL;
    uint32_t page = (uint32_t)flash_area_align(areas[DFP_NEW]);

    config->read = area_read;
    config->program = area_program;
    config->erase = area_erase;
    config->old_size = flash_area_get_size(areas[DFP_OLD]);
    config->new_size = flash_area_get_size(areas[DFP_NEW]) - DFOTA_TRAILER_SIZE;
    config->new_erase_size = erase_sizes[DFP_NEW];
    config->new_program_size = page < DFOTA_RAM_PAGE ? DFOTA_RAM_PAGE : page;
    config->journal_size = flash_area_get_size(areas[DFP_JOURNAL]);
    config->journal_erase_size = erase_sizes[DFP_JOURNAL];
    config->journal_program_size =
        (uint32_t)flash_area_align(areas[DFP_JOURNAL]);
    if (scratch != NULL) {
        config->old_size = config->new_size;
        config->scratch_size = flash_area_get_size(scratch);
        config->scratch_erase_size = erase_sizes[AREAS - 1];
        config->scratch_program_size = (uint32_t)flash_area_align(scratch);
    }
    config->step_bytes = 4096;
}

// No package is what every start but one finds.
static bool has_package(const struct flash_area *package)
{
    uint8_t head[DFP_PEEK_SIZE];
    struct dfp_info info;
    size_t wanted;

    return flash_area_read(package, 0, head, sizeof(head)) == 0 &&
           dfp_peek(head, sizeof(head), &info, &wanted) == DFP_OK;
}

static enum dfp_status apply(struct dfp *p, const struct flash_area *package,
                             uint32_t at)
{
    uint32_t size = flash_area_get_size(package);
    enum dfp_status status = DFP_OK;

    while (status == DFP_YIELD || (status == DFP_OK && at < size)) {
        uint8_t piece[256];
        uint32_t left = size - at;
        uint32_t count = left < sizeof(piece) ? left : sizeof(piece);
        size_t used;

        if (flash_area_read(package, at, piece, count) != 0) {
            return DFP_OK; // not at its end: the next start goes on
        }
        status = dfp_feed(p, piece, count, &used);
        at += (uint32_t)used;
        MCUBOOT_WATCHDOG_FEED();
    }
    return status;
}

// As long as the journal says "done", the next start comes here again, and the
// slots are not swapped before this hook has returned.
static void finish(struct dfp *p, const struct flash_area *package)
{
    if (!IN_PLACE && boot_set_pending_multi(0, DFOTA_PERMANENT) != 0) {
        return;
    }
    if (flash_area_erase(package, 0, flash_area_get_size(package)) == 0) {
        (void)dfp_discard(p);
    }
}

// Errors that come before the first erase. In place no other one is a reason to
// forget anything: what was begun can only be gone on with.
static bool is_refusal(enum dfp_status status, bool resumed)
{
    return !resumed && status != DFP_ERR_DIGEST && status != DFP_ERR_DATA;
}

// The flash may do better at the next start. Otherwise a journal of another
// package is forgotten, or else this package.
static void give_up(const struct dfp_config *config, enum dfp_status status,
                    bool resumed, const struct flash_area *package)
{
    struct dfp *p;

    BOOT_LOG_ERR("dfota: error %d", (int)status);
    if (status <= DFP_ERR_FLASH || (IN_PLACE && !is_refusal(status, resumed))) {
        return;
    }
    if (resumed) {
        if (dfp_open(&p, work, sizeof(work), config) == DFP_OK) {
            (void)dfp_discard(p);
        }
    } else {
        (void)flash_area_erase(package, 0, flash_area_get_size(package));
    }
}

static void update(const struct flash_area *package)
{
    struct dfp_config config = {0};
    struct dfp_progress progress = {0};
    struct dfp *p;
    enum dfp_status status;

    fill_config(&config);
    status = dfp_open(&p, work, sizeof(work), &config);
    if (status == DFP_OK) {
        status = dfp_resume(p, &progress);
    }
    if (status == DFP_OK && has_package(package)) {
        status = apply(p, package, progress.package_at);
    }
    if (status == DFP_DONE) {
        BOOT_LOG_INF("dfota: new image complete");
        finish(p, package);
    } else if (status < 0) {
        give_up(&config, status, progress.package_at > 0, package);
    }
}

fih_ret boot_go_hook(struct boot_rsp *rsp)
{
    const struct flash_area *package;

    (void)rsp;
    if (flash_area_open(DFOTA_AREA_PACKAGE, &package) == 0) {
        if (open_areas()) {
            update(package);
        }
        close_areas();
        flash_area_close(package);
    }
    FIH_RET(FIH_BOOT_HOOK_REGULAR);
}
