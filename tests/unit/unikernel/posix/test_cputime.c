/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/fs/cputime.c unikernel/kernel/sched.c unikernel/kernel/place.c unikernel/kernel/policy.c
// sources: unikernel/kernel/timerq.c unikernel/kernel/time.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
// sources: tests/unit/unikernel/fake/user.c
/* What a thread takes is counted to the tick, wherever threads change: by blocking, giving way, the end
 * of a turn and a thread's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/fs/cputime.h"
#include "lib/err.h"

#define PROCESS 2
#define THREAD  3

static struct thread a, b;
static jmp_buf switched;

static int setup(void **state)
{
    fake_cpus(2);
    fake_thread(&a, 100);
    fake_thread(&b, 101);
    fake_now = 1000;
    time_init();
    a.state = b.state = THREAD_READY;
    sched_enqueue(cpus[0], &a, false);
    sched_enqueue(cpus[0], &b, false);
    cpus[0]->current = host_self = &a;
    cputime_charge(cpus[0]);
    return 0;
}

int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

/* From here on `next` runs; the test goes on after what it called. */
static noreturn_fn void to(struct thread *next, struct spinlock *lock)
{
    spin_unlock(lock);
    host_self = next;
    longjmp(switched, 1);
}

void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock) { to(next, lock); }
void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock) { to(next, lock); }
void arch_abandon(struct thread *next, struct spinlock *lock) { to(next, lock); }
void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp) { }
void thread_return_to_end(struct trap_frame *f) { }
void signal_interrupted(struct trap_frame *f) { }
void signal_thread_ended(struct thread *t) { }
void arch_wait(void) { }
void thread_die(void *status) { panic("died"); }
bool thread_may_die_at(struct trap_frame *f) { return true; }

int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    return id == a.id ? fn(&a, arg) : id == b.id ? fn(&b, arg) : id == 11 ? fn(cpus[0]->idle, arg) : -ESRCH;
}

#define SWITCHES(call)                                                                             \
    do {                                                                                           \
        if (setjmp(switched) == 0) {                                                               \
            call;                                                                                  \
            fail_msg("no switch");                                                                 \
        }                                                                                          \
        host_irq_flag = 0;                                                                         \
    } while (0)

static uint64_t clock_shows(int id)
{
    uint64_t ns = 0;

    assert_int_equal(clock_of_cpu_time(id, &ns), 0);
    return ns;
}

static void what_runs_now_is_counted_up_to_now(void **state)
{
    fake_now += 70;
    assert_int_equal(cputime_of(&a), 70);
    assert_int_equal(cputime_of(&b), 0);
    fake_now += 1;
    assert_int_equal(cputime_of(&a), 71);
    assert_int_equal(cputime_of_process(), 71);
}

static void giving_way_is_counted(void **state)
{
    fake_now += 10;
    SWITCHES(thread_yield());
    fake_now += 300;
    assert_int_equal(cputime_of(&a), 10);
    assert_int_equal(cputime_of(&b), 300);
    SWITCHES(thread_yield());
    fake_now += 5;
    assert_int_equal(cputime_of(&a), 15);
    assert_int_equal(cputime_of_process(), 315);
}

static void a_blocked_thread_takes_nothing_and_an_idle_cpu_is_not_the_processs(void **state)
{
    fake_now += 10;
    thread_block_prepare();
    SWITCHES((void)thread_block_finish(NEVER));
    fake_now += 20;
    thread_block_prepare();
    SWITCHES((void)thread_block_finish(NEVER));
    assert_ptr_equal(host_self, cpus[0]->idle);
    fake_now += 4000;
    assert_int_equal(cputime_of(&a), 10);
    assert_int_equal(cputime_of(&b), 20);
    assert_int_equal(cputime_of_process(), 30);
    assert_int_equal(cputime_of(cpus[0]->idle), 4000);
}

static void the_end_of_a_turn_is_counted(void **state)
{
    struct trap_frame frame = { 0 };
    uint64_t turn;

    sched_take_turns(cpus[0]);
    turn = fake_timer_at - 1000;
    fake_now = 1000 + turn;
    sched_timer_irq();
    SWITCHES(sched_irq_exit(&frame));
    fake_now += 7;
    assert_int_equal(cputime_of(&a), turn);
    assert_int_equal(cputime_of(&b), 7);
}

static void what_an_ended_thread_took_stays_with_the_process(void **state)
{
    fake_now += 50;
    SWITCHES(sched_end());
    fake_now += 3;
    assert_ptr_equal(host_self, &b);
    assert_int_equal(cputime_of(&b), 3);
    assert_int_equal(cputime_of_process(), 53);
}

static void clocks_show_it(void **state)
{
    uint64_t ns = 77;

    fake_now += 40;
    SWITCHES(thread_yield());
    fake_now += 2;
    assert_int_equal(clock_shows(PROCESS), 42);
    assert_int_equal(clock_shows(THREAD), 2);
    assert_int_equal(clock_shows((int)(~100U << 3) | 6), 40);
    assert_int_equal(clock_shows((int)(~101U << 3) | 6), 2);
    assert_int_equal(clock_shows((int)(~100U << 3) | 2), 42);
    assert_int_equal(clock_of_cpu_time((int)(~2U << 3) | 2, &ns), -EINVAL);       /* another process */
    assert_int_equal(clock_of_cpu_time((int)(~102U << 3) | 6, &ns), -EINVAL);     /* no thread */
    assert_int_equal(clock_of_cpu_time((int)(~11U << 3) | 6, &ns), -EINVAL);      /* the kernel's */
    assert_int_equal(clock_of_cpu_time((int)(~100U << 3) | 7, &ns), -EINVAL);     /* no kind of time */
    for (int id = 8; id < 20; id++) assert_int_equal(clock_of_cpu_time(id, &ns), -EINVAL);
    assert_int_equal(ns, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_runs_now_is_counted_up_to_now, setup),
        cmocka_unit_test_setup(giving_way_is_counted, setup),
        cmocka_unit_test_setup(a_blocked_thread_takes_nothing_and_an_idle_cpu_is_not_the_processs, setup),
        cmocka_unit_test_setup(the_end_of_a_turn_is_counted, setup),
        cmocka_unit_test_setup(what_an_ended_thread_took_stays_with_the_process, setup),
        cmocka_unit_test_setup(clocks_show_it, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
