// SPDX-License-Identifier: MIT
// A few assertions over cmocka: include it instead of cmocka.h.

#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "simupdate.h"

// The update ended with this status; if not, say with which and why.
static inline void check_status(const struct sim_result *r,
                                enum dfp_status expected)
{
    if (r->status != expected) {
        fail_msg("status %d, not %d; fault %d: %s, expected %lu, found %lu, "
                 "flash %d, at package byte %lu",
                 (int)r->status, (int)expected, (int)r->fault.status,
                 r->fault.field == NULL ? "-" : r->fault.field,
                 (unsigned long)r->fault.expected,
                 (unsigned long)r->fault.found, r->fault.flash,
                 (unsigned long)r->fault.package_at);
    }
}

// An area begins with these bytes; if not, say where they differ.
static inline void check_area(const struct simflash *flash, enum dfp_area area,
                              const uint8_t *bytes, uint32_t size)
{
    const uint8_t *found = simflash_area(flash, area);

    assert_true(size <= simflash_area_size(flash, area));
    for (uint32_t i = 0; i < size; i++) {
        if (found[i] != bytes[i]) {
            fail_msg("area %d differs from offset %lu on: %02x, not %02x",
                     (int)area, (unsigned long)i, found[i], bytes[i]);
        }
    }
}

// No slot was erased or programmed since the module was made.
static inline void check_slots_untouched(const struct simflash *flash)
{
    struct sim_totals totals;

    simflash_totals(flash, &totals);
    assert_int_equal(totals.erased[DFP_NEW], 0);
    assert_int_equal(totals.programmed[DFP_NEW], 0);
    assert_int_equal(totals.erased[DFP_OLD], 0);
    assert_int_equal(totals.programmed[DFP_OLD], 0);
}

#endif
