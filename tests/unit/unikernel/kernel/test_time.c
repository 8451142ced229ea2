/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/time.c
/* Counter and nanoseconds, for the speeds counters have, over a year. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/time.h"

#define BOOT   12345678901ULL           /* counters do not begin with us */
#define YEAR_S (366ULL * 86400)
#define S      1000000000ULL

static uint64_t ticks, hz;

uint64_t arch_ticks(void)            { return BOOT + ticks; }
uint64_t arch_ticks_per_second(void) { return hz; }

static const uint64_t speeds[] = { 1000000, 10000000, 19200000, 24000000, 54000000, 62500000, 1000000000,
                                   2400000001, 2999999999, 5300000000 };

/* Run with every speed, time 0 being now. */
static void with_each_speed(void (*test)(void))
{
    for (unsigned i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
        hz = speeds[i];
        ticks = 0;
        time_init();
        test();
    }
}

static void go_through_a_year(void)
{
    uint64_t last = 0;

    for (ticks = 0; ticks < YEAR_S * hz; ticks += ticks / 1000 + hz / 7) {
        uint64_t exact = (uint64_t)((unsigned __int128)ticks * S / hz);

        assert_true(time_ns() >= last);
        assert_in_range(time_ns(), exact - (exact > 0), exact + 1);
        last = time_ns();
    }
}

/* regression: uk 21, 22 */
static void a_year_is_a_year_and_never_goes_back(void **state) { with_each_speed(go_through_a_year); }

static void pass_where_products_overflow(void)
{
    for (unsigned bit = 24; bit < 64; bit++) {
        uint64_t edge = (UINT64_C(1) << bit) / S * (bit >= 40), before;

        ticks = edge - (edge > 0);
        before = time_ns();
        ticks = edge + 1;
        assert_true(time_ns() >= before && time_ns() - before <= 2 * S / hz + 1);
    }
}

/* regression: uk 22 */
static void nothing_happens_where_a_product_would_overflow(void **state)
{
    with_each_speed(pass_where_products_overflow);
}

/* On the first day and after a year: when the counter is there, so is the clock, and a sleep is as
 * long as ever. */
static void wait_a_little(void)
{
    for (uint64_t s = 0; s <= YEAR_S; s += YEAR_S / 13) {
        ticks = s * hz + hz / 3;
        for (uint64_t ns = 1; ns < 2 * S; ns = ns * 3 + 1) {
            uint64_t now = ticks, began = time_ns(), at = time_to_ticks(began + ns) - BOOT;
            uint64_t exact = ns / S * hz + ns % S * hz / S, in_one_ns = hz / S + 2;

            ticks = at;
            assert_true(time_ns() >= began + ns);
            assert_in_range(at - now + in_one_ns, exact, exact + 2 * in_one_ns);
            ticks = now;
        }
    }
}

/* regression: uk 20 */
static void a_deadline_is_met_within_a_nanosecond_or_a_tick(void **state) { with_each_speed(wait_a_little); }

static void what_is_too_far_is_never(void **state)
{
    hz = speeds[0];
    time_init();
    assert_true(time_to_ticks(UINT64_MAX - 1) > BOOT);
    hz = 5300000000;
    time_init();
    assert_int_equal(time_to_ticks(UINT64_MAX - 1), UINT64_MAX - 1);
}

static void the_wall_clock_goes_on_from_where_it_was_set(void **state)
{
    hz = 24000000;
    ticks = 0;
    time_init();
    ticks = 5 * hz;
    time_wall_set(1700000000 * S);
    ticks = 7 * hz;
    assert_int_equal(time_wall_ns(), 1700000002 * S);
    assert_int_equal(time_wall_sets(), 1);
}

static void a_deadline_may_be_a_moment_of_the_wall_clock(void **state)
{
    hz = 1000000000;
    ticks = 0;
    time_init();
    time_wall_set(1000 * S);
    assert_int_equal(deadline_to_ticks(7 * S), time_to_ticks(7 * S));
    assert_int_equal(deadline_to_ticks(DEADLINE_WALL | 1007 * S), time_to_ticks(7 * S));
    assert_int_equal(deadline_to_ticks(DEADLINE_WALL | 5), time_to_ticks(0));
    ticks = 3 * S;
    assert_int_equal(deadline_after(4 * S), 7 * S);
    assert_int_equal(deadline_after(DEADLINE_WALL - 3 * S - 1), DEADLINE_WALL - 1);
    assert_int_equal(deadline_after(DEADLINE_WALL - 3 * S), NEVER);
    assert_int_equal(deadline_after(NEVER), NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_is_a_year_and_never_goes_back),
        cmocka_unit_test(nothing_happens_where_a_product_would_overflow),
        cmocka_unit_test(a_deadline_is_met_within_a_nanosecond_or_a_tick),
        cmocka_unit_test(what_is_too_far_is_never),
        cmocka_unit_test(the_wall_clock_goes_on_from_where_it_was_set),
        cmocka_unit_test(a_deadline_may_be_a_moment_of_the_wall_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
