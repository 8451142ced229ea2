/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/sched.c unikernel/kernel/place.c unikernel/kernel/policy.c unikernel/kernel/futex.c
// sources: unikernel/posix/no_cputime.c unikernel/kernel/timerq.c unikernel/kernel/time.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
// sources: tests/unit/unikernel/fake/user.c
/* Scheduler and futexes against a clock the test moves. A thread that blocks is "switched away":
 * the fake arch_switch runs what the test planned to happen meanwhile, then makes the thread
 * current again if it has been chosen, as a real switch would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

#define SLICE 10000000u
#define LOOK  50000u                    /* between looks at a killed thread that cannot end yet */
#define IN_APP  0x1000u
#define IN_LIBC 0x2000u

static struct thread a, b, c, *switched_to;
static void (*meanwhile)(void);
static unsigned switches;

/* a runs on the only CPU; the others are not started. */
static int setup(void **state)
{
    fake_cpus(1);
    fake_thread(&a, 100);
    fake_thread(&b, 101);
    fake_thread(&c, 102);
    fake_now = 1000;
    meanwhile = NULL;
    switches = 0;
    switched_to = NULL;
    time_init();
    a.state = THREAD_READY;
    sched_enqueue(cpus[0], &a, false);
    cpus[0]->current = host_self = &a;
    return 0;
}

/* The interrupt a real timer would have raised by now, taken by whoever runs. */
static void advance(uint64_t ns)
{
    fake_now += ns;
    if (fake_timer_at <= fake_now) sched_timer_irq();
}

int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    void (*plan)(void) = meanwhile;

    assert_true(host_irq_flag == 0);
    spin_unlock(lock);
    switches++;
    switched_to = next;
    host_self = next;
    meanwhile = NULL;
    if (plan != NULL) plan();
    /* Whoever was woken is in the ring; let it be prev's turn again. */
    cpus[0]->current = host_self = prev;
}

void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    switched_to = next;
    host_self = next;
    spin_unlock(lock);
    panic("preempted");
}

void arch_abandon(struct thread *next, struct spinlock *lock) { panic("abandoned"); }
void thread_die(void *status) { }
bool thread_may_die_at(struct trap_frame *f) { return f->pc == IN_APP; }
void thread_return_to_end(struct trap_frame *f) { }
void signal_interrupted(struct trap_frame *f) { }
void signal_thread_ended(struct thread *t) { }
uint64_t arch_frame_fp(const struct trap_frame *f) { return 0; }

static const struct trap_frame *redirected;

void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp)
{
    assert_ptr_equal(fn, thread_die);
    redirected = f;
}
void arch_wait(void) { }

static void threads_run_in_the_order_they_were_started(void **state)
{
    assert_true(sched_start(&b, false));
    assert_true(sched_start(&c, false));
    assert_false(sched_start(&b, false));
    thread_yield();
    assert_ptr_equal(switched_to, &b);
}

static void a_thread_started_in_front_goes_first(void **state)
{
    assert_true(sched_start(&b, false));
    assert_true(sched_start(&c, true));
    thread_yield();
    assert_ptr_equal(switched_to, &c);
}

static void a_thread_alone_is_never_interrupted(void **state)
{
    thread_yield();
    assert_int_equal(switches, 0);
    assert_true(sched_start(&b, false));
    assert_int_equal(fake_timer_at, fake_now + SLICE);
    sched_dequeue(cpus[0], &b);
    advance(SLICE);
    assert_int_equal(fake_timer_at, NEVER);
    assert_false(cpus[0]->resched);
}

static void a_slice_ends_when_somebody_waits(void **state)
{
    struct trap_frame frame = { 0 };

    assert_true(sched_start(&b, false));
    advance(SLICE - 1);
    sched_irq_exit(&frame);
    assert_ptr_equal(host_self, &a);
    advance(1);
    EXPECT_PANIC(sched_irq_exit(&frame));
    assert_ptr_equal(switched_to, &b);
    assert_true(a.preempted);
    assert_int_equal(a.state, THREAD_READY);
    assert_int_equal(fake_timer_at, fake_now + SLICE);
}

static void a_turn_ends_also_while_somebody_more_urgent_runs(void **state)
{
    struct trap_frame frame = { 0 };

    assert_true(sched_start(&b, false));
    advance(SLICE - 1);
    c.prio = 5;
    assert_true(sched_start(&c, false));
    EXPECT_PANIC(sched_irq_exit(&frame));
    assert_ptr_equal(switched_to, &c);
    cpus[0]->current = host_self = &c;
    advance(1);
    assert_false(cpus[0]->resched);
    sched_dequeue(cpus[0], &c);
    assert_ptr_equal(sched_highest(cpus[0]), &b);
}

/* A turn that somebody else began is not mine: I get a whole one. */
static void who_came_since_the_last_end_goes_on(void **state)
{
    assert_true(sched_start(&b, false));
    thread_yield();
    cpus[0]->current = host_self = &b;
    advance(SLICE);
    assert_false(cpus[0]->resched);
    assert_int_equal(fake_timer_at, fake_now + SLICE);
    advance(SLICE);
    assert_true(cpus[0]->resched);
}

/* The regression: a slice that ended while the CPU idled was programmed again and again. */
static void a_wake_of_an_idle_cpu_asks_for_no_interrupt_in_the_past(void **state)
{
    sched_dequeue(cpus[0], &a);
    cpus[0]->current = host_self = cpus[0]->idle;
    a.state = THREAD_BLOCKED;
    cpus[0]->slice_end = fake_now;
    fake_now += 5 * SLICE;
    assert_true(thread_wake(&a, 0));
    sched_timer_irq();
    assert_ptr_equal(sched_highest(cpus[0]), &a);
    assert_true(fake_timer_at > fake_now);
}

static void sleep_long(void)
{
    advance(4999);
    assert_int_equal(a.state, THREAD_BLOCKED);
    advance(2);
    assert_int_equal(a.state, THREAD_READY);
}

static void a_sleeper_wakes_at_its_time_and_not_before(void **state)
{
    uint64_t until = time_ns() + 5000;

    thread_block_prepare();
    meanwhile = sleep_long;
    assert_int_equal(thread_block_finish(until), -ETIMEDOUT);
    assert_true(time_ns() >= until);
    assert_ptr_equal(switched_to, cpus[0]->idle);
    assert_null(timerq_first(&cpus[0]->timers));
}

static uint32_t word;

#define DAY 86400000000000ULL

static void set_wall(uint64_t ns)
{
    time_wall_set(ns);
    sched_wall_clock_set(&a);
}

static void wall_clock_moves(void)
{
    advance(10);
    set_wall(2 * DAY - 1000000);        /* nearer */
    assert_in_range(fake_timer_at, fake_now + 1000000, fake_now + 1000010);
    set_wall(DAY / 2);                  /* far away: the timer is early, and nothing comes of it */
    advance(2000000);
    assert_int_equal(a.state, THREAD_BLOCKED);
    host_self = cpus[1]->idle;
    set_wall(2 * DAY + 10);             /* on another CPU: a's has to look */
    assert_int_equal(cpus[0]->ipi, IPI_TIMER);
    assert_int_equal(a.state, THREAD_BLOCKED);
    host_self = cpus[0]->idle;
    sched_timer_irq();
    assert_int_equal(a.state, THREAD_READY);
}

static void length_stays(void)
{
    set_wall(3 * DAY);
    advance(99);
    assert_int_equal(a.state, THREAD_BLOCKED);
    advance(10);
    assert_int_equal(a.state, THREAD_READY);
}

static void who_waits_for_a_moment_of_the_wall_clock_notices_that_it_is_set(void **state)
{
    fake_cpus(2);
    sched_enqueue(cpus[0], &a, false);
    cpus[0]->current = host_self = &a;
    time_wall_set(DAY);
    meanwhile = wall_clock_moves;
    thread_block_prepare();
    assert_int_equal(thread_block_finish(DEADLINE_WALL | 2 * DAY), -ETIMEDOUT);
    meanwhile = length_stays;
    thread_block_prepare();
    assert_int_equal(thread_block_finish(time_ns() + 100), -ETIMEDOUT);
    set_wall(4 * DAY);
    assert_false(timer_is_queued(&a.timer));
}

static void wake_word(void)
{
    word = 1;
    assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 1);
    assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 0);
}

static void a_futex_wakes_its_waiter_once(void **state)
{
    word = 0;
    meanwhile = wake_word;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), 0);
}

static void a_futex_with_another_value_does_not_wait(void **state)
{
    word = 1;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), -EAGAIN);
    assert_int_equal(switches, 0);
    assert_int_equal(a.state, THREAD_READY);
}

static void wake_then_let_time_pass(void)
{
    wake_word();
    assert_int_equal(cpus[0]->count, 1);
    advance(1000000);
    assert_int_equal(cpus[0]->count, 1);
    assert_int_equal(a.wake_result, 0);
}

/* regression: uk 26 */
static void a_woken_waiter_is_not_woken_again_by_its_deadline(void **state)
{
    word = 0;
    meanwhile = wake_then_let_time_pass;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, time_ns() + 10), 0);
    assert_null(timerq_first(&cpus[0]->timers));
}

static void let_it_time_out(void)
{
    advance(100);
    /* Too late for a waker: it must not be counted, nor found afterwards. */
    assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 0);
}

static void a_waiter_whose_time_is_up_is_no_longer_woken(void **state)
{
    word = 0;
    meanwhile = let_it_time_out;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, time_ns() + 50), -ETIMEDOUT);
    assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 0);
}

static void kill_a(void) { thread_kill(&a); }
static void wake_a(void) { assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 1); }

/* regression: uk 24 */
static void a_kill_ends_a_wait(void **state)
{
    word = 0;
    meanwhile = kill_a;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), -EINTR);
    /* ... and with one pending, nobody goes to sleep any more where he can end, */
    a.cancellable = true;
    switches = 0;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), -EINTR);
    assert_int_equal(switches, 0);
    /* ... but elsewhere, and when he is ending. */
    a.cancellable = false;
    meanwhile = wake_a;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), 0);
    a.cancellable = a.exiting = true;
    meanwhile = wake_a;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), 0);
}

/* What an interrupt finds. */
static void interrupt(struct trap_frame *f, uint64_t pc)
{
    f->pc = pc;
    redirected = NULL;
    sched_irq_exit(f);
}

/* regression: uk 24 */
static void a_killed_thread_ends_in_its_own_code_only(void **state)
{
    struct trap_frame f = { 0 };

    thread_kill(&a);
    interrupt(&f, IN_LIBC);
    assert_null(redirected);
    a.depth = 1;
    advance(LOOK);
    interrupt(&f, IN_APP);
    assert_null(redirected);
    a.depth = 0;
    /* Looks are further and further apart, so that it gets on. */
    advance(2 * LOOK - 1);
    assert_false(cpus[0]->resched);
    advance(1);
    interrupt(&f, IN_APP);
    assert_ptr_equal(redirected, &f);
    /* Once. */
    cpus[0]->resched = true;
    interrupt(&f, IN_APP);
    assert_null(redirected);
}

/* regression: uk 24 */
static void a_killed_thread_that_was_preempted_is_looked_at_when_it_runs(void **state)
{
    b.preempted = true;
    b.frame.pc = IN_LIBC;
    assert_true(sched_start(&b, false));
    redirected = NULL;
    thread_kill(&b);
    assert_null(redirected);
    a.state = THREAD_BLOCKED;
    (void)thread_block_finish(NEVER);
    assert_ptr_equal(switched_to, &b);
    assert_int_equal(fake_timer_at, fake_now + LOOK);

    b.frame.pc = IN_APP;
    thread_kill(&b);
    assert_ptr_equal(redirected, &b.frame);
}

static uint32_t other_word;

static void requeue_a(void)
{
    assert_int_equal(futex_requeue((uint64_t)&word, 0, (uint64_t)&other_word, 1), 1);
    assert_int_equal(futex_wake((uint64_t)&word, 1, FUTEX_ANY), 0);
    assert_int_equal(futex_wake((uint64_t)&other_word, 1, FUTEX_ANY), 1);
}

static void a_requeued_waiter_waits_elsewhere(void **state)
{
    word = 0;
    meanwhile = requeue_a;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, NEVER), 0);
}

static void wake_other_bits(void)
{
    assert_int_equal(futex_wake((uint64_t)&word, 1, 4), 0);
    assert_int_equal(futex_wake((uint64_t)&word, 1, 6), 1);
}

static void bits_tell_waiters_apart(void **state)
{
    word = 0;
    meanwhile = wake_other_bits;
    assert_int_equal(futex_wait(&word, 0, 3, NEVER), 0);
}

static void requeue_then_time_out(void)
{
    assert_int_equal(futex_requeue((uint64_t)&word, 0, (uint64_t)&other_word, 1), 1);
    advance(100);
}

/* It is not where it began to wait. */
static void a_requeued_waiter_that_times_out_leaves_its_new_queue(void **state)
{
    word = 0;
    meanwhile = requeue_then_time_out;
    assert_int_equal(futex_wait(&word, 0, FUTEX_ANY, time_ns() + 50), -ETIMEDOUT);
    assert_false(list_is_linked(&a.wait));
    assert_int_equal(futex_wake((uint64_t)&other_word, 1, FUTEX_ANY), 0);
}

static void deadlines_are_never_early(void **state)
{
    for (uint64_t ns = 0; ns < 5000000000u; ns += 333333331) {
        assert_true(time_to_ticks(ns) >= 1000 + ns);
        assert_true(time_to_ticks(ns) <= 1000 + ns + 2);
    }
    assert_int_equal(time_to_ticks(NEVER - 1), UINT64_MAX - 1);
}

/* regression: uk 22 */
static void time_does_not_wrap_within_a_year(void **state)
{
    fake_now = 1000 + 366ull * 86400 * 1000000000;
    assert_int_equal(time_ns(), 366ull * 86400 * 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(threads_run_in_the_order_they_were_started, setup),
        cmocka_unit_test_setup(a_thread_started_in_front_goes_first, setup),
        cmocka_unit_test_setup(a_thread_alone_is_never_interrupted, setup),
        cmocka_unit_test_setup(a_slice_ends_when_somebody_waits, setup),
        cmocka_unit_test_setup(a_turn_ends_also_while_somebody_more_urgent_runs, setup),
        cmocka_unit_test_setup(who_came_since_the_last_end_goes_on, setup),
        cmocka_unit_test_setup(a_wake_of_an_idle_cpu_asks_for_no_interrupt_in_the_past, setup),
        cmocka_unit_test_setup(a_sleeper_wakes_at_its_time_and_not_before, setup),
        cmocka_unit_test_setup(a_futex_wakes_its_waiter_once, setup),
        cmocka_unit_test_setup(a_futex_with_another_value_does_not_wait, setup),
        cmocka_unit_test_setup(a_woken_waiter_is_not_woken_again_by_its_deadline, setup),
        cmocka_unit_test_setup(a_waiter_whose_time_is_up_is_no_longer_woken, setup),
        cmocka_unit_test_setup(a_kill_ends_a_wait, setup),
        cmocka_unit_test_setup(a_killed_thread_ends_in_its_own_code_only, setup),
        cmocka_unit_test_setup(a_killed_thread_that_was_preempted_is_looked_at_when_it_runs, setup),
        cmocka_unit_test_setup(a_requeued_waiter_waits_elsewhere, setup),
        cmocka_unit_test_setup(bits_tell_waiters_apart, setup),
        cmocka_unit_test_setup(a_requeued_waiter_that_times_out_leaves_its_new_queue, setup),
        cmocka_unit_test_setup(who_waits_for_a_moment_of_the_wall_clock_notices_that_it_is_set, setup),
        cmocka_unit_test_setup(deadlines_are_never_early, setup),
        cmocka_unit_test_setup(time_does_not_wrap_within_a_year, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
