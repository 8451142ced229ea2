/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/alarm.c unikernel/kernel/time.c unikernel/kernel/timerq.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
/* Alarms. The thread that rings them is run by hand until it sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/alarm.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

static struct thread ringer;
static void (*begin)(void *arg);
static jmp_buf asleep;
static unsigned spawned, wakes, rung;
static int spawn_says;
static uint64_t sleeps_until, next;

int thread_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
    spawned++;
    begin = fn;
    return spawn_says;
}

int thread_set_policy(struct thread *t, enum thread_policy policy, unsigned prio)
{
    assert_int_equal(prio, PRIO_LEVELS - 1);
    return 0;
}

bool thread_wake(struct thread *t, int result)
{
    assert_ptr_equal(t, &ringer);
    wakes++;
    return true;
}

int thread_block_finish(uint64_t deadline_ns)
{
    assert_int_equal(ringer.state, THREAD_BLOCKED);
    assert_null(ringer.held);
    sleeps_until = deadline_ns;
    longjmp(asleep, 1);
}

static void run_at(uint64_t ns)
{
    fake_now = ns;
    ringer.state = THREAD_READY;
    if (setjmp(asleep) == 0) begin(NULL);
}

static uint64_t count(struct alarm *a)
{
    rung++;
    assert_false(timer_is_queued(&a->timer));
    return next;
}

static void set(struct alarm *a, uint64_t at)
{
    LOCK_SCOPED(&alarm_lock);

    alarm_set(a, at);
}

static int setup(void **state)
{
    fake_cpus(1);
    fake_thread(&ringer, 1);
    host_self = &ringer;
    fake_now = 0;
    time_init();
    rung = wakes = 0;
    next = NEVER;
    return 0;
}

static void without_memory_for_the_thread_it_is_tried_again(void **state)
{
    spawn_says = -ENOMEM;
    assert_int_equal(alarms_begin(), -ENOMEM);
    spawn_says = 0;
    assert_int_equal(alarms_begin(), 0);
    assert_int_equal(alarms_begin(), 0);
    assert_int_equal(spawned, 2);
}

static void all_ring_at_once_and_keep_their_moments(void **state)
{
    struct alarm a = { .fn = count }, b = { .fn = count }, c = { .fn = count };

    set(&a, 2000);
    set(&b, 1000);
    set(&c, 3000);
    run_at(10);
    next = 5000;
    alarms_ring_all();
    assert_int_equal(wakes, 1);
    run_at(20);
    assert_int_equal(rung, 3);
    assert_int_equal(sleeps_until, 5000);
    next = NEVER;
    run_at(5000);
    assert_int_equal(rung, 6);
    alarms_ring_all();
    assert_int_equal(wakes, 1);
}

static void each_rings_at_its_moment_once(void **state)
{
    struct alarm a = { .fn = count }, b = { .fn = count };

    set(&a, 2000);
    set(&b, 1000);
    run_at(999);
    assert_int_equal(rung, 0);
    assert_int_equal(sleeps_until, 1000);
    run_at(1000);
    assert_int_equal(rung, 1);
    assert_int_equal(sleeps_until, 2000);
    run_at(5000);
    assert_int_equal(rung, 2);
    assert_int_equal(sleeps_until, NEVER);
    run_at(9000);
    assert_int_equal(rung, 2);
}

static void one_that_is_set_anew_or_cancelled_does_not_ring_before(void **state)
{
    struct alarm a = { .fn = count }, b = { .fn = count };

    run_at(0);
    set(&a, 1000);
    assert_int_equal(wakes, 1);         /* who sleeps for ever, or longer */
    set(&b, 3000);
    assert_int_equal(wakes, 1);
    set(&a, 2000);
    run_at(1500);
    assert_int_equal(rung, 0);
    set(&a, NEVER);
    run_at(2500);
    assert_int_equal(rung, 0);
    {
        LOCK_SCOPED(&alarm_lock);
        alarm_cancel(&b);
        alarm_cancel(&b);
    }
    run_at(10000);
    assert_int_equal(rung, 0);
}

static void it_may_say_when_next(void **state)
{
    struct alarm a = { .fn = count };

    set(&a, 100);
    next = 200;
    run_at(100);
    assert_int_equal(rung, 1);
    assert_int_equal(sleeps_until, 200);
    next = NEVER;
    run_at(200);
    assert_int_equal(rung, 2);
    assert_int_equal(sleeps_until, NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_memory_for_the_thread_it_is_tried_again, setup),
        cmocka_unit_test_setup(all_ring_at_once_and_keep_their_moments, setup),
        cmocka_unit_test_setup(each_rings_at_its_moment_once, setup),
        cmocka_unit_test_setup(one_that_is_set_anew_or_cancelled_does_not_ring_before, setup),
        cmocka_unit_test_setup(it_may_say_when_next, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
