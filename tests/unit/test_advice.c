// SPDX-License-Identifier: MIT
// Advice: each rule just above and just below its threshold. What was coded is
// made up: an image of kept bytes, in which a test changes some.

#include <stdlib.h>

#include "check.h"
#include "explain.h"
#include "stamps.h"

#define SIZE 16384u
#define MOVES 64u

struct trial {
    uint8_t data[SIZE]; // both images
    struct delta_image image;
    struct delta_place places[SIZE];
    uint32_t costs[SIZE];
    uint8_t kinds[SIZE];
    struct delta_move moves[MOVES];
    struct delta_part parts[2];
    struct delta_evidence ev;
    struct delta_explanation e;
};

static void begin(struct trial *t)
{
    memset(t, 0, sizeof(*t));
    t->image.data = t->data;
    t->image.size = SIZE;
    t->image.region_count = 1;
    for (uint32_t i = 0; i < SIZE; i++) {
        t->places[i].origin = DELTA_ORIGIN_HIT;
        t->places[i].source = i;
    }
    t->ev = (struct delta_evidence){
        .old_image = &t->image,
        .new_image = &t->image,
        .places = t->places,
        .old_base = 0x8000000,
        .new_base = 0x8000000,
    };
    t->e.report.info.package_size = 2000;
    t->e.report.info.arch_name = "thumb";
    t->e.report.has_base = true;
    t->e.new_size = t->e.old_size = SIZE;
    t->e.costs = t->costs;
    t->e.kinds = t->kinds;
    t->e.moves = t->moves;
    t->e.parts = t->parts;
    t->e.sections = t->parts;
    t->parts[0].size = SIZE;
    snprintf(t->parts[0].name, sizeof(t->parts[0].name), ".text");
}

// Bytes that are literals, at so many bits each.
static void make_new(struct trial *t, uint32_t start, uint32_t size,
                     uint32_t bits)
{
    for (uint32_t i = start; i < start + size; i++) {
        t->places[i].origin = DELTA_ORIGIN_LITERAL;
        t->places[i].source = DELTA_NO_SOURCE;
        t->costs[i] = bits * 4096;
    }
}

static void put_text(struct trial *t, uint32_t at, const char *text,
                     uint32_t changed)
{
    memcpy(t->data + at, text, strlen(text));
    make_new(t, at + (uint32_t)strlen(text) - changed, changed, 16);
}

// The one advice of this kind, or NULL.
static const struct delta_advice *find(const struct trial *t,
                                       enum delta_advice_kind kind)
{
    const struct delta_advice *found = NULL;

    for (size_t i = 0; i < t->e.advice_count; i++) {
        if (t->e.advice[i].kind == kind) {
            assert_null(found);
            found = &t->e.advice[i];
        }
    }
    return found;
}

static void advise(struct trial *t)
{
    free(t->e.advice);
    t->e.advice = NULL;
    t->e.advice_count = 0;
    assert_true(delta_explain_advice(&t->e, &t->ev));
    assert_true(t->e.advice_count > 0);
    for (size_t i = 1; i < t->e.advice_count; i++) {
        assert_true(t->e.advice[i - 1].bytes >= t->e.advice[i].bytes);
    }
}

static struct trial *new_trial(void)
{
    struct trial *t = malloc(sizeof(*t));

    assert_non_null(t);
    begin(t);
    return t;
}

static void end(struct trial *t)
{
    free(t->e.advice);
    free(t);
}

static void nothing_stands_out(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    advise(t);
    assert_int_equal(t->e.advice_count, 1);
    assert_int_equal(t->e.advice[0].kind, DELTA_ADVICE_GOOD);
    t->e.report.is_same = true;
    advise(t);
    assert_int_equal(t->e.advice_count, 1);
    assert_int_equal(t->e.advice[0].kind, DELTA_ADVICE_SAME);
    end(t);
}

static void dates_and_times_are_found(void **state)
{
    static const struct {
        const char *text;
        uint32_t size;
    } texts[] = {
        {"Nov 24 2026", 11}, {"Nov  4 2026 09:30:00", 20},
        {"2026-11-24", 10},  {"2026-11-24T09:30", 16},
        {"09:30:00", 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct trial *t = new_trial();

        put_text(t, 1000, texts[i].text, 2);
        advise(t);
        const struct delta_advice *a = find(t, DELTA_ADVICE_TIME);
        assert_non_null(a);
        assert_int_equal(a->start, 1000);
        assert_int_equal(a->size, texts[i].size);
        assert_int_equal(a->bytes, 4);
        assert_non_null(strstr(a->text, texts[i].text));
        assert_non_null(strstr(a->text, "0x080003e8"));
        end(t);
    }
}

static void only_replaced_texts_count(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    put_text(t, 1000, "Nov 24 2026", 0); // kept
    put_text(t, 2000, "Nov 24 2O26", 2); // no date
    put_text(t, 3000, "Nov 24 2026", 2); // all around is new
    make_new(t, 2900, 200, 8);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_TIME));
    end(t);
}

static void versions_count_when_there_are_several(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    put_text(t, 1000, "v1.4.2-rc1", 3);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_VERSION));
    put_text(t, 2000, "1.4.2", 4);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_VERSION)); // 14 bytes
    put_text(t, 2000, "1.4.2", 5);
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_VERSION);
    assert_non_null(a);
    assert_int_equal(a->bytes, 16);
    assert_non_null(strstr(a->text, "2 places, first \"v1.4.2-rc1\""));
    end(t);
}

static void build_ids_are_found(void **state)
{
    static const uint8_t notes[2][16] = {
        {4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0},
        {0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, 3, 'G', 'N', 'U', 0},
    };
    static const uint8_t esp[] = {0x32, 0x54, 0xCD, 0xAB};
    const struct delta_advice *a;
    struct trial *t;

    (void)state;
    for (unsigned i = 0; i < 2; i++) { // either byte order
        t = new_trial();
        memcpy(t->data + 1004, notes[i], sizeof(notes[i]));
        make_new(t, 1020, 20, 8);
        advise(t);
        a = find(t, DELTA_ADVICE_BUILD_ID);
        assert_non_null(a);
        assert_int_equal(a->start, 1020);
        assert_int_equal(a->size, 20);
        assert_int_equal(a->bytes, 20);
        t->data[1004] ^= 3; // a word that is no size
        advise(t);
        assert_null(find(t, DELTA_ADVICE_BUILD_ID));
        end(t);
    }
    t = new_trial();
    memcpy(t->data + 32, esp, sizeof(esp));
    make_new(t, 32 + 144, 32, 8);
    advise(t);
    a = find(t, DELTA_ADVICE_BUILD_ID);
    assert_non_null(a);
    assert_int_equal(a->start, 176);
    assert_int_equal(a->size, 32);
    // Cut short by the end of the image.
    struct delta_stamp stamp;
    assert_false(delta_stamp_at(&stamp, esp, sizeof(esp), 0));
    assert_false(delta_stamp_at(&stamp, notes[0], sizeof(notes[0]), 0));
    assert_false(delta_stamp_at(&stamp, notes[1], sizeof(notes[1]), 0));
    end(t);
}

static void noise_is_no_content(void **state)
{
    struct trial *t = new_trial();
    uint32_t seed = 1;

    (void)state;
    for (uint32_t i = 4096; i < 4096 + 2048; i++) {
        seed = seed * 1664525u + 1013904223u;
        t->data[i] = (uint8_t)(seed >> 24);
    }
    make_new(t, 4096, 2048, 8);
    t->e.spent[DELTA_SPENT_LITERALS] = 2048;
    t->e.report.info.package_size = 3000;
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_INCOMPRESSIBLE);
    assert_non_null(a);
    assert_int_equal(a->start, 4096);
    assert_int_equal(a->size, 2048);
    assert_int_equal(a->bytes, 2048);
    assert_non_null(strstr(a->text, "from 0x08001000 to 0x080017ff"));
    assert_null(find(t, DELTA_ADVICE_NEW_CONTENT));
    // A block less, or bytes that are cheaper, or of less variety.
    make_new(t, 4096, 2048, 7);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_INCOMPRESSIBLE));
    make_new(t, 4096, 2048, 8);
    make_new(t, 4096, 256, 5);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_INCOMPRESSIBLE));
    make_new(t, 4096, 2048, 8);
    for (uint32_t i = 4096; i < 4352; i++) { // copies by chance do no harm
        t->places[i].origin = DELTA_ORIGIN_HIT;
    }
    advise(t);
    assert_non_null(find(t, DELTA_ADVICE_INCOMPRESSIBLE));
    for (uint32_t i = 4096; i < 4096 + 2048; i++) {
        t->data[i] &= 0x7F;
    }
    advise(t);
    assert_null(find(t, DELTA_ADVICE_INCOMPRESSIBLE));
    end(t);
}

static void much_new_content_is_named(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    make_new(t, 100, 1000, 4);
    t->e.part_count = 1;
    t->parts[0].literal_bytes = 500;
    t->e.spent[DELTA_SPENT_LITERALS] = 499;
    advise(t);
    assert_null(find(t, DELTA_ADVICE_NEW_CONTENT));
    t->e.spent[DELTA_SPENT_LITERALS] = 500; // a quarter
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_NEW_CONTENT);
    assert_non_null(a);
    assert_int_equal(a->bytes, 500);
    assert_non_null(strstr(a->text, "1,000 bytes"));
    assert_non_null(strstr(a->text, ".text (500)"));
    // What has no symbol is named by its section.
    snprintf(t->parts[0].section, sizeof(t->parts[0].section), ".note");
    advise(t);
    a = find(t, DELTA_ADVICE_NEW_CONTENT);
    assert_non_null(strstr(a->text, ".note (500)"));
    end(t);
}

// Blocks of 100 bytes; the first `back` pairs of them have changed places.
static void put_blocks(struct trial *t, uint32_t count, uint32_t back)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = i < 2 * back ? (i ^ 1u) : i;

        t->moves[i] = (struct delta_move){
            .new_start = 100 * i,
            .old_start = 100 * from,
            .size = 100,
            .matched = 100,
            .moved = (int32_t)(100 * i - 100 * from),
        };
        t->costs[100 * i] = 8 * DELTA_COST_BYTE;
    }
    t->e.move_count = count;
}

static void another_order_is_told(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    put_blocks(t, 40, 7);
    advise(t);
    assert_null(find(t, DELTA_ADVICE_ORDER));
    put_blocks(t, 40, 8);
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_ORDER);
    assert_non_null(a);
    assert_int_equal(a->bytes, 8 * 16);
    assert_non_null(strstr(a->text, "800 bytes come in another order"));
    t->e.report.info.package_size = 3000; // less than 5 of 100
    advise(t);
    assert_null(find(t, DELTA_ADVICE_ORDER));
    end(t);
}

static void sections_that_moved_are_named(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    t->e.section_count = 2;
    t->parts[0] = (struct delta_part){.size = SIZE / 2,
                                      .hits = SIZE / 2,
                                      .has_move = true,
                                      .moved_size = SIZE / 2};
    t->parts[1] = (struct delta_part){.start = SIZE / 2,
                                      .size = SIZE / 2,
                                      .hits = SIZE / 2,
                                      .has_move = true,
                                      .moved = 64,
                                      .moved_size = SIZE / 4,
                                      .name = ".rodata"};
    t->moves[0] =
        (struct delta_move){.size = SIZE / 2, .matched = SIZE / 2 + 1};
    t->moves[1] = (struct delta_move){.new_start = SIZE / 2,
                                      .old_start = SIZE / 2 - 64,
                                      .size = SIZE / 4,
                                      .matched = SIZE / 4,
                                      .moved = 64};
    t->e.move_count = 2;
    t->e.spent[DELTA_SPENT_POINTERS] = 99;
    advise(t);
    assert_null(find(t, DELTA_ADVICE_SECTION_MOVED));
    t->e.spent[DELTA_SPENT_POINTERS] = 100; // 5 of 100
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_SECTION_MOVED);
    assert_non_null(a);
    assert_int_equal(a->start, SIZE / 2);
    assert_non_null(
        strstr(a->text, ".rodata (8,192 bytes) has moved by +0x40: "));
    assert_null(find(t, DELTA_ADVICE_EVERYTHING_MOVED));
    t->parts[1].moved_size--; // not most of it
    advise(t);
    assert_null(find(t, DELTA_ADVICE_SECTION_MOVED));
    t->parts[1].moved_size++;
    t->moves[0].size += 100; // something was put in behind its start
    advise(t);
    assert_null(find(t, DELTA_ADVICE_SECTION_MOVED));
    t->moves[0].size -= 100;
    t->parts[0].moved = 64; // both, by the same amount
    advise(t);
    assert_null(find(t, DELTA_ADVICE_SECTION_MOVED));
    end(t);
}

static void another_load_address_is_told(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    t->e.spent[DELTA_SPENT_TABLES] = 100;
    t->moves[0] = (struct delta_move){.size = 5000,
                                      .matched = 5000,
                                      .old_address = 0x8000000,
                                      .new_address = 0x8004000,
                                      .moved = 0x4000};
    t->moves[1] = (struct delta_move){
        .new_start = 5000, .old_start = 5000, .size = 5001, .matched = 5001};
    t->e.move_count = 2;
    advise(t);
    assert_null(find(t, DELTA_ADVICE_LINKED_ELSEWHERE));
    t->moves[1].matched = 5000; // one half
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_LINKED_ELSEWHERE);
    assert_non_null(a);
    assert_int_equal(a->bytes, 100);
    assert_non_null(
        strstr(a->text, "at 0x08000000 is at 0x08004000 now (+0x4000)"));
    assert_null(find(t, DELTA_ADVICE_EVERYTHING_MOVED));
    t->moves[0].old_start = 16; // it has moved in the image, too
    advise(t);
    assert_null(find(t, DELTA_ADVICE_LINKED_ELSEWHERE));
    assert_non_null(find(t, DELTA_ADVICE_EVERYTHING_MOVED));
    end(t);
}

static void new_content_all_over_is_told(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    t->e.part_count = 2;
    t->parts[0] = (struct delta_part){.size = 6000, .literals = 1199};
    t->parts[1] =
        (struct delta_part){.start = 6000, .size = 4000, .has_symbol = true};
    t->e.spent[DELTA_SPENT_LITERALS] = 500;
    advise(t);
    assert_null(find(t, DELTA_ADVICE_COMPILER));
    t->parts[0].literals++; // a fifth of 60 of 100
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_COMPILER);
    assert_non_null(a);
    assert_int_equal(a->bytes, 500);
    assert_non_null(strstr(a->text, "60 % of the image is in functions"));
    t->e.spent[DELTA_SPENT_LITERALS] = 499; // less than 25 of 100
    advise(t);
    assert_null(find(t, DELTA_ADVICE_COMPILER));
    end(t);
}

static void a_push_is_told(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    t->e.spent[DELTA_SPENT_TABLES] = 100;
    t->moves[0] = (struct delta_move){.size = 5000, .matched = 5000};
    t->moves[1] = (struct delta_move){.new_start = 5016,
                                      .old_start = 5000,
                                      .size = 4999,
                                      .matched = 4999,
                                      .moved = 16};
    t->e.move_count = 2;
    advise(t);
    assert_null(find(t, DELTA_ADVICE_EVERYTHING_MOVED));
    t->moves[1].matched++; // one half
    advise(t);
    const struct delta_advice *a = find(t, DELTA_ADVICE_EVERYTHING_MOVED);
    assert_non_null(a);
    assert_int_equal(a->bytes, 100);
    assert_int_equal(a->start, 5016);
    assert_non_null(strstr(a->text, "50 %"));
    assert_non_null(strstr(a->text, "+0x10 at 0x08001398: "));
    t->e.part_count = 2;
    t->parts[0] = (struct delta_part){
        .size = 5000, .has_symbol = true, .name = "grown_function"};
    t->parts[1] = (struct delta_part){
        .start = 5016, .size = 4000, .has_symbol = true, .name = "next"};
    advise(t);
    a = find(t, DELTA_ADVICE_EVERYTHING_MOVED);
    assert_non_null(
        strstr(a->text, "+0x10 at 0x08001398 behind grown_function: "));
    end(t);
}

static void what_was_not_found_is_told(void **state)
{
    struct trial *t = new_trial();

    (void)state;
    t->e.spent[DELTA_SPENT_OTHER] = 100;
    t->e.report.has_base = false;
    advise(t);
    assert_non_null(find(t, DELTA_ADVICE_NO_BASE));
    assert_null(find(t, DELTA_ADVICE_NO_ARCH));
    t->e.report.info.arch_name = "avr"; // begins at 0
    advise(t);
    assert_null(find(t, DELTA_ADVICE_NO_BASE));
    t->e.report.info.arch_name = "none";
    advise(t);
    assert_null(find(t, DELTA_ADVICE_NO_BASE));
    assert_non_null(find(t, DELTA_ADVICE_NO_ARCH));
    t->e.spent[DELTA_SPENT_OTHER] = 99; // not worth it
    advise(t);
    assert_null(find(t, DELTA_ADVICE_NO_ARCH));
    end(t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stands_out),
        cmocka_unit_test(dates_and_times_are_found),
        cmocka_unit_test(only_replaced_texts_count),
        cmocka_unit_test(versions_count_when_there_are_several),
        cmocka_unit_test(build_ids_are_found),
        cmocka_unit_test(noise_is_no_content),
        cmocka_unit_test(much_new_content_is_named),
        cmocka_unit_test(another_order_is_told),
        cmocka_unit_test(sections_that_moved_are_named),
        cmocka_unit_test(another_load_address_is_told),
        cmocka_unit_test(new_content_all_over_is_told),
        cmocka_unit_test(a_push_is_told),
        cmocka_unit_test(what_was_not_found_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
