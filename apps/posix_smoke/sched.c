/* SPDX-License-Identifier: Apache-2.0 */
/* Where threads run and who goes first. What would go wrong without the rule tested is, for some, a
 * thread that never runs: the test hangs. */
#define _GNU_SOURCE
#include "smoke.h"
#include "priority.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CPUS_MAX 8

static int cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > CPUS_MAX ? CPUS_MAX : (int)n;
}

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *stay_where_told(void *arg)
{
    int me = (int)(intptr_t)arg;
    const struct timespec moment = { 0, 100000 };

    if (pin(me) != 0) return (void *)1;
    for (int i = 0; i < 60; i++) {
        if (sched_getcpu() != me) return (void *)2;
        if (i % 3 == 0) sched_yield();
        else if (i % 3 == 1) nanosleep(&moment, NULL);
    }
    return NULL;
}

/* regression: uk 28 */
static void a_thread_stays_on_the_cpu_it_is_bound_to(void)
{
    pthread_t t[2 * CPUS_MAX];
    void *r;

    for (int i = 0; i < 2 * cpus(); i++) {
        t[i] = start(stay_where_told, i % cpus(), SCHED_OTHER, 0);
        CHECK(t[i] != 0);
    }
    for (int i = 0; i < 2 * cpus(); i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
}

static void bad_affinities_are_refused(void)
{
    cpu_set_t none, mine;

    CPU_ZERO(&none);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof(none), &none) == EINVAL);
    CHECK(pthread_getaffinity_np(pthread_self(), sizeof(mine), &mine) == 0);
    CHECK(CPU_COUNT(&mine) >= cpus());
}

static unsigned seen;

static void *note_cpu(void *arg)
{
    long long end = now_us() + 10000000;

    /* Until every CPU has been somebody's: others have to come to where nobody is. */
    while (__builtin_popcount(__atomic_load_n(&seen, __ATOMIC_RELAXED)) < cpus()) {
        __atomic_fetch_or(&seen, 1U << sched_getcpu(), __ATOMIC_RELAXED);
        if (now_us() > end) return (void *)1;
    }
    return NULL;
}

/* regression: uk 28 */
static void busy_threads_spread_over_all_cpus(void)
{
    pthread_t t[CPUS_MAX];
    void *r;

    seen = 0;
    for (int i = 0; i < cpus(); i++) CHECK((t[i] = start(note_cpu, 0, SCHED_OTHER, 0)) != 0);
    for (int i = 0; i < cpus(); i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
}

static sem_t ping, pong;

static void *answer(void *arg)
{
    if (pin((int)(intptr_t)arg) != 0) return (void *)1;
    for (int i = 0; i < 20; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

/* The best of some: the host may take its time, but not always. A wake-up that waits for a tick or
 * for the end of a turn would take 10 ms. */
/* regression: uk 28 */
static void a_wake_up_of_another_cpu_takes_effect_at_once(void)
{
    long long best = 1000000;
    pthread_t t;
    void *r;

    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    CHECK(pin(0) == 0);
    t = start(answer, cpus() - 1, SCHED_OTHER, 0);
    CHECK(t != 0);
    for (int i = 0; i < 20; i++) {
        long long begin = now_us();

        sem_post(&ping);
        sem_wait(&pong);
        if (now_us() - begin < best) best = now_us() - begin;
    }
    CHECK(pthread_join(t, &r) == 0 && r == NULL);
    CHECK(best < 5000);
    everywhere();
}

static int order[8], order_len;

static void *note_order(void *arg)
{
    order[__atomic_fetch_add(&order_len, 1, __ATOMIC_RELAXED)] = (int)(intptr_t)arg;
    return NULL;
}

/* regression: uk 27 */
static void the_highest_priority_goes_first(void)
{
    static const int prio[4] = { 0, 10, 40, 20 };
    pthread_t t[4];

    if (!alone_on_cpu_0()) return;
    order_len = 0;
    for (int i = 0; i < 4; i++) {
        t[i] = start(note_order, prio[i], prio[i] ? SCHED_FIFO : SCHED_OTHER, prio[i]);
        CHECK(t[i] != 0);
    }
    for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(order[0] == 40 && order[1] == 20 && order[2] == 10 && order[3] == 0);
    everywhere();
}

static sem_t holds;
static volatile int stage;

static void *take_long(void *arg)
{
    long long end = now_us() + 40000;

    while (now_us() < end) {
        if (stage != 0) return (void *)1;
    }
    return NULL;
}

static void *be_next(void *arg)
{
    sem_wait(&holds);
    stage = 1;
    return NULL;
}

static void fifo_gives_way_only_to_higher_priorities(void)
{
    const struct timespec moment = { 0, 5000000 };
    pthread_t first, second;
    void *r;

    if (!alone_on_cpu_0()) return;
    stage = 0;
    sem_init(&holds, 0, 0);
    second = start(be_next, 0, SCHED_FIFO, 10);
    nanosleep(&moment, NULL);
    first = start(take_long, 0, SCHED_FIFO, 10);
    nanosleep(&moment, NULL);
    CHECK(first != 0 && second != 0);
    sem_post(&holds);
    CHECK(pthread_join(first, &r) == 0 && r == NULL);
    CHECK(pthread_join(second, NULL) == 0);
    everywhere();
}

static void *until_both_have_run(void *arg)
{
    __atomic_fetch_add(&stage, 1, __ATOMIC_RELAXED);
    while (stage < 2) { }
    return NULL;
}

static void round_robin_takes_turns(void)
{
    pthread_t t[2];

    if (!alone_on_cpu_0()) return;
    stage = 0;
    for (int i = 0; i < 2; i++) CHECK((t[i] = start(until_both_have_run, 0, SCHED_RR, 10)) != 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], NULL) == 0);
    everywhere();
}

static void policies_read_back_and_bad_ones_are_refused(void)
{
    struct sched_param p = { .sched_priority = 7 };
    int policy;

    CHECK(prioritise(pthread_self(), SCHED_OTHER, 1) == EINVAL);
    CHECK(prioritise(pthread_self(), SCHED_FIFO, 100) == EINVAL);
    CHECK(prioritise(pthread_self(), SCHED_RR, 0) == EINVAL);
    CHECK(sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_RR) == 99);
    if (prioritise(pthread_self(), SCHED_RR, 7) != 0) return;
    p.sched_priority = 0;
    CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0);
    CHECK(policy == SCHED_RR && p.sched_priority == 7);
    CHECK(pthread_setschedprio(pthread_self(), 9) == 0);
    CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0);
    CHECK(policy == SCHED_RR && p.sched_priority == 9);
    everywhere();
}

const struct test sched_tests[] = {
    { "a_thread_stays_on_the_cpu_it_is_bound_to", a_thread_stays_on_the_cpu_it_is_bound_to },
    { "bad_affinities_are_refused", bad_affinities_are_refused },
    { "busy_threads_spread_over_all_cpus", busy_threads_spread_over_all_cpus },
    { "a_wake_up_of_another_cpu_takes_effect_at_once",
      a_wake_up_of_another_cpu_takes_effect_at_once },
    { "the_highest_priority_goes_first", the_highest_priority_goes_first },
    { "fifo_gives_way_only_to_higher_priorities", fifo_gives_way_only_to_higher_priorities },
    { "round_robin_takes_turns", round_robin_takes_turns },
    { "policies_read_back_and_bad_ones_are_refused",
      policies_read_back_and_bad_ones_are_refused },
    { 0 },
};
