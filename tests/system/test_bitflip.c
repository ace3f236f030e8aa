// SPDX-License-Identifier: MIT
// A flipped bit anywhere in a package: refused, before the first erase if it
// is in the sealed part; and the module still takes the good package.

#include <stdlib.h>

#include "cases.h"
#include "check.h"

// Bytes of preamble, manifest and seal.
static uint32_t head_size(const struct update_case *c)
{
    const uint8_t *p = c->package.data;
    uint32_t manifest = (uint32_t)p[DFOTA_PRE_MANIFEST_SIZE] |
                        (uint32_t)p[DFOTA_PRE_MANIFEST_SIZE + 1] << 8;

    return DFOTA_PREAMBLE_SIZE + manifest +
           (c->is_signed ? DFOTA_SEAL_ECDSA_SIZE : DFOTA_SEAL_XXH64_SIZE);
}

static void check_flip(const struct update_case *c, uint8_t *package,
                       uint32_t byte, uint32_t bit)
{
    struct sim_geometry g = case_least_geometry(c, 256, 16, 0, 16);
    struct sim_update u = case_update(c);
    struct sim_result result;
    struct simflash flash;

    assert_true(case_module(&flash, c, &g));
    package[byte] ^= (uint8_t)(1u << bit);
    u.package = package;
    // The patcher's own idea of the work memory may come from the flipped
    // field: give what the good package needs and more.
    u.work_size = 32768;
    sim_run(&u, &flash, &result);
    package[byte] ^= (uint8_t)(1u << bit);

    assert_string_equal(flash.breach, "");
    if (byte < head_size(c)) {
        // A larger size of manifest or package only makes it wait.
        assert_true(result.status < 0 || result.status == DFP_OK);
        check_slots_untouched(&flash);
    } else {
        check_status(&result, DFP_ERR_DIGEST);
    }
    check_area(&flash, DFP_OLD, c->old_image.data, c->old_image.size);

    simflash_reboot(&flash, 1);
    sim_run(&u, &flash, &result);
    check_status(&result, DFP_DONE);
    check_area(&flash, DFP_NEW, c->new_image.data, c->new_image.size);
    simflash_free(&flash);
}

// Each bit of each byte; with signatures, which take their time, one bit.
static void flip_all(uint32_t kind, uint32_t size)
{
    struct update_case c;
    uint8_t *package;

    assert_true(case_make(&c, kind, 31, size));
    package = malloc(c.package.size);
    assert_non_null(package);
    memcpy(package, c.package.data, c.package.size);
    for (uint32_t byte = 0; byte < c.package.size; byte++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            if (!c.is_signed || bit == byte % 8) {
                check_flip(&c, package, byte, bit);
            }
        }
    }
    free(package);
    case_free(&c);
}

static void a_flipped_bit_in_an_unsigned_package_is_refused(void **state)
{
    (void)state;
    flip_all(CASE_STORED, 600);
    flip_all(CASE_DEFLATE, 1200);
    flip_all(CASE_RANGE, 1200);
}

static void a_flipped_bit_in_a_signed_package_is_refused(void **state)
{
    (void)state;
    flip_all(CASE_CODECS + CASE_STORED, 600);
    flip_all(CASE_CODECS + CASE_RANGE, 1200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_in_an_unsigned_package_is_refused),
        cmocka_unit_test(a_flipped_bit_in_a_signed_package_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
