// SPDX-License-Identifier: MIT
// Several parts in one package, on a module of several slots: all images are
// new or none is, wherever power is cut; the module's own bytes stay.

#include "bundle.h"
#include "check.h"

#define TRIES 6u // boots that an update may take after one cut

static void check_new(const struct slots *s, const struct bundle *b)
{
    for (uint32_t i = 0; i < BUNDLE_PARTS; i++) {
        check_area(&s->flash[i], DFP_NEW, b->expected[i].data,
                   b->expected[i].size);
        if (!b->in_place) {
            check_area(&s->flash[i], DFP_OLD, b->old_images[i].data,
                       b->old_images[i].size);
        }
    }
    assert_string_equal(slots_breach(s), "");
}

// --- Updates without a cut -------------------------------------------------

static void check_applies(bool in_place)
{
    static const uint32_t pieces[] = {0, 1, 7, 100, 1000};
    struct bundle b;

    assert_true(bundle_make(&b, in_place));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        for (uint32_t step = 0; step <= 100; step += 100) {
            struct sim_update u = bundle_update(&b);
            struct sim_result r;
            struct slots s;

            u.piece = pieces[i];
            u.config.step_bytes = step;
            assert_true(bundle_module(&s, &b, in_place));
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

    assert_true(bundle_make(&b, in_place));
    u = bundle_update(&b);
    assert_true(bundle_module(&fresh, &b, in_place));
    for (;; number++) {
        // With a second cut, two of the ways to cut suffice at each place.
        for (unsigned tear = twice ? number % 4 : 0; tear < SIM_TEARS;
             tear += twice ? 4 : 1) {
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

    return cmocka_run_group_tests(tests, NULL, NULL);
}
