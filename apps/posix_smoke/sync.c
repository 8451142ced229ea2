/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers, things done once, locks of readers and writers, spin locks. */
#define _GNU_SOURCE
#include "smoke.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

#define THREADS 5
#define ROUNDS  40

static pthread_t threads[THREADS];

static int run_all(void *(*fn)(void *))
{
    int wrong = 0;
    void *r;

    for (intptr_t i = 0; i < THREADS; i++) wrong |= pthread_create(&threads[i], NULL, fn, (void *)i);
    for (int i = 0; i < THREADS; i++) wrong |= pthread_join(threads[i], &r) != 0 || r != NULL;
    return wrong == 0;
}

static pthread_barrier_t barrier;
static int came[ROUNDS], was_last[ROUNDS];

static void *meet(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        int r;

        if (i % THREADS == (int)(intptr_t)arg) sched_yield();
        __atomic_add_fetch(&came[i], 1, __ATOMIC_RELAXED);
        r = pthread_barrier_wait(&barrier);
        if (r != 0 && r != PTHREAD_BARRIER_SERIAL_THREAD) return (void *)1;
        if (__atomic_load_n(&came[i], __ATOMIC_RELAXED) != THREADS) return (void *)2;
        if (r != 0) __atomic_add_fetch(&was_last[i], 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void a_barrier_lets_all_go_or_nobody(void)
{
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    CHECK(run_all(meet));
    for (int i = 0; i < ROUNDS; i++) CHECK(was_last[i] == 1);
    CHECK(pthread_barrier_destroy(&barrier) == 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int done_times;

static void take_a_while(void)
{
    const struct timespec ms = { 0, 1000000 };

    nanosleep(&ms, NULL);
    done_times++;
}

static void *do_once(void *arg)
{
    if (pthread_once(&once, take_a_while) != 0) return (void *)1;
    return (void *)(intptr_t)(done_times != 1);
}

static void what_is_done_once_is_done_before_anybody_goes_on(void)
{
    CHECK(run_all(do_once));
    CHECK(done_times == 1);
}

static pthread_rwlock_t book = PTHREAD_RWLOCK_INITIALIZER;
static long left_page, right_page;

static void *read_and_write(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        int writes = (i + (int)(intptr_t)arg) % 4 == 0;

        if (writes ? pthread_rwlock_wrlock(&book) : pthread_rwlock_rdlock(&book)) return (void *)1;
        if (left_page != right_page) return (void *)2;
        left_page += writes;
        if (i % 8 == 0) sched_yield();
        right_page += writes;
        if (pthread_rwlock_unlock(&book) != 0) return (void *)3;
    }
    return NULL;
}

static void writers_are_alone(void)
{
    CHECK(run_all(read_and_write));
    CHECK(left_page == THREADS * ROUNDS / 4 && right_page == left_page);
}

static void *try_to_write(void *arg)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    if (pthread_rwlock_trywrlock(&book) != EBUSY) return (void *)1;
    if (pthread_rwlock_timedwrlock(&book, &until) != ETIMEDOUT) return (void *)2;
    if (pthread_rwlock_tryrdlock(&book) != 0) return (void *)3;
    return (void *)(intptr_t)pthread_rwlock_unlock(&book);
}

static void readers_read_together(void)
{
    CHECK(pthread_rwlock_rdlock(&book) == 0);
    CHECK(run_all(try_to_write));
    CHECK(pthread_rwlock_unlock(&book) == 0);
}

static pthread_spinlock_t spin;
static long sum;

static void *add_up(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        pthread_spin_lock(&spin);
        sum++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

static void spin_locks_exclude_all_others(void)
{
    CHECK(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
    CHECK(run_all(add_up));
    CHECK(sum == THREADS * 1000);
    CHECK(pthread_spin_trylock(&spin) == 0 && pthread_spin_trylock(&spin) == EBUSY);
    CHECK(pthread_spin_unlock(&spin) == 0);
}

const struct test sync_tests[] = {
    { "a_barrier_lets_all_go_or_nobody", a_barrier_lets_all_go_or_nobody },
    { "what_is_done_once_is_done_before_anybody_goes_on",
      what_is_done_once_is_done_before_anybody_goes_on },
    { "writers_are_alone", writers_are_alone },
    { "readers_read_together", readers_read_together },
    { "spin_locks_exclude_all_others", spin_locks_exclude_all_others },
    { 0 },
};
