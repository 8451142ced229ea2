/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/sched.c unikernel/kernel/place.c unikernel/kernel/policy.c
// sources: unikernel/posix/no_cputime.c unikernel/kernel/timerq.c unikernel/kernel/time.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
/* Several CPUs do things chosen at random, one at a time, interrupts between CPUs arriving late and
 * in any order; then everything is looked at. A switch ends what the thread before was doing: the
 * fake arch_switch jumps back to the test, which from then on acts for the next thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

#define THREADS 14
#define STEPS   60000

static struct thread threads[THREADS];
static bool parked[CPUS_MAX];       /* in arch_wait */
static bool gave_way[THREADS];      /* by thread_yield, which does not look for another CPU */
static jmp_buf acting;
static unsigned switches, deadlines;

static bool may_run(const struct thread *t, const struct cpu *c)
{
    return t == c->idle || t->affinity & cpu_bit(c);
}

/* What every switch has to obey. */
static noreturn_fn void switched(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    struct cpu *c = prev->cpu;

    assert_ptr_not_equal(prev, next);
    assert_true(host_irq_flag == 0);
    assert_ptr_equal(lock, &c->lock);
    assert_ptr_equal(c->current, next);
    assert_ptr_equal(next->cpu, c);
    assert_true(may_run(next, c) || c->strangers);              /* until the interrupt comes */
    assert_int_equal(next->state, THREAD_READY);
    if (!c->resched) assert_ptr_equal(sched_highest(c), next);  /* else we shall be told soon */
    spin_unlock(lock);
    switches++;
    if (next != c->idle) gave_way[next - threads] = false;
    longjmp(acting, 1);
}

void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    switched(prev, next, lock);
}

void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    assert_true(prev->preempted);
    prev->preempted = false;
    switched(prev, next, lock);
}

void arch_abandon(struct thread *next, struct spinlock *lock)
{
    struct cpu *c = next->cpu;

    assert_non_null(c->dead);
    c->dead = NULL;
    assert_ptr_equal(c->current, next);
    spin_unlock(lock);
    longjmp(acting, 1);
}

void arch_wait(void)
{
    parked[cpu_self()->index] = true;
    longjmp(acting, 1);
}

void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp) { }
void thread_die(void *status) { }
bool thread_may_die_at(struct trap_frame *f) { return true; }
void thread_return_to_end(struct trap_frame *f) { }
void signal_interrupted(struct trap_frame *f) { }
void signal_thread_ended(struct thread *t) { }
uint64_t arch_frame_fp(const struct trap_frame *f) { return 0; }

/* Do something as CPU c, until it is done or c goes on with another thread. */
#define AS(c, what)                                                                                \
    do {                                                                                           \
        host_self = (c)->current;                                                                  \
        host_irq_flag = 1;                                                                         \
        if (setjmp(acting) == 0) {                                                                 \
            what;                                                                                  \
        }                                                                                          \
    } while (0)

static void interrupt_exit(struct cpu *c)
{
    struct trap_frame frame = { 0 };

    c->in_irq = false;
    sched_irq_exit(&frame);
}

static void take_interrupt(struct cpu *c, void (*handler)(void))
{
    if (parked[c->index]) sched_idle_end(c);
    parked[c->index] = false;
    AS(c, host_irq_flag = 0; c->in_irq = true; handler(); interrupt_exit(c));
}

static void take_ipi(struct cpu *c)
{
    fake_ipis &= ~cpu_bit(c);
    c->ipi = 0;
    take_interrupt(c, sched_ipi);
}

static bool idle_goes_on(struct cpu *c)
{
    if (c->current != c->idle || parked[c->index]) return false;
    AS(c, sched_idle());
    return true;
}

static void settle(void)
{
    unsigned quiet = 0;

    for (unsigned round = 0; quiet < 20 * cpu_count; round++) {
        struct cpu *c = cpus[(unsigned)rand() % cpu_count];

        assert_true(round < 10000);
        quiet++;
        if (fake_ipis & cpu_bit(c)) {
            take_ipi(c);
            quiet = 0;
        } else if (idle_goes_on(c)) {
            quiet = 0;
        }
    }
    assert_int_equal(fake_ipis, 0);
}

static unsigned check_rings(const struct cpu *c)
{
    unsigned n = 0;

    for (unsigned level = 0; level < PRIO_LEVELS; level++) {
        struct thread *first = c->front[level], *t = first;
        bool shown = c->levels[level / 64] & BIT64(level % 64);

        assert_int_equal(shown, first != NULL);
        if (first == NULL) continue;
        do {
            assert_true(t->queued);
            assert_int_equal(t->state, THREAD_READY);
            assert_int_equal(t->prio, level);
            assert_ptr_equal(t->cpu, c);
            assert_true(++n <= THREADS);
            t = sched_next_in_ring(t);
        } while (t != first);
    }
    assert_int_equal(n, c->count);
    return n;
}

/* With no interrupt under way: who must run does, and nobody waits where somebody could serve him.
 * */
static void check_all(void)
{
    unsigned queued = 0, ready = 0;

    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *c = cpus[i];

        queued += check_rings(c);
        assert_true(list_is_empty(&c->leaving));
        assert_false(c->strangers);
        assert_int_equal(c->lock.serving, c->lock.next);
        assert_ptr_equal(c->current, sched_highest(c));
        assert_int_equal(c->current == c->idle, parked[i]);
        assert_true(may_run(c->current, c));
        if (sched_next_in_ring(c->current) != c->current) assert_true(c->armed <= c->slice_end);
        if (timerq_first(&c->timers) != NULL) assert_true(c->armed <= timerq_first(&c->timers)->at);
    }
    for (unsigned n = 0; n < THREADS; n++) {
        const struct thread *t = &threads[n];

        ready += t->state == THREAD_READY;
        assert_int_equal(t->queued, t->state == THREAD_READY);
        if (t->state != THREAD_READY) continue;
        assert_true(may_run(t, t->cpu));
        assert_false(timer_is_queued(&t->timer));
        if (t->cpu->current == t || gave_way[n]) continue;
        for (unsigned i = 0; i < cpu_count; i++) {
            if (!(t->affinity & cpu_bit(cpus[i]))) continue;
            assert_false(parked[i]);
            assert_true(t->prio <= cpus[i]->current->prio);
        }
    }
    assert_int_equal(queued, ready);
}

static void block(bool with_deadline)
{
    deadlines += with_deadline;
    thread_block_prepare();
    (void)thread_block_finish(with_deadline ? time_ns() + (uint64_t)rand() % 30000000 : NEVER);
}

static void set_policy(struct thread *t)
{
    unsigned policy = (unsigned)rand() % 3, prio = policy == 0 ? 0 : 1 + (unsigned)rand() % 99;

    assert_int_equal(thread_set_policy(t, policy, prio), 0);
}

static void set_affinity(struct thread *t)
{
    uint32_t mask = (uint32_t)rand() % 16;

    assert_int_equal(thread_set_affinity(t, mask), mask & cpus_online() ? 0 : -EINVAL);
}

static void exit_and_begin_again(struct cpu *c)
{
    struct thread *t = c->current;

    AS(c, host_irq_flag = 0; sched_end());
    fake_thread(t, t->id);
}

static void step(void)
{
    struct cpu *c = cpus[(unsigned)rand() % cpu_count];
    struct thread *t = &threads[rand() % THREADS];
    bool idles = c->current == c->idle;

    switch (rand() % 12) {
    case 0:
        if (idles) break;
        gave_way[c->current - threads] = true;
        AS(c, thread_yield());
        break;
    case 1: if (!idles) AS(c, block(false)); break;
    case 2: if (!idles) AS(c, block(true)); break;
    case 3:
    case 4: if (!idles) AS(c, (void)thread_wake(t, 0)); break;
    case 5:
    case 6: if (!idles) AS(c, (void)sched_start(t, rand() % 4 == 0)); break;
    case 7: if (!idles && rand() % 4 == 0) exit_and_begin_again(c); break;
    case 8: if (!idles) AS(c, set_policy(t)); break;
    case 9: if (!idles) AS(c, set_affinity(t)); break;
    case 10:
        fake_now += (uint64_t)rand() % 8000000;
        for (unsigned i = 0; i < cpu_count; i++) {
            if (cpus[i]->armed <= fake_now) take_interrupt(cpus[i], sched_timer_irq);
        }
        break;
    default:
        if (fake_ipis & cpu_bit(c)) take_ipi(c);
        else (void)idle_goes_on(c);
        break;
    }
}

static struct thread *arrived;

static void arrive(void)
{
    (void)sched_start(arrived, false);
    (void)thread_wake(arrived, 0);
}

static void run(unsigned count)
{
    srand(count);
    fake_cpus(count);
    fake_now = 1000;
    switches = deadlines = 0;
    time_init();
    for (unsigned i = 0; i < THREADS; i++) fake_thread(&threads[i], 100 + i);
    for (unsigned i = 0; i < count; i++) {
        parked[i] = false;
        AS(cpus[i], sched_idle());
    }
    for (unsigned n = 0; n < STEPS; n++) {
        /* Somebody has to be there who does things. */
        if (n % 64 == 0) {
            arrived = &threads[n / 64 % THREADS];
            take_interrupt(cpus[(unsigned)rand() % count], arrive);
        }
        step();
        if (rand() % 4 == 0) {
            settle();
            check_all();
        }
    }
    assert_true(switches > STEPS / 10);
    assert_true(deadlines > STEPS / 100);
}

/* regression: uk 25, 28 */
static void one_cpu_obeys_all_rules(void **state)   { run(1); }
static void two_cpus_obey_all_rules(void **state)   { run(2); }
static void three_cpus_obey_all_rules(void **state) { run(3); }
static void eight_cpus_obey_all_rules(void **state) { run(8); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cpu_obeys_all_rules),
        cmocka_unit_test(two_cpus_obey_all_rules),
        cmocka_unit_test(three_cpus_obey_all_rules),
        cmocka_unit_test(eight_cpus_obey_all_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
