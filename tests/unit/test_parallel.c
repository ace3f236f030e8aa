// SPDX-License-Identifier: MIT
// Every piece of work is done once, on no more threads than allowed.

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "parallel.h"

#define PIECES 500u

struct work {
    atomic_uint done[PIECES];
    atomic_uint running, most;
    pthread_t caller;
    atomic_uint first_elsewhere;
};

static void run(void *context, uint32_t index)
{
    struct work *work = context;
    unsigned now = atomic_fetch_add(&work->running, 1) + 1;
    unsigned most = atomic_load(&work->most);

    while (now > most &&
           !atomic_compare_exchange_weak(&work->most, &most, now)) {
    }
    atomic_fetch_add(&work->done[index], 1);
    if (index == 0 && !pthread_equal(pthread_self(), work->caller)) {
        atomic_fetch_add(&work->first_elsewhere, 1);
    }
    atomic_fetch_sub(&work->running, 1);
}

static void every_piece_is_done_once(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, 3, PIECES};

    (void)state;
    for (uint32_t threads = 0; threads < 100; threads += threads < 5 ? 1 : 47) {
        for (uint32_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
            struct work work = {.caller = pthread_self()};

            delta_parallel(threads, counts[c], run, &work);
            for (uint32_t i = 0; i < PIECES; i++) {
                assert_int_equal(work.done[i], i < counts[c]);
            }
            assert_int_equal(work.running, 0);
            assert_true(work.most <= (threads == 0 ? 1 : threads));
            assert_int_equal(work.first_elsewhere, 0);
        }
    }
}

struct meeting {
    atomic_uint here;
};

static void meet(void *context, uint32_t index)
{
    struct meeting *meeting = context;

    (void)index;
    atomic_fetch_add(&meeting->here, 1);
    while (atomic_load(&meeting->here) < 3) {
    }
}

// Each piece waits for the others to begin: one thread alone would never end.
static void pieces_run_at_once(void **state)
{
    struct meeting meeting = {0};

    (void)state;
    delta_parallel(3, 3, meet, &meeting);
    assert_int_equal(meeting.here, 3);
}

static void a_number_is_taken_or_found(void **state)
{
    (void)state;
    assert_int_equal(delta_threads(1), 1);
    assert_int_equal(delta_threads(7), 7);
    assert_true(delta_threads(0) >= 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_is_done_once),
        cmocka_unit_test(pieces_run_at_once),
        cmocka_unit_test(a_number_is_taken_or_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
