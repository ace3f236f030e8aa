// SPDX-License-Identifier: MIT
// Several parts in one package, on a module of several slots: all images are
// new or none is, wherever power is cut; the module's own bytes stay.

#include <stdlib.h>

#include "bytes.h"
#include "cases.h"
#include "check.h"
#include "delta_parts.h"
#include "package.h"
#include "sign.h"
#include "slots.h"

#define PARTS 3u
#define BLOCK 256u
#define CHUNK 128u
#define TRIES 6u // boots that an update may take after one cut

// A part of each kind: a delta of codec range, one of codec deflate, and an
// image of its own.
static const uint8_t ids[PARTS] = {0, 3, 7};

// Unaligned, at both ends of a block, over two, and a whole block.
static const struct delta_span ranges[] = {
    {5, 9}, {250, 270}, {512, 768}, {1000, 1003}};
// Whole blocks, as a full image needs them in one slot.
static const struct delta_span whole[] = {{256, 512}};

struct bundle {
    struct image old_images[PARTS], new_images[PARTS];
    struct image expected[PARTS]; // with the module's own bytes
    struct delta_bytes package;
    bool in_place;
    uint32_t starts[PARTS]; // of each part's chunks in the package
};

// --- Packages --------------------------------------------------------------

// Chunks smaller than libdelta chooses, so that there are many.
static void rechunk(struct delta_bytes *package, uint32_t chunk_size)
{
    struct delta_draft draft;
    struct delta_bytes stream;

    assert_int_equal(delta_package_open(&draft, &stream, package->data, NULL),
                     DELTA_OK);
    delta_free(package);
    draft.ram -= draft.chunk_size - chunk_size;
    draft.chunk_size = chunk_size;
    assert_int_equal(delta_seal(package, &draft, NULL, NULL), DELTA_OK);
    delta_free(&stream);
}

static void find_starts(struct bundle *b)
{
    uint32_t at = delta_body_at(b->package.data);

    for (uint32_t i = 0; i < PARTS; i++) {
        struct delta_chunks chunks = delta_package_cut(b->package.data, i);

        b->starts[i] = at;
        at += (chunks.count - 1) * CHUNK + chunks.last_size;
    }
    assert_int_equal(at, b->package.size);
}

static void wrap(struct delta_image *out, const struct image *image)
{
    assert_int_equal(delta_image_read(out, image->data, image->size,
                                      DELTA_FILE_RAW, NULL),
                     DELTA_OK);
}

static void make_package(struct bundle *b, const struct delta_options *options)
{
    struct delta_options deflate = *options;
    struct delta_image images[2 * PARTS];
    struct delta_part_input parts[PARTS];
    struct delta_error error = {DELTA_OK, "", ""};

    memset(parts, 0, sizeof(parts));
    deflate.codec = DELTA_DEFLATE;
    for (uint32_t i = 0; i < PARTS; i++) {
        wrap(&images[2 * i], &b->old_images[i]);
        wrap(&images[2 * i + 1], &b->new_images[i]);
        parts[i].id = ids[i];
        parts[i].old_image = &images[2 * i];
        parts[i].new_image = &images[2 * i + 1];
    }
    parts[0].unmanaged = ranges;
    parts[0].unmanaged_count = sizeof(ranges) / sizeof(ranges[0]);
    parts[1].options = &deflate;
    parts[2].old_image = NULL;
    parts[2].unmanaged = whole;
    parts[2].unmanaged_count = 1;
    if (delta_make_parts(&b->package, NULL, parts, PARTS, options, &error) !=
        DELTA_OK) {
        fail_msg("%s: %s", error.subject, error.text);
    }
    for (uint32_t i = 0; i < 2 * PARTS; i++) {
        delta_image_free(&images[i]);
    }
}

static void keep_ranges(struct image *expected, const struct image *old_image,
                        const struct delta_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(expected->data + spans[i].start,
               old_image->data + spans[i].start,
               spans[i].end - spans[i].start);
    }
}

static void bundle_make(struct bundle *b, bool in_place)
{
    static const uint32_t sizes[PARTS] = {1900, 1300, 1100};
    struct delta_options options = {
        .ram = 12288,
        .level = 3,
        .product = "bundle",
        .mode = in_place ? DELTA_IN_PLACE : DELTA_TWO_SLOT,
        .in_place = {.scratch_size = 3 * BLOCK, .block_size = BLOCK},
    };

    memset(b, 0, sizeof(*b));
    b->in_place = in_place;
    for (uint32_t i = 0; i < PARTS; i++) {
        b->old_images[i] = image_make(40 + i, 0, sizes[i]);
        b->new_images[i] = image_make(40 + i, 1, sizes[i]);
        b->expected[i] =
            image_copy(b->new_images[i].data, b->new_images[i].size);
        assert_non_null(b->old_images[i].data);
        assert_non_null(b->expected[i].data);
    }
    keep_ranges(&b->expected[0], &b->old_images[0], ranges,
                sizeof(ranges) / sizeof(ranges[0]));
    keep_ranges(&b->expected[2], &b->old_images[2], whole, 1);
    make_package(b, &options);
    rechunk(&b->package, CHUNK);
    find_starts(b);
}

static void bundle_free(struct bundle *b)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        image_free(&b->old_images[i]);
        image_free(&b->new_images[i]);
        image_free(&b->expected[i]);
    }
    delta_free(&b->package);
}

// --- Modules ---------------------------------------------------------------

static uint32_t slot_size(const struct bundle *b, uint32_t part)
{
    uint32_t a = b->old_images[part].size;
    uint32_t size = b->new_images[part].size;

    size = a > size ? a : size;
    return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static uint32_t journal_size(const struct bundle *b,
                             const struct sim_update *u, struct slots *s)
{
    uint32_t most = 0;

    s->config[0].checkpoint_bytes = u->config.checkpoint_bytes;
    for (uint32_t i = 0; i < PARTS; i++) {
        struct dfp_info info;
        size_t wanted;
        uint32_t size;

        assert_int_equal(dfp_peek_part(b->package.data, b->package.size, i,
                                       &info, &wanted),
                         DFP_OK);
        size = dfp_journal_size(&info, &s->config[0]);
        most = size > most ? size : most;
    }
    return most;
}

// The least journal that serves. The module runs the old images.
static void module_new(struct slots *s, const struct bundle *b,
                       const struct sim_update *u)
{
    struct sim_geometry g[PARTS];

    memset(g, 0, sizeof(g));
    for (uint32_t i = 0; i < PARTS; i++) {
        g[i] = (struct sim_geometry){
            .slot_size = slot_size(b, i),
            .slot_erase = BLOCK,
            .slot_program = 32,
            .journal_erase = 512,
            .journal_program = 8,
            .one_slot = b->in_place,
        };
    }
    g[0].journal_size = 65536;
    if (b->in_place) {
        g[0].scratch_size = 3 * BLOCK;
        g[0].scratch_erase = BLOCK;
        g[0].scratch_program = 16;
    }
    assert_true(slots_new(s, g, PARTS));
    g[0].journal_size = journal_size(b, u, s);
    slots_free(s);
    assert_true(slots_new(s, g, PARTS));
    for (uint32_t i = 0; i < PARTS; i++) {
        s->config[i].part_id = ids[i];
        simflash_load(&s->flash[i], DFP_OLD, b->old_images[i].data,
                      b->old_images[i].size);
    }
}

static struct sim_update update_of(const struct bundle *b)
{
    return (struct sim_update){
        .package = b->package.data,
        .package_size = (uint32_t)b->package.size,
        .config = {.product = "bundle", .checkpoint_bytes = 200},
        .piece = 100,
    };
}

static void check_new(const struct slots *s, const struct bundle *b)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        check_area(&s->flash[i], DFP_NEW, b->expected[i].data,
                   b->expected[i].size);
        if (!b->in_place) {
            check_area(&s->flash[i], DFP_OLD, b->old_images[i].data,
                       b->old_images[i].size);
        }
    }
    assert_string_equal(slots_breach(s), "");
}

static void check_untouched(const struct slots *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        check_slots_untouched(&s->flash[i]);
    }
}

// --- Updates without a cut -------------------------------------------------

static void check_applies(bool in_place)
{
    static const uint32_t pieces[] = {0, 1, 7, 100, 1000};
    struct bundle b;

    bundle_make(&b, in_place);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        for (uint32_t step = 0; step <= 100; step += 100) {
            struct sim_update u = update_of(&b);
            struct sim_result r;
            struct slots s;

            u.piece = pieces[i];
            u.config.step_bytes = step;
            module_new(&s, &b, &u);
            slots_run(&s, &u, &r);
            check_status(&r, DFP_DONE);
            assert_int_equal(r.reached.new_at, r.reached.new_size);
            check_new(&s, &b);
            slots_free(&s);
        }
    }
    bundle_free(&b);
}

static void parts_are_applied_to_two_slots(void **state)
{
    (void)state;
    check_applies(false);
}

static void parts_are_applied_in_place(void **state)
{
    (void)state;
    check_applies(true);
}

// --- Power cuts ------------------------------------------------------------

// Boot until the update is complete; each boot goes on from where the one
// before was.
static void finish(struct slots *s, const struct bundle *b,
                   const struct sim_update *u, uint32_t number, unsigned tear)
{
    struct sim_result r;
    uint32_t boots = 0;

    do {
        slots_reboot(s, number * 8u + tear + boots);
        slots_run(s, u, &r);
    } while (r.status == DFP_ERR_FLASH && ++boots < TRIES);
    if (r.status != DFP_DONE || slots_breach(s)[0] != '\0') {
        fail_msg("cut at %u, tear %u: status %d, %s; %s", number, tear,
                 (int)r.status, r.fault.field == NULL ? "-" : r.fault.field,
                 slots_breach(s));
    }
    check_new(s, b);
}

// In place a part goes on from a state of its own: nothing is fetched again
// that lies before it.
static void check_resumed(struct slots *s, const struct bundle *b,
                          const struct sim_update *u)
{
    struct sim_result r;
    struct sim_update peek = *u;

    if (!b->in_place || s->last.area != DFP_NEW || s->hit == 0) {
        return;
    }
    peek.package_size = 0;
    slots_reboot(s, 1);
    slots_run(s, &peek, &r);
    assert_true(r.resumed.package_at >= b->starts[s->hit]);
}

static void cut_everywhere(bool in_place, bool twice)
{
    struct bundle b;
    struct slots fresh;
    struct sim_update u;
    struct sim_result r;
    uint32_t number = 1;
    uint64_t random = 1;

    bundle_make(&b, in_place);
    u = update_of(&b);
    module_new(&fresh, &b, &u);
    for (;; number++) {
        for (unsigned tear = 0; tear < SIM_TEARS; tear++) {
            struct sim_cut cut = {number, (enum sim_tear)tear, 5};
            struct slots s;

            assert_true(slots_clone(&s, &fresh));
            slots_reboot(&s, number);
            slots_arm(&s, &cut);
            slots_run(&s, &u, &r);
            if (r.status == DFP_DONE) {
                slots_free(&s);
                goto done;
            }
            assert_int_equal(r.status, DFP_ERR_FLASH);
            if (twice) {
                cut.number = 1 + (uint32_t)(sim_random(&random) % 60);
                cut.tear = (enum sim_tear)(sim_random(&random) % SIM_TEARS);
                slots_reboot(&s, number + 7);
                slots_arm(&s, &cut);
                slots_run(&s, &u, &r);
            } else if (tear == 0) {
                check_resumed(&s, &b, &u);
            }
            finish(&s, &b, &u, number, tear);
            slots_free(&s);
        }
    }
done:
    assert_true(number > 150);
    slots_free(&fresh);
    bundle_free(&b);
}

static void cuts_anywhere_in_two_slots(void **state)
{
    (void)state;
    cut_everywhere(false, false);
}

static void cuts_anywhere_in_place(void **state)
{
    (void)state;
    cut_everywhere(true, false);
}

static void second_cuts_in_two_slots(void **state)
{
    (void)state;
    cut_everywhere(false, true);
}

static void second_cuts_in_place(void **state)
{
    (void)state;
    cut_everywhere(true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_applied_to_two_slots),
        cmocka_unit_test(parts_are_applied_in_place),
        cmocka_unit_test(cuts_anywhere_in_two_slots),
        cmocka_unit_test(cuts_anywhere_in_place),
        cmocka_unit_test(second_cuts_in_two_slots),
        cmocka_unit_test(second_cuts_in_place),
    };

    (void)check_untouched;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
