/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* How much of a core each gets: weights, priorities and budgets. */
#include "tests/unit/hypervisor/core/sched_try.h"

static struct vcpu *realtime(const char *name, uint32_t priority, uint32_t budget_us)
{
    return runner_of(name, 1,
                     (struct sched_config){ SHYPER_CLASS_REALTIME, SHYPER_WEIGHT_DEFAULT, priority,
                                            budget_us, 10000 });
}

/* Time passes on CPU 1; nobody there does anything but run. */
static void spin(uint64_t counts)
{
    uint64_t until = arch_counter() + counts;

    while (arch_counter() < until) {
        board_turn(1);
        host_time_set(MIN(until, host_timer_at()));
        if (host_timer_at() <= arch_counter()) timer_interrupt();
    }
    board_turn(1);
}

/* regression: 28 */
static void run_time_goes_by_weight(void **state)
{
    static const uint32_t weights[] = { 300, 100, 10, 590 };
    struct vcpu *v[4];
    char name[8];

    for (uint32_t i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%c", 'a' + (int)i);
        v[i] = runner_of(name, 1, (struct sched_config){ .weight = weights[i] });
    }
    spin(1000 * SLICE);
    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(ran(v[i]), weights[i] * SLICE - 2 * SLICE, weights[i] * SLICE + 2 * SLICE);
}

static void three_to_one_shows_within_a_few_slices(void **state)
{
    struct vcpu *a = runner_of("a", 1, (struct sched_config){ .weight = 300 }), *b = runner("b", 1);

    spin(8 * SLICE);
    assert_in_range(ran(a), 5 * SLICE, 7 * SLICE);
    spin(72 * SLICE);
    assert_in_range(ran(a) * 100 / (ran(a) + ran(b)), 73, 77);
}

/* What one has not used while it slept, or had while it was alone, is not made up for later. */
static void neither_sleep_nor_solitude_is_paid_back(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);
    uint64_t a_had, b_had;

    spin(2 * SLICE);
    host_cpu_set(1);
    while (cpus[1].vcpu != b) spin(SLICE);
    sched_wait(b);
    spin(500 * SLICE);
    a_had = ran(a);
    b_had = ran(b);
    vcpu_kick(b);
    spin(100 * SLICE);
    assert_in_range(ran(b) - b_had, 49 * SLICE, 52 * SLICE);
    assert_in_range(ran(a) - a_had, 48 * SLICE, 51 * SLICE);
}

/* regression: 28 */
static void who_wakes_without_end_leaves_others_their_share(void **state)
{
    struct vcpu *a = runner("a", 1), *waker = runner("waker", 1), *now;
    uint64_t begin = arch_counter();

    while (arch_counter() - begin < 100 * SLICE) {
        now = board_turn(1);
        if (now == waker) {
            host_time_advance(SLICE / 100);
            sched_wait(waker);
            continue;
        }
        assert_ptr_equal(now, a);
        vcpu_kick(waker);
        assert_ptr_equal(board_turn(1), a);                     /* it has only just got the core */
        host_time_advance(SLICE / 16);
        if (host_timer_at() <= arch_counter()) timer_interrupt();
    }
    assert_true(ran(a) > 80 * SLICE);
    assert_true(ran(waker) > 10 * SLICE);                       /* and is not forgotten itself */
}

/* regression: 27, 28 */
static void a_budget_is_met_from_the_first_period_on_and_an_hour_later(void **state)
{
    struct vcpu *hog = runner("hog", 1), *rt;
    uint64_t period = HOST_COUNTER_HZ / 100, budget = HOST_COUNTER_HZ / 500, had;

    host_time_advance(12345);
    rt = realtime("rt", 3, 2000);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 50; i++) {
            had = ran(rt);
            spin(period);
            assert_int_equal(ran(rt) - had, budget);
        }
        spin(3600u * (uint64_t)HOST_COUNTER_HZ);
    }
    assert_int_equal(ran(rt) * 4, ran(hog));
}

/* regression: 28 */
static void a_woken_realtime_vcpu_takes_the_core_at_once(void **state)
{
    struct vcpu *hog = runner("hog", 1), *low = realtime("low", 1, 3000),
                *high = realtime("high", 2, 3000);

    assert_ptr_equal(board_turn(1), high);
    sched_wait(high);
    assert_ptr_equal(board_turn(1), low);
    sched_wait(low);
    assert_ptr_equal(board_turn(1), hog);
    vcpu_kick(low);
    assert_ptr_equal(board_turn(1), low);
    vcpu_kick(high);
    assert_ptr_equal(board_turn(1), high);
    sched_let_others(high);
    assert_ptr_equal(board_turn(1), high);      /* the others are less urgent */
    sched_wait(high);
    assert_ptr_equal(board_turn(1), low);
}

static void equal_priorities_take_turns(void **state)
{
    struct vcpu *a = realtime("a", 2, 4500), *b = realtime("b", 2, 4500), *got[2];
    uint64_t had[2];

    assert_ptr_equal(board_turn(1), a);
    sched_let_others(a);
    assert_ptr_equal(board_turn(1), b);
    sched_let_others(b);
    assert_ptr_equal(board_turn(1), a);
    got[0] = a;
    got[1] = b;
    for (uint32_t i = 0; i < 2; i++) had[i] = ran(got[i]);
    spin(100 * SLICE);
    for (uint32_t i = 0; i < 2; i++) assert_in_range(ran(got[i]) - had[i], 45 * SLICE, 55 * SLICE);
}

static void what_nobody_else_wants_is_not_taken_from_a_budget_that_is_spent(void **state)
{
    struct vcpu *rt = realtime("rt", 2, 1000), *hog;
    uint64_t had;

    spin(5 * SLICE);
    assert_int_equal(ran(rt), 5 * SLICE);
    assert_int_equal(host_timer_at(), UINT64_MAX);      /* and nothing ticks for it */
    spin(SLICE / 2);
    hog = runner("hog", 1);
    assert_ptr_equal(board_turn(1), hog); /* it has had its budget of this period long since */
    had = ran(rt);
    spin(SLICE);
    assert_int_equal(ran(rt) - had, SLICE / 10);
}

static void a_vm_tells_how_long_its_vcpus_waited_and_how_often_they_came(void **state)
{
    struct vcpu *a = runner("a", 1);
    uint64_t run, ready;

    runner("b", 1);
    spin(10 * SLICE);
    sched_times(a, &run, &ready);
    assert_int_equal(run, 5 * SLICE);
    assert_int_equal(ready, 5 * SLICE);
    assert_int_equal(a->sched.switches, a->arch.loads);
    assert_in_range(a->sched.switches, 5, 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(run_time_goes_by_weight),
        TEST(three_to_one_shows_within_a_few_slices),
        TEST(neither_sleep_nor_solitude_is_paid_back),
        TEST(who_wakes_without_end_leaves_others_their_share),
        TEST(a_budget_is_met_from_the_first_period_on_and_an_hour_later),
        TEST(a_woken_realtime_vcpu_takes_the_core_at_once),
        TEST(equal_priorities_take_turns),
        TEST(what_nobody_else_wants_is_not_taken_from_a_budget_that_is_spent),
        TEST(a_vm_tells_how_long_its_vcpus_waited_and_how_often_they_came),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
