/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <errno.h>
#include <pthread.h>
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

#define SLEEPERS 300
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
    clock_gettime(CLOCK_MONOTONIC, &wake_time);
    wake_time.tv_sec += 1;
    for (int i = 0; i < SLEEPERS; i++) CHECK(pthread_create(&t[i], &small, sleep_until, NULL) == 0);
    for (int i = 0; i < SLEEPERS; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(woken == SLEEPERS);
}

const struct test time_tests[] = {
    { "sleep_is_never_short", sleep_is_never_short },
    { "time_does_not_go_back", time_does_not_go_back },
    { "the_wall_clock_is_set", the_wall_clock_is_set },
    { "bad_times_are_refused", bad_times_are_refused },
    { "sleepers_until_the_same_moment_all_wake", sleepers_until_the_same_moment_all_wake },
    { 0 },
};
