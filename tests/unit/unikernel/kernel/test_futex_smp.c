/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/futex.c tests/unit/unikernel/fake/user.c @tests/unit/unikernel/fake/smp.c
/* Mutexes and condition variables made of futexes, on several CPUs, with interruptions, deadlines
 * and changes of priority and affinity in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

#define THREADS 10U
#define MUTEXES 3U
#define ROUNDS  600U
#define ITEMS   400U                /* of each who makes some */

static struct smp_thread threads[THREADS];
static struct mutex {
    uint32_t word;                  /* 0 free, 1 taken, 2 taken and waited for */
    unsigned long sum;
} mutexes[MUTEXES];
static unsigned long rounds[THREADS];
static unsigned expired, interrupted;

void flush_local(uint64_t from, uint64_t end) { }
int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

static bool become(uint32_t *word, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void take_contended(struct mutex *m)
{
    while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) != 0) {
        int err = futex_wait(&m->word, 2, FUTEX_ANY, NEVER);

        MUST(err == 0 || err == -EAGAIN || err == -EINTR);
    }
}

static void take(struct mutex *m)
{
    if (!become(&m->word, 0, 1)) take_contended(m);
}

static void give(struct mutex *m)
{
    if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2)
        (void)futex_wake((uint64_t)&m->word, 1, FUTEX_ANY);
}

static void count(struct smp_thread *s)
{
    unsigned n = smp_random(s, MUTEXES);

    take(&mutexes[n]);
    mutexes[n].sum++;
    if (smp_random(s, 4) == 0) smp_work();
    if (smp_random(s, 8) == 0) thread_yield();
    give(&mutexes[n]);
    rounds[s->number]++;
}

static void wait_for_nothing(struct smp_thread *s)
{
    uint32_t word = 5;
    uint64_t until = time_ns() + smp_random(s, 1000000);
    int err = futex_wait(&word, 5, FUTEX_ANY, until);

    MUST(err == -ETIMEDOUT || err == -EINTR);
    MUST(err == -EINTR || time_ns() >= until);
    (void)__atomic_fetch_add(err == -EINTR ? &interrupted : &expired, 1, __ATOMIC_RELAXED);
    MUST(futex_wait(&word, 6, FUTEX_ANY, until) == -EAGAIN);
}

static void change_cpus(struct smp_thread *s)
{
    uint32_t mask = 1 + smp_random(s, 15), online = (UINT32_C(1) << cpu_count) - 1;
    int err = thread_set_affinity(&s->t, mask);

    MUST(err == (mask & online ? 0 : -EINVAL));
    if (err == 0) MUST(mask >> cpu_self()->index & 1);
}

static void change_policy(struct smp_thread *s)
{
    unsigned policy = smp_random(s, 3);
    struct thread *whose = &threads[smp_random(s, THREADS)].t;

    MUST(thread_set_policy(whose, policy, policy == POLICY_OTHER ? 0 : 1 + smp_random(s, 5)) == 0);
}

static void live(struct smp_thread *s)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        switch (smp_random(s, 12)) {
        case 0: wait_for_nothing(s); break;
        case 1: change_cpus(s); break;
        case 2: change_policy(s); break;
        case 3: thread_interrupt(&threads[smp_random(s, THREADS)].t); break;
        case 4: thread_yield(); break;
        default: count(s); break;
        }
        smp_work();
    }
}

static void run(unsigned n, void (*fn)(struct smp_thread *))
{
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i].fn = fn;
        rounds[i] = 0;
    }
    smp_run(n, threads, THREADS);
    for (unsigned i = 0; i < THREADS; i++) assert_true(list_is_empty(&threads[i].t.wait));
}

/* regression: uk 26, 28, 29 */
static void nobody_is_in_a_mutex_with_another(void **state)
{
    for (unsigned n = 1; n <= 4; n++) {
        unsigned long sum = 0, all = 0;

        expired = interrupted = 0;
        for (unsigned i = 0; i < MUTEXES; i++) mutexes[i] = (struct mutex){ 0 };
        run(n, live);
        for (unsigned i = 0; i < MUTEXES; i++) {
            sum += mutexes[i].sum;
            assert_int_equal(mutexes[i].word, 0);
        }
        for (unsigned i = 0; i < THREADS; i++) all += rounds[i];
        assert_int_equal(sum, all);
        assert_true(expired > 0 && interrupted > 0);
    }
}

static struct mutex store;
static uint32_t arrivals;
static unsigned items, taken[THREADS];

/* One is woken, the others are sent to wait for the mutex. */
static void make(struct smp_thread *s)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        take(&store);
        items++;
        (void)__atomic_fetch_add(&arrivals, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&store.word, 2, __ATOMIC_RELAXED);
        (void)futex_requeue((uint64_t)&arrivals, smp_random(s, 2), (uint64_t)&store.word, THREADS);
        give(&store);
        if (smp_random(s, 4) == 0) thread_yield();
        smp_work();
    }
}

static void use(struct smp_thread *s)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        take(&store);
        while (items == 0) {
            uint32_t seen = __atomic_load_n(&arrivals, __ATOMIC_RELAXED);

            give(&store);
            MUST(futex_wait(&arrivals, seen, FUTEX_ANY, NEVER) <= 0);
            take_contended(&store);
        }
        items--;
        taken[s->number]++;
        give(&store);
        smp_work();
    }
}

static void make_or_use(struct smp_thread *s)
{
    if (s->number % 2 == 0) make(s);
    else use(s);
}

static void who_is_moved_to_another_word_is_woken_there(void **state)
{
    for (unsigned n = 1; n <= 4; n++) {
        unsigned sum = 0;

        for (unsigned i = 0; i < THREADS; i++) taken[i] = 0;
        run(n, make_or_use);
        for (unsigned i = 0; i < THREADS; i++) sum += taken[i];
        assert_int_equal(sum, THREADS / 2 * ITEMS);
        assert_int_equal(items, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_in_a_mutex_with_another),
        cmocka_unit_test(who_is_moved_to_another_word_is_woken_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
