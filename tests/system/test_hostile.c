// SPDX-License-Identifier: MIT
// States in the journal that say anything at all, under digests that are right:
// to continue from them must be safe, and must not end in a wrong image.

#include <stdlib.h>

#include "check.h"

#include "bytes.h"
#include "digest.h"
#include "pair.h"
#include "record.h"
#include "state.h"
#include "vectors.h"

#define VECTORS_MAX 1000
#define ERASE 64u
#define HEADER_SIZE (4u * REC_WORDS)
#define PAYLOAD_AT (2u * HEADER_SIZE) // the header stands twice

// What a word becomes, besides random values.
static const uint32_t values[] = {
    0, 1, 7, DFOTA_RAM_CARRY + 1, 32760, 0x7FFFFFFF, 0xFFFFFFFF};
#define VALUES (sizeof(values) / sizeof(values[0]))
#define RANDOM 3
#define SHARES 5   // packages that together see all changes
#define PACKAGES 6 // of each kind

static struct vector vectors[VECTORS_MAX];
static size_t vector_count;

static int read_list(void **state)
{
    (void)state;
    vector_count = vectors_read(vectors, VECTORS_MAX);
    return 0;
}

// A record as it stands in a half of the journal.
static uint8_t *record_of(const struct vector_module *m, uint32_t half)
{
    return simflash_area(m->flash, DFP_JOURNAL) +
           simflash_area_size(m->flash, DFP_JOURNAL) / 2 * half;
}

// Bytes of the state in that half; 0: there is none.
static uint32_t state_size(const struct vector_module *m, uint32_t half)
{
    const uint8_t *record = record_of(m, half);

    return dfc_get32(record + 4 * REC_MAGIC) == DFP_RECORD_MAGIC &&
                   dfc_get32(record + 4 * REC_KIND) == 2
               ? dfc_get32(record + 4 * REC_PAYLOAD)
               : 0;
}

// Make the digests right again.
static void reseal(uint8_t *record, uint32_t payload)
{
    struct dfp_digest digest;
    uint8_t check[DFP_DIGEST_MAX];

    dfc_put32(record + 4 * REC_CHECK,
              dfp_check32(&digest, record, HEADER_SIZE - 4));
    memcpy(record + HEADER_SIZE, record, HEADER_SIZE);
    dfp_digest_init(&digest, DFP_XXH64);
    dfp_digest_update(&digest, record, HEADER_SIZE);
    dfp_digest_update(&digest, record + PAYLOAD_AT, payload);
    dfp_digest_final(&digest, check);
    memcpy(record + PAYLOAD_AT + payload, check, 8);
}

struct hostile {
    struct vector_update u;
    struct vector_module m;
    struct simflash good[DFOTA_PARTS_MAX];
    const struct vector *vector; // NULL: the pair
    const struct pair *pair;
    // With other feature bits, or another manifest, it is the state of another
    // update, which ends in another image.
    bool is_other;
    uint32_t share;         // of the changes, those with number % SHARES ==
    uint32_t seen, refused; // states that were not continued from
};

static void restore(struct hostile *t)
{
    for (uint32_t i = 0; i < t->m.count; i++) {
        simflash_free(t->m.flash + i);
        assert_true(simflash_clone(t->m.flash + i, t->good + i));
    }
}

// Of the record in that half, or its state, the word at `at` becomes `value`,
// as far as `mask` says.
static void change(struct hostile *t, uint32_t half, uint32_t at,
                   uint32_t value, uint32_t mask)
{
    uint8_t *record = record_of(&t->m, half);
    uint32_t payload = state_size(&t->m, half);
    uint32_t word = dfc_get32(record + at);

    dfc_put32(record + at, (word & ~mask) | (value & mask));
    reseal(record, payload);
}

static void check_safe(struct hostile *t)
{
    struct sim_result r;

    sim_run(&t->u.update, t->m.flash, &r);
    for (uint32_t i = 0; i < t->m.count; i++) {
        assert_string_equal(t->m.flash[i].breach, "");
    }
    assert_true(r.status <= 0 || r.status == DFP_DONE);
    if (r.status != DFP_DONE || t->is_other) {
        // no image to compare
    } else if (t->vector != NULL) {
        vector_check_images(&t->m, t->vector);
    } else {
        check_area(t->m.flash, DFP_NEW, t->pair->new_data,
                   sizeof(t->pair->new_data));
    }
    t->seen++;
    t->refused += r.resumed.package_at == 0;
}

// A word of a state, or a byte of it.
static void change_word(struct hostile *t, uint32_t half, uint32_t at,
                        uint64_t *random)
{
    uint32_t bytes = 8; // each byte twice

    for (uint32_t k = t->share; k < VALUES + RANDOM + bytes; k += SHARES) {
        uint32_t value = k < VALUES ? values[k] : (uint32_t)sim_random(random);
        uint32_t mask = k < VALUES + RANDOM ? 0xFFFFFFFF : 0xFFu << 8 * (k & 3);

        restore(t);
        change(t, half, PAYLOAD_AT + at, value, mask);
        check_safe(t);
    }
}

// Add to two words of a state at once; they may be the same one.
static void add_to(struct hostile *t, uint32_t half, size_t a, size_t b,
                   uint32_t value)
{
    uint8_t *payload;

    restore(t);
    payload = record_of(&t->m, half) + PAYLOAD_AT;
    dfc_put32(payload + a, dfc_get32(payload + a) + value);
    if (b != a) {
        dfc_put32(payload + b, dfc_get32(payload + b) + value);
    }
    reseal(record_of(&t->m, half), state_size(&t->m, half));
    check_safe(t);
}

// Words that must agree, changed so that they do.
static void change_together(struct hostile *t, uint32_t half)
{
    size_t new_at = offsetof(struct dfp_state, new_at);
    size_t start = sizeof(struct dfp_state) + offsetof(struct dfp_more, start);
    size_t id = offsetof(struct dfp_state, id);
    size_t in_at = offsetof(struct dfp_state, in_at);

    for (uint32_t n = 1; n <= 64; n *= 4) { // perhaps beyond the chunk
        add_to(t, half, in_at, in_at, n);
    }
    add_to(t, half, new_at, start, 1);
    add_to(t, half, new_at, start, ERASE);
    restore(t);
    memset(record_of(&t->m, half) + PAYLOAD_AT + id, 0, 8);
    reseal(record_of(&t->m, half), state_size(&t->m, half));
    check_safe(t);
    // A state of codec deflate that is in a record, of which nothing is left.
    for (uint32_t op = 0; op < 12; op++) {
        uint8_t *payload;

        restore(t);
        payload = record_of(&t->m, half) + PAYLOAD_AT;
        dfc_put32(payload + offsetof(struct dfp_state, codec.deflate.op), op);
        dfc_put32(payload + offsetof(struct dfp_state, codec.deflate.copy), 0);
        dfc_put32(payload + offsetof(struct dfp_state, codec.deflate.literal),
                  0);
        reseal(record_of(&t->m, half), state_size(&t->m, half));
        check_safe(t);
    }
}

// The record says something else of its state.
static void change_header(struct hostile *t, uint32_t half, uint64_t *random)
{
    uint32_t size = state_size(&t->m, half);

    for (uint32_t at = 4; at < 4 * REC_CHECK; at += 4) {
        for (uint32_t k = 0; k < VALUES + RANDOM; k++) {
            uint8_t *record;

            restore(t);
            record = record_of(&t->m, half);
            dfc_put32(record + at,
                      k < VALUES ? values[k] : (uint32_t)sim_random(random));
            reseal(record, at == 4 * REC_PAYLOAD && k < 3 ? values[k] : size);
            check_safe(t);
        }
    }
}

static void change_all(struct hostile *t, uint32_t half, uint64_t *random)
{
    uint32_t size = state_size(&t->m, half);

    change_header(t, half, random);
    change_together(t, half);
    // What lies behind the state proper is tables and input: any bytes.
    if (size > sizeof(struct dfp_state) + 512) {
        size = sizeof(struct dfp_state) + 512;
    }
    for (uint32_t at = 0; at + 4 <= size; at += 4) {
        t->is_other = at == offsetof(struct dfp_state, part.features) ||
                      at >= sizeof(struct dfp_state) + DFOTA_RAM_MORE;
        change_word(t, half, at, random);
        add_to(t, half, at, at, (uint32_t)(sim_random(random) % 3 - 1));
    }
}

// Run on that many bytes of the package. True if a state is then in force.
static bool leave_state(struct hostile *t, uint32_t size, uint32_t *half)
{
    uint32_t whole = t->u.update.package_size;
    struct sim_result r;

    restore(t);
    t->u.update.package_size = size;
    sim_run(&t->u.update, t->m.flash, &r);
    t->u.update.package_size = whole;
    if (r.status == DFP_ERR_JOURNAL) {
        return false; // too large a model
    }
    check_status(&r, DFP_OK);
    for (*half = 0; *half < 2; ++*half) {
        if (state_size(&t->m, *half) != 0) {
            return true;
        }
    }
    return false;
}

// Of the last state that there is, alone in the journal. False: there is none.
static bool check_states(struct hostile *t)
{
    uint32_t whole = t->u.update.package_size;
    uint32_t size = whole - 1;
    uint64_t random = 1;
    uint32_t half;

    while (!leave_state(t, size, &half)) {
        size -= 1 + size / 16;
        if (size < whole / 8) {
            return false;
        }
    }
    for (uint32_t i = 0; i < t->m.count; i++) {
        simflash_free(t->good + i);
        assert_true(simflash_clone(t->good + i, t->m.flash + i));
    }
    memset(simflash_area(t->good, DFP_JOURNAL) +
               simflash_area_size(t->good, DFP_JOURNAL) / 2 * (half ^ 1),
           0, PAYLOAD_AT);
    change_all(t, half, &random);
    return true;
}

// With an update and a module.
static bool check_module(struct hostile *t)
{
    bool had_state;

    t->u.update.config.checkpoint_bytes = 1;
    for (uint32_t i = 0; i < t->m.count; i++) {
        assert_true(simflash_clone(t->good + i, t->m.flash + i));
    }
    had_state = check_states(t);
    vector_module_free(&t->m);
    for (uint32_t i = 0; i < t->m.count; i++) {
        simflash_free(t->good + i);
    }
    return had_state;
}

static bool check_package(struct hostile *t)
{
    bool had_state;

    vector_open(&t->u, t->vector);
    vector_module(&t->m, t->vector, &t->u.package,
                  vector_geometry(vector_one_slot(&t->u.package), ERASE));
    vector_bind(&t->m, &t->u.update);
    had_state = check_module(t);
    vector_close(&t->u);
    return had_state;
}

static void states_of_vectors_do_no_harm(void **state)
{
    static const char *const kinds[] = {
        "good-stored", "good-range", "good-inplace",  "good-own",
        "good-mixed",  "good-parts", "good-unmanaged"};

    (void)state;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        uint32_t packages = 0, seen = 0, refused = 0;

        for (size_t i = 0; i < vector_count; i++) {
            struct hostile t = {.vector = &vectors[i],
                                .share = packages % SHARES};

            if (packages < PACKAGES && vector_is(&vectors[i], kinds[k]) &&
                check_package(&t)) {
                packages++;
                seen += t.seen;
                refused += t.refused;
            }
        }
        print_message("%s: %u packages, %u states, %u refused\n", kinds[k],
                      packages, seen, refused);
        assert_true(packages > 0 && seen > 500);
        assert_true(refused > seen / 40 && refused < seen);
    }
}

// Codec deflate between two segments, in the middle of a record.
static void states_between_segments_do_no_harm(void **state)
{
    static const struct sim_geometry geometry = {.slot_size = 4096,
                                                 .slot_erase = 256,
                                                 .slot_program = 32,
                                                 .journal_size = 8192,
                                                 .journal_erase = 512,
                                                 .journal_program = 8};
    struct pair pair;
    uint32_t seen = 0;

    (void)state;
    pair_make(&pair, DFOTA_CODEC_DEFLATE, false);
    for (uint32_t share = 0; share < SHARES; share++) {
        struct hostile t = {.pair = &pair, .share = share, .m.count = 1};

        t.u.update.package = pair.package.data;
        t.u.update.package_size = (uint32_t)pair.package.size;
        assert_true(simflash_new(t.m.flash, &geometry, 1));
        simflash_load(t.m.flash, DFP_OLD, pair.old_data, sizeof(pair.old_data));
        assert_true(check_module(&t));
        seen += t.seen;
    }
    assert_true(seen > 1000);
    pair_free(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_of_vectors_do_no_harm),
        cmocka_unit_test(states_between_segments_do_no_harm),
    };

    return cmocka_run_group_tests(tests, read_list, NULL);
}
