// SPDX-License-Identifier: MIT
// Regions, pointer ranges and map in the stream of codec range: the patcher
// has what the encoder was given, FORMAT.md section 9.6.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chance.h"
#include "codecs.h"
#include "decoder.h"
#include "encode.h"
#include "memory.h"

#define ENTRIES 300u
#define MODEL DFC_MODEL_MIN
#define ROOM 8192u // for the stream

struct tables {
    struct dfc_region old_list[DFOTA_REGIONS_MAX + 1];
    struct dfc_region new_list[DFOTA_REGIONS_MAX + 1];
    struct dfc_map_entry map[ENTRIES];
    struct dfc_space space;
    struct delta_tally tally;
};

static void begin(struct tables *t, uint32_t old_count, uint32_t new_count)
{
    memset(t, 0, sizeof(*t));
    t->space.old_size = 1;
    t->space.old_regions = (struct dfc_regions){t->old_list, old_count};
    t->space.new_regions = (struct dfc_regions){t->new_list, new_count};
    t->space.map = t->map;
}

static struct delta_buffer encode(struct tables *t)
{
    static const uint8_t bytes[2] = {7, 8};
    const struct delta_pair pair = {bytes, 1, bytes, 2, NULL, NULL};
    const struct delta_segments none = {0};
    struct delta_buffer stream = {0};

    assert_true(delta_range_encode(&stream, &pair, &t->space, NULL, &none,
                                   MODEL, &t->tally, NULL));
    assert_true(stream.size <= ROOM);
    return stream;
}

// A patcher that has the manifest and all of the stream.
struct patcher {
    struct dfp_config config;
    union {
        struct dfp p;
        uint64_t words[(DFOTA_RAM_STATE + 8 * (ENTRIES + 128) + MODEL +
                        DFOTA_RAM_PAGE + DFOTA_RAM_CARRY + ROOM) /
                       8];
    } work;
};

static void prepare(struct patcher *d, const struct tables *t,
                    const struct delta_buffer *stream)
{
    struct dfp *p = &d->work.p;
    struct dfp_info *part = &p->s.part;

    memset(d, 0, sizeof(*d));
    d->config.new_program_size = 256;
    d->config.new_erase_size = 4096;
    p->config = &d->config;
    p->slot = &d->config;
    p->work_size = sizeof(d->work);
    part->codec = DFOTA_CODEC_RANGE;
    part->codec_param = MODEL / 64;
    part->arch = 0x7F;
    part->old_size = t->space.old_size;
    part->new_size = 2;
    part->chunk_size = ROOM;
    part->map_entries = (uint16_t)(t->space.map_count +
                                   (delta_is_plain(&t->space)
                                        ? 0
                                        : 2 * (t->space.old_regions.count +
                                               t->space.new_regions.count)));
    assert_int_equal(dfp_memory_divide(p), DFP_OK);
    memcpy(p->in, stream->data, stream->size);
    p->in_end = (uint32_t)stream->size;
    p->in_last = true;
    dfp_codec_begin(p);
}

static void decode(struct patcher *d, const struct tables *t,
                   const struct delta_buffer *stream)
{
    prepare(d, t, stream);
    assert_int_equal(dfp_codec_run(&d->work.p, 1), DFP_OK);
    assert_int_equal(d->work.p.page[0], 7);
}

static void check_regions(const struct dfc_regions *found,
                          const struct dfc_regions *expected)
{
    assert_int_equal(found->count, expected->count);
    assert_memory_equal(found->list, expected->list,
                        found->count * sizeof(*found->list));
}

// Encode, decode, compare. Returns the bits that the tables took.
static uint64_t check(struct tables *t)
{
    struct delta_buffer stream = encode(t);
    struct patcher d;
    const struct dfc_space *space = &d.work.p.space;

    decode(&d, t, &stream);
    check_regions(&space->old_regions, &t->space.old_regions);
    check_regions(&space->new_regions, &t->space.new_regions);
    assert_int_equal(space->range_count, t->space.range_count);
    assert_memory_equal(space->ranges, t->space.ranges,
                        space->range_count * sizeof(*space->ranges));
    assert_int_equal(space->map_count, t->space.map_count);
    assert_memory_equal(space->map, t->map,
                        space->map_count * sizeof(*space->map));
    delta_buffer_free(&stream);
    return t->tally.bits[DELTA_CAUSE_TABLES] / 4096;
}

static void any_regions(struct dfc_region *list, uint32_t count,
                        uint64_t *random)
{
    static const uint8_t archs[] = {
        DFOTA_ARCH_NONE,  DFOTA_ARCH_THUMB,  DFOTA_ARCH_A32, DFOTA_ARCH_A64,
        DFOTA_ARCH_RISCV, DFOTA_ARCH_XTENSA, DFOTA_ARCH_AVR, DFOTA_ARCH_BIG};
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        list[i].start = at;
        at += chance_pick(random, 0x01000000);
        list[i].end = at;
        list[i].base = chance_word(random);
        list[i].arch = dfc_far_arch(archs[chance_pick(random, 8)]);
    }
}

// Regions of the new image are those of the old one, or its last one again,
// and some have grown.
static void follow(struct tables *t, uint64_t *random)
{
    uint32_t last = t->space.old_regions.count - 1;
    uint32_t at = 0;

    for (uint32_t i = 0; i < t->space.new_regions.count; i++) {
        const struct dfc_region *like = &t->old_list[i < last ? i : last];

        t->new_list[i] = *like;
        t->new_list[i].start = at;
        at += like->end - like->start + 4 * chance_pick(random, 2);
        t->new_list[i].end = at;
    }
}

static void any_ranges_and_map(struct tables *t, uint64_t *random)
{
    uint32_t at = 0, start = chance_pick(random, 1000);

    t->space.range_count = chance_pick(random, DFOTA_RANGES_MAX + 1);
    for (uint32_t i = 0; i < t->space.range_count; i++) {
        at += chance_pick(random, 0x10000000);
        t->space.ranges[i].start = at;
        at += chance_pick(random, 0x01000000);
        t->space.ranges[i].end = at;
    }
    t->space.map_count = chance_pick(random, ENTRIES + 1);
    for (uint32_t i = 0; i < t->space.map_count; i++) {
        t->map[i] = (struct dfc_map_entry){start, chance_word(random)};
        start += 1 + chance_pick(random, 0x00800000);
    }
}

// --- Tests -----------------------------------------------------------------

static void any_tables_come_back(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        uint32_t old_count = 1 + chance_pick(&random, DFOTA_REGIONS_MAX);
        uint32_t new_count = 1 + chance_pick(&random, DFOTA_REGIONS_MAX);
        struct tables t;

        begin(&t, old_count, new_count);
        any_regions(t.old_list, old_count, &random);
        any_regions(t.new_list, new_count, &random);
        if (round % 2 == 0) {
            follow(&t, &random);
        }
        if (delta_is_plain(&t.space)) { // else they would not be stated
            t.old_list[0].arch = DFOTA_ARCH_THUMB;
            t.new_list[0].arch = DFOTA_ARCH_NONE;
        }
        any_ranges_and_map(&t, &random);
        check(&t);
    }
}

// Bits for that many regions; the first `common` ones are the same in both.
static uint64_t cost(uint32_t old_count, uint32_t new_count, uint32_t common)
{
    uint64_t random = 2;
    struct tables t;

    begin(&t, old_count, new_count);
    any_regions(t.old_list, old_count, &random);
    any_regions(t.new_list, new_count, &random);
    for (uint32_t i = 0; i < new_count; i++) {
        uint32_t size = t.new_list[i].end - t.new_list[i].start;

        if (i < common) {
            t.new_list[i] = t.old_list[i];
        } else if (i > 0) {
            t.new_list[i].start = t.new_list[i - 1].end;
            t.new_list[i].end = t.new_list[i].start + size;
        }
    }
    return check(&t);
}

static void regions_that_stay_cost_little(void **state)
{
    // Of the old and of the new image: as many, fewer, more.
    static const uint32_t counts[][2] = {{32, 32}, {32, 5}, {5, 32}};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t most = counts[i][0], count = counts[i][1];
        uint32_t common = most < count ? most : count;
        uint64_t same = cost(most, count, common);
        uint64_t other = cost(most, count, 0);
        assert_true(other > same + 50 * common);
    }
}

static void too_many_regions_are_refused(void **state)
{
    struct delta_buffer stream;
    struct patcher d;
    struct tables t;
    uint64_t random = 3;

    (void)state;
    begin(&t, 3, 4);
    any_regions(t.old_list, 3, &random);
    any_regions(t.new_list, 4, &random);
    stream = encode(&t);
    decode(&d, &t, &stream);
    d.work.p.s.part.map_entries--; // one place of 14 is missing
    d.work.p.in_at = 0;
    d.work.p.s.new_at = 0;
    dfp_codec_begin(&d.work.p);
    assert_int_equal(dfp_codec_run(&d.work.p, 1), DFP_ERR_DATA);
    assert_string_equal(d.work.p.fault.field, "regions");
    delta_buffer_free(&stream);
    for (uint32_t i = 0; i < 2; i++) { // one more than there may be
        uint32_t many = DFOTA_REGIONS_MAX + 1;

        begin(&t, i == 0 ? many : 1, i == 0 ? 1 : many);
        any_regions(t.old_list, t.space.old_regions.count, &random);
        any_regions(t.new_list, t.space.new_regions.count, &random);
        stream = encode(&t);
        prepare(&d, &t, &stream);
        assert_int_equal(dfp_codec_run(&d.work.p, 1), DFP_ERR_DATA);
        assert_string_equal(d.work.p.fault.field, "regions");
        delta_buffer_free(&stream);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_tables_come_back),
        cmocka_unit_test(regions_that_stay_cost_little),
        cmocka_unit_test(too_many_regions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
