/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "smoke.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* regression: uk 20 */
static void sleep_is_never_short(void)
{
    for (long us = 100; us <= 10000; us *= 10) {
        long long begin = now_ns();

        CHECK(usleep((useconds_t)us) == 0);
        CHECK(now_ns() - begin >= us * 1000);
    }
}

/* The best of some: what the host's scheduler adds is not ours. */
/* regression: uk 20, 21 */
static void a_sleep_of_a_millisecond_takes_one(void)
{
    long long best = 1000000000;

    for (int i = 0; i < 50; i++) {
        long long begin = now_ns();

        CHECK(usleep(1000) == 0);
        if (now_ns() - begin < best) best = now_ns() - begin;
    }
    CHECK(best >= 1000000 && best < 1500000);
}

static volatile int let_go;

static void *wait_for_the_cpu(void *arg)
{
    let_go = 1;
    return NULL;
}

/* regression: uk 20 */
static void a_sleep_of_nothing_yields(void)
{
    const struct timespec nothing = { 0, 0 };
    cpu_set_t first, all;
    pthread_t t;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    CHECK(pthread_getaffinity_np(pthread_self(), sizeof(all), &all) == 0);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof(first), &first) == 0);
    let_go = 0;
    CHECK(pthread_create(&t, NULL, wait_for_the_cpu, NULL) == 0);
    for (int i = 0; i < 3 && !let_go; i++) CHECK(nanosleep(&nothing, NULL) == 0);
    CHECK(let_go);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof(all), &all) == 0);
}

static sem_t bell;

static void *wait_then_sleep(void *arg)
{
    struct timespec until;
    long long begin;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;                          /* rung long before */
    if (sem_timedwait(&bell, &until) != 0) return (void *)1;
    begin = now_ns();
    return (void *)(intptr_t)(usleep(1200000) != 0 || now_ns() - begin < 1200000000);
}

/* regression: uk 26 */
static void a_deadline_that_was_not_needed_wakes_nobody(void)
{
    pthread_t t;
    void *r;

    sem_init(&bell, 0, 0);
    CHECK(pthread_create(&t, NULL, wait_then_sleep, NULL) == 0);
    CHECK(usleep(1000) == 0);
    sem_post(&bell);
    CHECK(pthread_join(t, &r) == 0 && r == NULL);
}

static void time_does_not_go_back(void)
{
    long long last = now_ns();

    for (int i = 0; i < 10000; i++) {
        long long now = now_ns();

        CHECK(now >= last);
        last = now;
    }
}

static void the_wall_clock_is_set(void)
{
    CHECK(time(NULL) > 1500000000);
}

static void bad_times_are_refused(void)
{
    struct timespec bad = { 0, 1000000000 };

    CHECK(nanosleep(&bad, NULL) == -1 && errno == EINVAL);
    CHECK(clock_gettime(77, &bad) == -1 && errno == EINVAL);
}

#define SLEEPERS 1000
static struct timespec wake_time;
static int woken;

static void *sleep_until(void *arg)
{
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake_time, NULL);
    __atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* regression: uk 19 */
static void sleepers_until_the_same_moment_all_wake(void)
{
    static pthread_t t[SLEEPERS];
    pthread_attr_t small;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    woken = 0;
    clock_gettime(CLOCK_MONOTONIC, &wake_time);
    wake_time.tv_sec += 1;
    for (int i = 0; i < SLEEPERS; i++) CHECK(pthread_create(&t[i], &small, sleep_until, NULL) == 0);
    for (int i = 0; i < SLEEPERS; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(woken == SLEEPERS);
}

const struct test time_tests[] = {
    { "sleep_is_never_short", sleep_is_never_short },
    { "a_sleep_of_a_millisecond_takes_one", a_sleep_of_a_millisecond_takes_one },
    { "a_sleep_of_nothing_yields", a_sleep_of_nothing_yields },
    { "a_deadline_that_was_not_needed_wakes_nobody", a_deadline_that_was_not_needed_wakes_nobody },
    { "time_does_not_go_back", time_does_not_go_back },
    { "the_wall_clock_is_set", the_wall_clock_is_set },
    { "bad_times_are_refused", bad_times_are_refused },
    { "sleepers_until_the_same_moment_all_wake", sleepers_until_the_same_moment_all_wake },
    { 0 },
};
