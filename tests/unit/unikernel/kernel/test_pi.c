/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/pi.c unikernel/kernel/sched.c unikernel/kernel/place.c unikernel/kernel/policy.c
// sources: unikernel/posix/no_cputime.c unikernel/kernel/timerq.c unikernel/kernel/time.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
// sources: tests/unit/unikernel/fake/user.c
/* Priority inheritance, step by step. A thread that waits is "switched away": the fake arch_switch
 * does what the test has planned to happen meanwhile, as other threads, and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

static struct thread low, mid, high;
static struct thread *const all[] = { &low, &mid, &high };
static uint32_t one, two;
static void (*meanwhile[2])(void);
static unsigned waits;

#define ENDED 4711U                 /* a thread that has unlocked one at the last moment */

int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    if (id == ENDED) one = 0;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i]->id == id) return fn(all[i], arg);
    }
    return -ESRCH;
}

/* What of `one` is allowed: another thread may change it at any moment. */
static unsigned allowed;

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    return at == (uint64_t)&one && access & ~allowed ? -EFAULT : 0;
}

static void become(struct thread *t)
{
    cpus[0]->current = host_self = t;
}

void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    spin_unlock(lock);
    if (prev->state == THREAD_BLOCKED && waits < 2) meanwhile[waits++]();
    become(prev);
}

void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock) { panic("no"); }
void arch_abandon(struct thread *next, struct spinlock *lock) { panic("no"); }
void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp) { }
void thread_die(void *status) { }
bool thread_may_die_at(struct trap_frame *f) { return true; }
void thread_return_to_end(struct trap_frame *f) { }
void signal_interrupted(struct trap_frame *f) { }
void signal_thread_ended(struct thread *t) { }
uint64_t arch_frame_fp(const struct trap_frame *f) { return 0; }
void arch_wait(void) { }

/* low has one, mid has two; high has the CPU. */
static int setup(void **state)
{
    fake_cpus(1);
    fake_now = 1000;
    time_init();
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        fake_thread(all[i], 100 + i);
        all[i]->state = THREAD_READY;
        assert_int_equal(thread_set_policy(all[i], i == 0 ? POLICY_OTHER : POLICY_FIFO, 10 * i), 0);
        sched_enqueue(cpus[0], all[i], false);
    }
    one = low.id;
    two = mid.id;
    waits = 0;
    allowed = SPACE_R | SPACE_W;
    become(&high);
    return 0;
}

static int teardown(void **state)
{
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        assert_true(list_is_empty(&all[i]->pi_waiters));
        assert_null(all[i]->pi_owner);
        assert_int_equal(all[i]->prio, all[i]->own_prio);
        assert_null(all[i]->held);
    }
    assert_int_equal(host_irq_flag, 1);
    return 0;
}

static void unlock(struct thread *t, uint32_t *word)
{
    become(t);
    assert_int_equal(pi_unlock(word), 0);
}

static void a_free_word_is_taken_at_once(void **state)
{
    one = 0;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    assert_int_equal(one, high.id);
    assert_int_equal(waits, 0);
    unlock(&high, &one);
    assert_int_equal(one, 0);
}

static void what_is_refused(void **state)
{
    assert_int_equal(pi_unlock(&one), -EPERM);
    assert_int_equal(pi_lock(&one, true, NEVER), -EAGAIN);
    one = 4712;
    assert_int_equal(pi_lock(&one, false, NEVER), -ESRCH);
    one = high.id;
    assert_int_equal(pi_lock(&one, false, NEVER), -EDEADLK);
    assert_int_equal(waits, 0);
}

static void a_word_that_may_not_be_changed_or_is_not_there_is_refused(void **state)
{
    for (allowed = 0; allowed <= SPACE_R; allowed += SPACE_R) {
        one = 0;
        assert_int_equal(pi_lock(&one, false, NEVER), -EFAULT);
        assert_int_equal(pi_lock(&one, true, NEVER), -EFAULT);
        one = low.id;
        assert_int_equal(pi_lock(&one, false, NEVER), -EFAULT);
        one = high.id;
        assert_int_equal(pi_unlock(&one), -EFAULT);
    }
    assert_int_equal(waits, 0);
}

static void an_owner_that_unlocked_and_ended_is_no_error(void **state)
{
    one = ENDED;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    assert_int_equal(one, high.id);
    unlock(&high, &one);
    one = low.id;
}

static void low_unlocks_one(void)
{
    assert_int_equal(low.prio, 20);
    assert_ptr_equal(sched_highest(cpus[0]), &low);
    assert_int_equal(one, low.id | PI_WAITERS);
    unlock(&low, &one);
    assert_int_equal(low.prio, 0);
    assert_int_equal(one, high.id);
}

/* regression: uk 27 */
static void the_owner_inherits_until_it_unlocks(void **state)
{
    meanwhile[0] = low_unlocks_one;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    assert_int_equal(waits, 1);
    unlock(&high, &one);
}

static void high_wants_two(void)
{
    become(&high);
    assert_int_equal(pi_lock(&two, false, NEVER), 0);
    unlock(&high, &two);
}

static void the_chain_is_undone(void)
{
    assert_int_equal(low.prio, 20);
    assert_int_equal(mid.prio, 20);
    unlock(&low, &one);
    assert_int_equal(low.prio, 0);
    assert_int_equal(one, mid.id);
    unlock(&mid, &two);
    assert_int_equal(two, high.id);
}

static void inheritance_goes_along_the_chain(void **state)
{
    become(&mid);
    meanwhile[0] = high_wants_two;
    meanwhile[1] = the_chain_is_undone;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    unlock(&mid, &one);
}

static void low_wants_two(void)
{
    become(&low);
    assert_int_equal(pi_lock(&two, false, NEVER), -EDEADLK);
    unlock(&low, &one);
}

static void a_circle_is_refused(void **state)
{
    become(&mid);
    meanwhile[0] = low_wants_two;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    unlock(&mid, &one);
}

static void mid_wants_one_too(void)
{
    become(&mid);
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    unlock(&mid, &one);
}

static void low_serves_both(void)
{
    unlock(&low, &one);
    assert_int_equal(one, high.id | PI_WAITERS);
    assert_ptr_equal(mid.pi_owner, &high);
    unlock(&high, &one);
    assert_int_equal(one, mid.id);
}

static void the_highest_of_those_that_wait_is_next(void **state)
{
    meanwhile[0] = mid_wants_one_too;
    meanwhile[1] = low_serves_both;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
}

static void time_passes(void)
{
    assert_int_equal(low.prio, 20);
    become(&low);
    fake_now += 1000000;
    sched_timer_irq();
}

static void a_wait_ends_at_its_deadline_and_so_does_inheritance(void **state)
{
    meanwhile[0] = time_passes;
    assert_int_equal(pi_lock(&one, false, time_ns() + 1000), -ETIMEDOUT);
    assert_int_equal(one, low.id);
    assert_int_equal(low.prio, 0);
}

static void too_late(void)
{
    time_passes();
    unlock(&low, &one);
}

static void what_was_handed_over_at_the_last_moment_is_ours(void **state)
{
    meanwhile[0] = too_late;
    assert_int_equal(pi_lock(&one, false, time_ns() + 1000), 0);
    assert_int_equal(one, high.id);
    unlock(&high, &one);
}

static void low_ends(void)
{
    become(&low);
    pi_exit(&low);
    assert_int_equal(one, high.id | PI_DIED);
}

static void what_a_thread_owned_when_it_ended_goes_on_marked(void **state)
{
    meanwhile[0] = low_ends;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    unlock(&high, &one);
}

static void low_ends_without_the_word(void)
{
    allowed = 0;
    become(&low);
    pi_exit(&low);
}

static void time_passes_without_the_word(void)
{
    allowed = 0;
    time_passes();
}

static void a_word_that_goes_away_while_it_is_waited_for_does_no_harm(void **state)
{
    meanwhile[0] = low_ends_without_the_word;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    assert_int_equal(one, low.id | PI_WAITERS);
    one = low.id;
    waits = 0;
    allowed = SPACE_R | SPACE_W;
    meanwhile[0] = time_passes_without_the_word;
    assert_int_equal(pi_lock(&one, false, 6000), -ETIMEDOUT);
    assert_int_equal(one, low.id | PI_WAITERS);
}

static void high_becomes_less(void)
{
    assert_int_equal(thread_set_policy(&high, POLICY_RR, 5), 0);
    pi_changed(&high);
    assert_int_equal(low.prio, 5);
    unlock(&low, &one);
}

static void a_new_priority_of_who_waits_reaches_the_owner(void **state)
{
    meanwhile[0] = high_becomes_less;
    assert_int_equal(pi_lock(&one, false, NEVER), 0);
    unlock(&high, &one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_free_word_is_taken_at_once),
        TEST(what_is_refused),
        TEST(a_word_that_may_not_be_changed_or_is_not_there_is_refused),
        TEST(a_word_that_goes_away_while_it_is_waited_for_does_no_harm),
        TEST(an_owner_that_unlocked_and_ended_is_no_error),
        TEST(the_owner_inherits_until_it_unlocks),
        TEST(inheritance_goes_along_the_chain),
        TEST(a_circle_is_refused),
        TEST(the_highest_of_those_that_wait_is_next),
        TEST(a_wait_ends_at_its_deadline_and_so_does_inheritance),
        TEST(what_was_handed_over_at_the_last_moment_is_ours),
        TEST(what_a_thread_owned_when_it_ended_goes_on_marked),
        TEST(a_new_priority_of_who_waits_reaches_the_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
