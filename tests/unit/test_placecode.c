// SPDX-License-Identifier: MIT
// Streams in place of any alignment that the format allows, not only of those
// that the parser would choose: the patcher makes the new image of them. Code
// is aligned across the ends of epochs and of what can be read.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "apply.h"
#include "bytes.h"
#include "chance.h"
#include "deflatecode.h"
#include "inspect.h"
#include "model.h"
#include "oneslot.h"
#include "sign.h"

#define SIZE 6000u
#define SEGMENTS 64u
#define ROUNDS 1000u
#define BASE 0x08000000u
#define WINDOW_BITS 10
#define CHUNK 1024u

struct update {
    struct delta_inplace g;
    uint8_t old_data[SIZE], new_data[SIZE];
    struct delta_segment list[SEGMENTS];
    struct delta_segments segments;
    struct dfc_region regions[2];
    struct dfc_map_entry map[1];
    struct dfc_space space;
};

static void make_geometry(struct update *u, uint64_t *random)
{
    memset(u, 0, sizeof(*u));
    u->g.old_size = 1 + chance_pick(random, SIZE);
    u->g.new_size = 1 + chance_pick(random, SIZE);
    u->g.block_bits = 6 + chance_pick(random, 4);
    u->g.scratch = 1 + chance_pick(random, 6);
    u->g.epoch = 1 + chance_pick(random, u->g.scratch);
    u->g.backwards = chance_pick(random, 2) != 0;
    u->g.fresh = chance_pick(random, 2) != 0;
    u->segments.list = u->list;
    u->regions[0] = (struct dfc_region){0, u->g.old_size, BASE, 1};
    u->regions[1] = (struct dfc_region){0, u->g.new_size, BASE, 1};
    u->map[0] = (struct dfc_map_entry){BASE + chance_pick(random, SIZE),
                                       2 * chance_pick(random, 200)};
    u->space.old_size = u->g.old_size;
    u->space.old_regions = (struct dfc_regions){&u->regions[0], 1};
    u->space.new_regions = (struct dfc_regions){&u->regions[1], 1};
    u->space.map = u->map;
    u->space.map_count = 1;
}

// A source for the byte at `at`, and how many bytes can come from there. From
// behind the epoch it must be left while it can still be looked up.
static uint32_t pick_source(const struct update *u, uint64_t *random,
                            const struct delta_epoch *epoch, uint32_t at,
                            uint32_t *most)
{
    uint32_t first = u->g.backwards ? epoch->begin : 0;
    uint32_t q;

    *most = UINT32_MAX;
    if (chance_pick(random, 3) == 0 && at > first) {
        return u->g.old_size + first + chance_pick(random, at - first);
    }
    if (chance_pick(random, 3) == 0 && u->g.backwards &&
        epoch->end + 1 < u->g.new_size) {
        q = epoch->end + chance_pick(random, u->g.new_size - 1 - epoch->end);
        *most = u->g.new_size - 1 - q;
        return u->g.old_size + q;
    }
    q = chance_pick(random, u->g.old_size);
    *most = u->g.old_size - q;
    return q;
}

static uint8_t byte_at(const struct update *u, uint32_t source)
{
    return source < u->g.old_size ? u->old_data[source]
                                  : u->new_data[source - u->g.old_size];
}

// Fill [at, end) and align it with what it is made from.
static void make_row(struct update *u, uint64_t *random, uint32_t at,
                     uint32_t end)
{
    while (at < end) {
        struct delta_epoch epoch = delta_epoch_at(&u->g, u->g.new_size, at);
        uint32_t most, source = pick_source(u, random, &epoch, at, &most);
        uint32_t count = 1 + chance_pick(random, 1000);

        if (chance_pick(random, 4) == 0 || u->segments.count == SEGMENTS) {
            u->new_data[at++] = (uint8_t)chance_word(random);
            continue;
        }
        count = count < most ? count : most;
        count = count < end - at ? count : end - at;
        u->list[u->segments.count++] =
            (struct delta_segment){at, source, count};
        for (; count > 0; count--, at++, source++) {
            u->new_data[at] = byte_at(u, source);
            if (chance_pick(random, 200) == 0) {
                u->new_data[at] = (uint8_t)chance_word(random);
            }
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct delta_segment *x = a;
    const struct delta_segment *y = b;

    return x->new_at < y->new_at ? -1 : x->new_at > y->new_at;
}

static void make_update(struct update *u, uint64_t *random)
{
    uint32_t end;

    make_geometry(u, random);
    chance_code(random, u->old_data, u->g.old_size);
    if (!u->g.backwards) {
        make_row(u, random, 0, u->g.new_size);
        return;
    }
    for (end = u->g.new_size; end > 0;) {
        uint32_t begin = delta_epoch_at(&u->g, u->g.new_size, end - 1).begin;

        make_row(u, random, begin, end);
        end = begin;
    }
    qsort(u->list, u->segments.count, sizeof(*u->list), by_place);
}

static void encode(struct delta_buffer *stream, const struct update *u,
                   bool is_range)
{
    const struct delta_pair pair = {.old_data = u->old_data,
                                    .old_size = u->g.old_size,
                                    .new_data = u->new_data,
                                    .new_size = u->g.new_size};
    struct delta_tally tally;

    memset(&tally, 0, sizeof(tally));
    memset(stream, 0, sizeof(*stream));
    assert_true(is_range ? delta_range_encode(stream, &pair, &u->space, &u->g,
                                              &u->segments, DFC_MODEL_MIN,
                                              &tally, NULL)
                         : delta_deflate_encode(stream, &pair, &u->space, &u->g,
                                                &u->segments, WINDOW_BITS));
}

static void frame(struct delta_bytes *package, const struct update *u,
                  const struct delta_buffer *stream, bool is_range)
{
    struct delta_draft draft;
    uint8_t *part = draft.parts[0];
    uint8_t geometry[DFOTA_GEO_SIZE];

    memset(&draft, 0, sizeof(draft));
    part[DFOTA_PART_CODEC] = is_range ? DFOTA_CODEC_RANGE : DFOTA_CODEC_DEFLATE;
    part[DFOTA_PART_CODEC_VERSION] = 1;
    part[DFOTA_PART_ARCH] = DFOTA_ARCH_THUMB;
    dfc_put16(part + DFOTA_PART_MAP_ENTRIES, 1);
    dfc_put16(part + DFOTA_PART_PARAM,
              is_range ? DFC_MODEL_MIN / 64 : WINDOW_BITS);
    dfc_put32(part + DFOTA_PART_OLD_SIZE, u->g.old_size);
    dfc_put32(part + DFOTA_PART_NEW_SIZE, u->g.new_size);
    dfc_put32(part + DFOTA_PART_BASE, BASE);
    dfc_put32(part + DFOTA_PART_STREAM_SIZE, (uint32_t)stream->size);
    delta_sha256(part + DFOTA_PART_OLD_SHA256, u->old_data, u->g.old_size);
    delta_sha256(part + DFOTA_PART_NEW_SHA256, u->new_data, u->g.new_size);
    draft.chunk_size = CHUNK;
    draft.ram = delta_ram_field(part[DFOTA_PART_CODEC],
                                dfc_get16(part + DFOTA_PART_PARAM), 1, CHUNK);
    draft.stream = stream->data;
    draft.stream_size = (uint32_t)stream->size;
    draft.part_count = 1;
    draft.mode = DFOTA_MODE_IN_PLACE;
    draft.features = DFOTA_FEATURE_IN_PLACE;
    delta_oneslot_geometry(geometry, &u->g, NULL);
    delta_draft_record(&draft, DFOTA_TAG_GEOMETRY, geometry, sizeof(geometry));
    assert_int_equal(delta_seal(package, &draft, NULL, NULL), DELTA_OK);
}

static void check_update(const struct update *u, bool is_range)
{
    struct delta_buffer stream;
    struct delta_bytes package, made;
    struct delta_info info;
    struct dfp_info raw;
    struct delta_error error;
    struct delta_content old = {u->old_data, u->g.old_size};
    struct delta_run run = {.old_images = &old, .info = &raw};

    encode(&stream, u, is_range);
    frame(&package, u, &stream, is_range);
    run.package = package.data;
    if (delta_examine(&info, &raw, package.data, package.size, 0, &error) !=
            DELTA_OK ||
        delta_run_patcher(&made, &run, &error) != DELTA_OK) {
        fail_msg("%lu to %lu bytes, block %lu, scratch %lu, epoch %lu, "
                 "backwards %d, range %d: %s",
                 (unsigned long)u->g.old_size, (unsigned long)u->g.new_size,
                 1ul << u->g.block_bits, (unsigned long)u->g.scratch,
                 (unsigned long)u->g.epoch, u->g.backwards, is_range,
                 error.text);
    }
    assert_int_equal(made.size, u->g.new_size);
    assert_memory_equal(made.data, u->new_data, made.size);
    delta_free(&made);
    delta_free(&package);
    delta_buffer_free(&stream);
}

static void any_alignment_is_followed(void **state)
{
    static struct update u;
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        make_update(&u, &random);
        check_update(&u, true);
        check_update(&u, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_alignment_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
