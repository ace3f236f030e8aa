// SPDX-License-Identifier: MIT
// Profiles that are built in, and what a profile may hold.

#include "profile.h"

#include <string.h>

#include "errors.h"

// The patcher in Thumb-2 code by gcc -Os with DFP_FAST, counted by bench/instructions.py: see
// docs/DESIGN.md, "Time".
#define THUMB2_INSTRUCTIONS                                           \
    .range_output = 130, .range_stream = 3500, .deflate_output = 200, \
    .deflate_stream = 2, .stored_output = 45, .sha256_byte = 40,      \
    .xxh64_byte = 3, .signature = 11500000

static const struct delta_profile profiles[] = {
    {
        .name = "air724",
        // The vendor's users see 600 kB upgrade within 3 minutes, so the link
        // carries 60 kbit/s at least. One request: the open client asks for
        // "bytes=N-". The round trip is assumed.
        .link_bits_per_second = 60000,
        .link_round_trip_ms = 200,
        // Winbond W25Q64JV, 8 MiB, typical times from public notes on the part:
        // 4 KiB 45 ms (at most 400), 64 KiB 150 ms (2,000), page 0.4 or 0.8 ms
        // (3), by the note; taken is the longer. It reads up to 66 MB/s; assumed is much
        // less, by a bus shared with the code.
        .flash_read_bytes_per_second = 10000000,
        .flash_page_size = 256,
        .flash_page_us = 800,
        .flash_erase_size = 4096,
        .flash_erase_us = 45000,
        .flash_large_size = 65536,
        .flash_large_us = 150000,
        // UIS8910DM: Cortex-A5, 500 MHz. Two cycles per instruction are assumed:
        // one is issued at most, and memory is PSRAM behind caches.
        .cpu_khz = 500000,
        .cpu_cycles_per_100 = 200,
        THUMB2_INSTRUCTIONS,
    },
    {
        .name = "ec618",
        .link_bits_per_second = 60000, // as above
        .link_round_trip_ms = 200,
        // Winbond W25Q32JV stands for the 4 MiB in the package, typical times of
        // the family:
        // 4 KiB 45 ms (at most 400), 32 KiB 120 ms (1,600), page as above; the
        // module's update area is made of 32 KiB.
        .flash_read_bytes_per_second = 10000000,
        .flash_page_size = 256,
        .flash_page_us = 800,
        .flash_erase_size = 4096,
        .flash_erase_us = 45000,
        .flash_large_size = 32768,
        .flash_large_us = 120000,
        // Cortex-M3, 204 MHz. Two cycles per instruction are assumed: loads and
        // branches take that, and code comes from flash behind a cache.
        .cpu_khz = 204000,
        .cpu_cycles_per_100 = 200,
        THUMB2_INSTRUCTIONS,
    },
};
#define PROFILE_COUNT (sizeof(profiles) / sizeof(profiles[0]))

// Limits that leave room in 64 bits for all that estimate.c adds up.
#define BLOCK_MAX 0x10000000u   // bytes of a page or block
#define TIME_MAX_US 10000000u   // of one operation
#define INSTRUCTIONS_MAX 20000u // for a byte

#define FIELD(name, min, max)                                 \
    {                                                         \
#name, offsetof(struct delta_profile, name), min, max \
    }

const struct delta_profile_field delta_profile_fields[] = {
    FIELD(link_bits_per_second, 1, UINT32_MAX),
    FIELD(link_round_trip_ms, 0, 100000),
    FIELD(link_request_size, 0, UINT32_MAX),
    FIELD(flash_read_bytes_per_second, 1, UINT32_MAX),
    FIELD(flash_page_size, 1, BLOCK_MAX),
    FIELD(flash_page_us, 0, TIME_MAX_US),
    FIELD(flash_erase_size, 1, BLOCK_MAX),
    FIELD(flash_erase_us, 0, TIME_MAX_US),
    FIELD(flash_large_size, 0, BLOCK_MAX),
    FIELD(flash_large_us, 0, TIME_MAX_US),
    FIELD(cpu_khz, 1000, 100000000),
    FIELD(cpu_cycles_per_100, 1, 2000),
    FIELD(range_output, 0, INSTRUCTIONS_MAX),
    FIELD(range_stream, 0, INSTRUCTIONS_MAX),
    FIELD(deflate_output, 0, INSTRUCTIONS_MAX),
    FIELD(deflate_stream, 0, INSTRUCTIONS_MAX),
    FIELD(stored_output, 0, INSTRUCTIONS_MAX),
    FIELD(sha256_byte, 0, INSTRUCTIONS_MAX),
    FIELD(xxh64_byte, 0, INSTRUCTIONS_MAX),
    FIELD(signature, 0, UINT32_MAX),
    {NULL, 0, 0, 0},
};

const struct delta_profile *delta_profile_find(const char *name)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        if (strcmp(name, profiles[i].name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

const char *delta_profile_names(void)
{
    return "air724, ec618";
}

enum delta_status delta_profile_check(const struct delta_profile *profile,
                                      struct delta_error *error)
{
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++) {
        uint32_t value;

        memcpy(&value, (const char *)profile + f->offset, sizeof(value));
        if (value < f->min || value > f->max) {
            return delta_fail(error, DELTA_ERR_PROFILE, "profile",
                              "%s is out of range (found %lu, expected %lu to "
                              "%lu)",
                              f->name, (unsigned long)value,
                              (unsigned long)f->min, (unsigned long)f->max);
        }
    }
    if (profile->flash_large_size % profile->flash_erase_size != 0) {
        return delta_fail(error, DELTA_ERR_PROFILE, "profile",
                          "flash_large_size is no multiple of "
                          "flash_erase_size (found %lu, expected a multiple of "
                          "%lu, or 0)",
                          (unsigned long)profile->flash_large_size,
                          (unsigned long)profile->flash_erase_size);
    }
    return DELTA_OK;
}
