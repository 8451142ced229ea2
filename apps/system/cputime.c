/* SPDX-License-Identifier: Apache-2.0 */
/* What threads and the process have taken of the CPUs. Comparisons hold however busy the host is. */
#include "system.h"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>

#define MS 1000000LL

static long long now_of(clockid_t id)
{
    struct timespec t;

    return clock_gettime(id, &t) == 0 ? t.tv_sec * 1000 * MS + t.tv_nsec : -1;
}

static void spin(long long ns)
{
    long long until = now_of(CLOCK_THREAD_CPUTIME_ID) + ns;

    while (now_of(CLOCK_THREAD_CPUTIME_ID) < until) { }
}

static pthread_barrier_t met;

static void *work(void *arg)
{
    spin(20 * MS);
    (void)pthread_barrier_wait(&met);       /* has worked */
    (void)pthread_barrier_wait(&met);       /* and has been looked at */
    return NULL;
}

static void a_thread_is_charged_what_it_ran(void)
{
    long long process = now_of(CLOCK_PROCESS_CPUTIME_ID), taken;
    struct timespec pause = { 0, 5 * MS };
    pthread_t worker;
    clockid_t id;

    CHECK(pthread_barrier_init(&met, NULL, 2) == 0);
    CHECK(pthread_create(&worker, NULL, work, NULL) == 0);
    CHECK(pthread_getcpuclockid(worker, &id) == 0);
    (void)pthread_barrier_wait(&met);
    do {
        taken = now_of(id);
        (void)nanosleep(&pause, NULL);
    } while (now_of(id) != taken);          /* until it waits again */
    CHECK(taken >= 20 * MS);
    CHECK(now_of(CLOCK_PROCESS_CPUTIME_ID) - process >= taken);
    (void)pthread_barrier_wait(&met);
    CHECK(pthread_join(worker, NULL) == 0);
    CHECK(now_of(CLOCK_PROCESS_CPUTIME_ID) - process >= taken);
    CHECK(pthread_barrier_destroy(&met) == 0);
}

static void who_sleeps_takes_nothing(void)
{
    long long from = now_of(CLOCK_MONOTONIC), process = now_of(CLOCK_PROCESS_CPUTIME_ID);
    struct timespec pause = { 0, 50 * MS };

    CHECK(nanosleep(&pause, NULL) == 0);
    process = now_of(CLOCK_PROCESS_CPUTIME_ID) - process;
    CHECK(process > 0 && process < now_of(CLOCK_MONOTONIC) - from);
}

static volatile int over;

static void *give_way(void *taken)
{
    while (!over) sched_yield();
    *(long long *)taken = now_of(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

static void no_time_is_charged_twice(void)
{
    long long from = now_of(CLOCK_MONOTONIC), mine = now_of(CLOCK_THREAD_CPUTIME_ID), taken[2];
    cpu_set_t all, first;
    pthread_t threads[2];

    over = 0;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
    CHECK(sched_setaffinity(0, sizeof(first), &first) == 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, give_way, &taken[i]) == 0);
    spin(10 * MS);
    over = 1;
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    mine = now_of(CLOCK_THREAD_CPUTIME_ID) - mine;
    CHECK(mine >= 10 * MS && taken[0] > 0 && taken[1] > 0);
    CHECK(mine + taken[0] + taken[1] <= now_of(CLOCK_MONOTONIC) - from);
    CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

static void the_process_has_a_clock_by_its_id(void)
{
    clockid_t id;

    CHECK(clock_getcpuclockid(getpid(), &id) == 0 && now_of(id) >= 20 * MS);
    CHECK(clock_getcpuclockid(0, &id) == 0 && now_of(id) >= 20 * MS);
    CHECK(clock_getcpuclockid(30000, &id) == ESRCH);
}

const struct test cputime_tests[] = {
    { "a_thread_is_charged_what_it_ran", a_thread_is_charged_what_it_ran },
    { "who_sleeps_takes_nothing", who_sleeps_takes_nothing },
    { "no_time_is_charged_twice", no_time_is_charged_twice },
    { "the_process_has_a_clock_by_its_id", the_process_has_a_clock_by_its_id },
    { 0 },
};
