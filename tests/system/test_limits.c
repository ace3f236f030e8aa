// SPDX-License-Identifier: MIT
// What does not fit, is not for this module or is not trusted is refused by
// its own error, with expected and found, before anything is erased.

#include "cases.h"
#include "check.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fixture {
    struct update_case c;
    struct simflash flash;
    struct sim_update update;
    uint8_t *package; // to be changed
};

static void set_up(struct fixture *f, uint32_t kind)
{
    struct sim_geometry g;

    memset(f, 0, sizeof(*f));
    assert_true(case_make(&f->c, kind, 41, 4000));
    g = case_least_geometry(&f->c, 256, 16, 0, 16);
    assert_true(case_module(&f->flash, &f->c, &g));
    f->package = test_malloc(f->c.package.size);
    memcpy(f->package, f->c.package.data, f->c.package.size);
    f->update = case_update(&f->c);
    f->update.package = f->package;
    simflash_bind(&f->flash, &f->update.config);
    f->update.keep_flash_fields = true;
}

static void tear_down(struct fixture *f)
{
    test_free(f->package);
    simflash_free(&f->flash);
    case_free(&f->c);
}

// Refused by this error, nothing was erased or programmed anywhere.
static void check_refused(struct fixture *f, enum dfp_status status,
                          struct dfp_fault *fault)
{
    struct sim_result result;
    struct sim_totals totals;

    sim_run(&f->update, &f->flash, &result);
    check_status(&result, status);
    assert_int_equal(result.fault.status, status);
    assert_non_null(result.fault.field);
    simflash_totals(&f->flash, &totals);
    for (int area = 0; area < 3; area++) {
        assert_int_equal(totals.erased[area], 0);
        assert_int_equal(totals.programmed[area], 0);
    }
    *fault = result.fault;
}

static void check_accepted(struct fixture *f)
{
    struct sim_result result;

    sim_run(&f->update, &f->flash, &result);
    check_status(&result, DFP_DONE);
    check_area(&f->flash, DFP_NEW, f->c.new_image.data, f->c.new_image.size);
}

static struct dfp_info read_info(const struct fixture *f)
{
    struct dfp_info info;
    size_t wanted;

    assert_int_equal(
        dfp_peek(f->c.package.data, f->c.package.size, &info, &wanted), DFP_OK);
    assert_int_equal(wanted, 0);
    return info;
}

// --- Does not fit ----------------------------------------------------------

static void work_memory_one_step_short_is_refused(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        struct fixture f;
        struct dfp_fault fault;
        struct dfp_info info;
        uint32_t need;

        set_up(&f, kind);
        info = read_info(&f);
        need = dfp_work_size(&info, &f.update.config);
        assert_true(need <= info.ram);
        f.update.work_size = need - 1;
        check_refused(&f, DFP_ERR_MEMORY, &fault);
        assert_int_equal(fault.expected, need);
        assert_true(fault.found < need);
        f.update.work_size = need;
        check_accepted(&f);
        tear_down(&f);
    }
}

static void hardly_any_work_memory_is_refused(void **state)
{
    struct dfp_config config;
    struct simflash flash;
    struct sim_geometry g = {.slot_size = 4096,
                             .slot_erase = 256,
                             .slot_program = 16,
                             .journal_size = 4096,
                             .journal_erase = 256,
                             .journal_program = 16};
    static uint64_t work[DFOTA_RAM_STATE / 8 + 32];
    struct dfp *p;

    (void)state;
    memset(&config, 0, sizeof(config));
    assert_true(simflash_new(&flash, &g, 1));
    simflash_bind(&flash, &config);
    assert_int_equal(dfp_open(&p, work, 16, &config), DFP_ERR_MEMORY);
    assert_int_equal(dfp_open(&p, work, DFOTA_RAM_STATE, &config),
                     DFP_ERR_MEMORY);
    assert_int_equal(dfp_open(&p, work, sizeof(work), &config), DFP_OK);
    simflash_free(&flash);
}

static void slot_one_block_short_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_RANGE);
    f.update.config.new_size = f.c.new_image.size / 256 * 256;
    check_refused(&f, DFP_ERR_SLOT, &fault);
    // In whole blocks.
    assert_int_equal(fault.expected, simflash_area_size(&f.flash, DFP_NEW));
    assert_int_equal(fault.found, f.update.config.new_size);

    f.update.config.new_size = simflash_area_size(&f.flash, DFP_NEW);
    f.update.config.old_size = f.c.old_image.size - 1;
    check_refused(&f, DFP_ERR_SLOT, &fault);
    assert_int_equal(fault.expected, f.c.old_image.size);
    assert_int_equal(fault.found, f.c.old_image.size - 1);

    f.update.config.old_size = f.c.old_image.size;
    check_accepted(&f);
    tear_down(&f);
}

static void journal_one_block_short_is_refused(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        struct fixture f;
        struct dfp_fault fault;
        struct dfp_info info;
        uint32_t need;

        set_up(&f, kind);
        info = read_info(&f);
        need = dfp_journal_size(&info, &f.update.config);
        assert_int_equal(need, f.update.config.journal_size);
        assert_true(need > 2 * 256);
        f.update.config.journal_size = need - 256;
        check_refused(&f, DFP_ERR_JOURNAL, &fault);
        assert_int_equal(fault.expected, need);
        assert_int_equal(fault.found, need - 256);
        f.update.config.journal_size = need;
        check_accepted(&f);
        tear_down(&f);
    }
}

// --- Not for this module ---------------------------------------------------

static void another_product_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_RANGE);
    f.update.config.product = "test-modul";
    check_refused(&f, DFP_ERR_PRODUCT, &fault);
    f.update.config.product = "test-module-2";
    check_refused(&f, DFP_ERR_PRODUCT, &fault);
    f.update.config.product = "Test-module";
    check_refused(&f, DFP_ERR_PRODUCT, &fault);
    f.update.config.product = NULL;
    check_accepted(&f);
    tear_down(&f);
}

static uint32_t get32be(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
           b[3];
}

static void another_base_is_refused(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 3; at++) {
        struct fixture f;
        struct dfp_fault fault;
        struct dfp_info info;
        uint32_t places[3];

        set_up(&f, CASE_RANGE);
        info = read_info(&f);
        places[0] = 0;
        places[1] = f.c.old_image.size / 2;
        places[2] = f.c.old_image.size - 1;
        simflash_area(&f.flash, DFP_OLD)[places[at]] ^= 0x10;
        check_refused(&f, DFP_ERR_BASE, &fault);
        assert_int_equal(fault.expected, get32be(info.old_sha256));
        assert_int_not_equal(fault.found, fault.expected);
        simflash_area(&f.flash, DFP_OLD)[places[at]] ^= 0x10;
        check_accepted(&f);
        tear_down(&f);
    }
}

static void an_older_security_counter_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_RANGE);
    f.update.config.counter = CASE_COUNTER + 1;
    check_refused(&f, DFP_ERR_COUNTER, &fault);
    assert_int_equal(fault.expected, CASE_COUNTER + 1);
    assert_int_equal(fault.found, CASE_COUNTER);
    f.update.config.counter = CASE_COUNTER;
    check_accepted(&f);
    tear_down(&f);
}

// --- Not known to this patcher ---------------------------------------------

static uint32_t manifest_end(const uint8_t *package)
{
    return DFOTA_PREAMBLE_SIZE + package[DFOTA_PRE_MANIFEST_SIZE] +
           256u * package[DFOTA_PRE_MANIFEST_SIZE + 1];
}

// Make the seal of a changed manifest good again.
static void reseal(struct fixture *f)
{
    uint32_t end = manifest_end(f->package);
    uint64_t seal = XXH64(f->package, end, 0);

    for (uint32_t i = 0; i < 8; i++) {
        f->package[end + i] = (uint8_t)(seal >> (8 * i));
    }
}

static void check_byte_refused(uint32_t at, uint8_t value,
                               enum dfp_status status)
{
    struct fixture f;
    struct dfp_fault fault;
    uint8_t good;

    set_up(&f, CASE_RANGE);
    good = f.package[at];
    assert_int_not_equal(good, value);
    f.package[at] = value;
    reseal(&f);
    f.update.work_size = 32768;
    check_refused(&f, status, &fault);
    if (status != DFP_ERR_MODE && status != DFP_ERR_MANIFEST &&
        status != DFP_ERR_LIMIT) {
        assert_int_not_equal(fault.found, fault.expected);
    }
    f.package[at] = good;
    reseal(&f);
    check_accepted(&f);
    tear_down(&f);
}

#define MANIFEST DFOTA_PREAMBLE_SIZE
#define PART (MANIFEST + DFOTA_MAN_DIGEST + DFOTA_DIGEST_XXH64)

static void what_is_unknown_is_refused_by_name(void **state)
{
    (void)state;
    check_byte_refused(DFOTA_PRE_MAGIC, 'd', DFP_ERR_FORMAT);
    check_byte_refused(DFOTA_PRE_VERSION, 2, DFP_ERR_VERSION);
    check_byte_refused(DFOTA_PRE_VERSION, 0, DFP_ERR_VERSION);
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (bit < 5 && bit != 2) {
            continue; // known
        }
        check_byte_refused(DFOTA_PRE_FEATURES + bit / 8,
                           (uint8_t)(1u << bit % 8), DFP_ERR_FEATURE);
    }
    check_byte_refused(MANIFEST + DFOTA_MAN_MODE, 1, DFP_ERR_MODE);
    check_byte_refused(PART + DFOTA_PART_CODEC, 3, DFP_ERR_CODEC);
    check_byte_refused(PART + DFOTA_PART_CODEC, 255, DFP_ERR_CODEC);
    check_byte_refused(PART + DFOTA_PART_CODEC_VERSION, 0x80,
                       DFP_ERR_CODEC_VERSION);
    check_byte_refused(PART + DFOTA_PART_CODEC_VERSION, 2,
                       DFP_ERR_CODEC_VERSION);
    // The bit that names no architecture, alone and beside others.
    check_byte_refused(PART + DFOTA_PART_ARCH, 0x80, DFP_ERR_ARCH);
    check_byte_refused(PART + DFOTA_PART_ARCH, 0x80 | DFOTA_ARCH_THUMB,
                       DFP_ERR_ARCH);
    check_byte_refused(PART + DFOTA_PART_ARCH, 0xFF, DFP_ERR_ARCH);
}

static void a_seal_that_does_not_match_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_RANGE);
    f.package[DFOTA_PRE_RESERVED] ^= 1;
    check_refused(&f, DFP_ERR_DIGEST, &fault);
    assert_int_not_equal(fault.expected, fault.found);
    // Reserved bytes are ignored once they are sealed.
    reseal(&f);
    check_accepted(&f);
    tear_down(&f);
}

// --- Not trusted -----------------------------------------------------------

static void with_keys_an_unsigned_package_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_RANGE);
    f.update.config.keys = &case_key;
    f.update.config.key_count = 1;
    check_refused(&f, DFP_ERR_UNSIGNED, &fault);
    f.update.config.key_count = 0;
    check_accepted(&f);
    tear_down(&f);
}

static void a_package_signed_with_another_key_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;
    struct dfp_key both[2];

    (void)state;
    set_up(&f, CASE_CODECS + CASE_RANGE);
    f.update.config.keys = &case_other_key;
    check_refused(&f, DFP_ERR_KEY, &fault);
    both[0] = case_other_key;
    both[1] = case_key;
    f.update.config.keys = both;
    f.update.config.key_count = 2;
    check_accepted(&f);
    tear_down(&f);
}

static void a_false_signature_is_refused(void **state)
{
    struct fixture f;
    struct dfp_fault fault;

    (void)state;
    set_up(&f, CASE_CODECS + CASE_RANGE);
    f.package[manifest_end(f.package) + 63] ^= 1;
    check_refused(&f, DFP_ERR_SIGNATURE, &fault);
    f.package[manifest_end(f.package) + 63] ^= 1;
    f.package[DFOTA_PRE_RESERVED] ^= 1;
    check_refused(&f, DFP_ERR_SIGNATURE, &fault);
    f.package[DFOTA_PRE_RESERVED] ^= 1;
    check_accepted(&f);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_memory_one_step_short_is_refused),
        cmocka_unit_test(hardly_any_work_memory_is_refused),
        cmocka_unit_test(slot_one_block_short_is_refused),
        cmocka_unit_test(journal_one_block_short_is_refused),
        cmocka_unit_test(another_product_is_refused),
        cmocka_unit_test(another_base_is_refused),
        cmocka_unit_test(an_older_security_counter_is_refused),
        cmocka_unit_test(what_is_unknown_is_refused_by_name),
        cmocka_unit_test(a_seal_that_does_not_match_is_refused),
        cmocka_unit_test(with_keys_an_unsigned_package_is_refused),
        cmocka_unit_test(a_package_signed_with_another_key_is_refused),
        cmocka_unit_test(a_false_signature_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
