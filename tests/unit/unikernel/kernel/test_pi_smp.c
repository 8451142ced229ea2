/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/pi.c tests/unit/unikernel/fake/user.c @tests/unit/unikernel/fake/smp.c
/* Futexes with inheritance on several CPUs: taken in chains, given up at deadlines, tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

#define THREADS 8U
#define LOCKS   3U
#define ROUNDS  500U

static struct smp_thread threads[THREADS];
static struct {
    uint32_t word;
    unsigned long sum;
} locks[LOCKS];
static unsigned long rounds[THREADS];
static unsigned expired, refused, interrupted;
static struct spinlock all = SPINLOCK(LOCK_THREADS);

void flush_local(uint64_t from, uint64_t end) { }
int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    LOCK_SCOPED(&all);

    MUST(id >= THREAD_ID_MAIN && id < THREAD_ID_MAIN + THREADS);
    return fn(&threads[id - THREAD_ID_MAIN].t, arg);
}

/* As libc does: the kernel comes in when the word is not free. */
static bool take(struct smp_thread *s, unsigned n)
{
    uint32_t none = 0;
    unsigned how = smp_random(s, 4);
    int err;

    if (__atomic_compare_exchange_n(&locks[n].word, &none, s->t.id, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        return true;
    }
    do {
        err = pi_lock(&locks[n].word, how == 0,
                      how == 1 ? time_ns() + smp_random(s, 200000) : NEVER);
        if (err == -EINTR) (void)__atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
    } while (err == -EINTR);
    if (err == 0) return true;
    MUST(how == 0 ? err == -EAGAIN : how == 1 && err == -ETIMEDOUT);
    (void)__atomic_fetch_add(how == 0 ? &refused : &expired, 1, __ATOMIC_RELAXED);
    return false;
}

static void give(struct smp_thread *s, unsigned n)
{
    uint32_t own = s->t.id;

    if (__atomic_compare_exchange_n(&locks[n].word, &own, 0, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
        return;
    }
    MUST(own == (s->t.id | PI_WAITERS));
    MUST(pi_unlock(&locks[n].word) == 0);
}

/* Locks above n too, at random: whoever waits for one may own others. */
static void with_locks(struct smp_thread *s, unsigned n)
{
    if (!take(s, n)) return;
    MUST((__atomic_load_n(&locks[n].word, __ATOMIC_RELAXED) & PI_TID) == s->t.id);
    locks[n].sum++;
    rounds[s->number]++;
    smp_work();
    if (smp_random(s, 4) == 0) thread_yield();
    if (n + 1 < LOCKS && smp_random(s, 2) == 0) with_locks(s, n + 1);
    give(s, n);
}

static int change_policy(struct thread *t, void *arg)
{
    unsigned prio = *(unsigned *)arg;
    int err = thread_set_policy(t, prio == 0 ? POLICY_OTHER : POLICY_FIFO, prio);

    pi_changed(t);
    return err;
}

static void live(struct smp_thread *s)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned prio = smp_random(s, 6), other = smp_random(s, THREADS);

        with_locks(s, smp_random(s, LOCKS));
        if (smp_random(s, 8) == 0)
            MUST(thread_with(threads[other].t.id, change_policy, &prio) == 0);
        if (smp_random(s, 16) == 0) thread_interrupt(&threads[other].t);
        smp_work();
    }
}

/* regression: uk 27 */
static void owners_are_alone_and_inherit_only_while_they_own(void **state)
{
    expired = refused = interrupted = 0;
    for (unsigned n = 1; n <= 4; n++) {
        unsigned long sum = 0, count = 0;

        for (unsigned i = 0; i < LOCKS; i++) locks[i].sum = 0;
        for (unsigned i = 0; i < THREADS; i++) {
            threads[i].fn = live;
            rounds[i] = 0;
        }
        smp_run(n, threads, THREADS);
        for (unsigned i = 0; i < LOCKS; i++) {
            assert_int_equal(locks[i].word, 0);
            sum += locks[i].sum;
        }
        for (unsigned i = 0; i < THREADS; i++) {
            const struct thread *t = &threads[i].t;

            count += rounds[i];
            assert_int_equal(t->prio, t->own_prio);
            assert_int_equal(t->inherited, 0);
            assert_true(list_is_empty(&t->pi_waiters));
            assert_null(t->pi_owner);
        }
        assert_int_equal(sum, count);
    }
    assert_true(expired > 0 && refused > 0 && interrupted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_alone_and_inherit_only_while_they_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
