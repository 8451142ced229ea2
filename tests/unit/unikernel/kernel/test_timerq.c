/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/timerq.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "unikernel/kernel/timerq.h"

#define N 1000

static struct timer timers[N];

/* regression: uk 19 */
static void first_is_always_the_earliest(void **state)
{
    struct timerq q = { 0 };
    uint64_t last = 0;

    srand(2);
    for (int i = 0; i < N; i++) {
        timers[i] = (struct timer){ .at = (uint64_t)rand() % 500 };
        timerq_add(&q, &timers[i]);
    }
    for (int i = 0; i < N; i++) {
        struct timer *t = timerq_first(&q);

        assert_true(t->at >= last);
        last = t->at;
        timerq_remove(&q, t);
        assert_false(timer_is_queued(t));
    }
    assert_null(timerq_first(&q));
}

static void any_timer_can_be_taken_out(void **state)
{
    struct timerq q = { 0 };
    unsigned queued = 0;

    srand(3);
    for (int i = 0; i < N; i++) timers[i] = (struct timer){ 0 };
    for (int step = 0; step < 100000; step++) {
        struct timer *t = &timers[rand() % N];

        if (timer_is_queued(t)) {
            timerq_remove(&q, t);
            queued--;
        } else {
            t->at = (uint64_t)rand();
            timerq_add(&q, t);
            queued++;
        }
        if (step % 1000 == 0 && queued > 0) {
            uint64_t least = UINT64_MAX;

            for (int i = 0; i < N; i++) {
                if (timer_is_queued(&timers[i]) && timers[i].at < least) least = timers[i].at;
            }
            assert_int_equal(timerq_first(&q)->at, least);
        }
    }
    while (timerq_first(&q) != NULL) {
        timerq_remove(&q, timerq_first(&q));
        queued--;
    }
    assert_int_equal(queued, 0);
}

static void taking_out_what_is_not_queued_does_nothing(void **state)
{
    struct timerq q = { 0 };
    struct timer a = { .at = 1 }, b = { .at = 2 };

    timerq_add(&q, &a);
    timerq_remove(&q, &b);
    timerq_remove(&q, &a);
    timerq_remove(&q, &a);
    assert_null(timerq_first(&q));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_is_always_the_earliest),
        cmocka_unit_test(any_timer_can_be_taken_out),
        cmocka_unit_test(taking_out_what_is_not_queued_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
