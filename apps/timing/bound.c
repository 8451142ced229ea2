/* SPDX-License-Identifier: Apache-2.0 */
/* The most urgent thread sleeps, is woken by others, and waits for a lock of the least urgent one, on one
 * CPU with threads that do what holds a kernel up: large mappings, threads by the dozen, many that are
 * woken at once, output. Told is the worst of each in nanoseconds. It means something where time is
 * counted in instructions; elsewhere the host's scheduler is in it. */
#define _GNU_SOURCE
#include "timing.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS     200
#define LOCKED     20               /* rounds of the lock: its owner has its turn now and then */
#define PERIOD_NS  1000000L
#define WORK       20000            /* loops with the lock held */
#define HERD       30
#define MAPPED     (1L << 20)       /* mmap and mprotect are done in one go */

static volatile int done;
static pthread_mutex_t shared;
static sem_t wanted, called;
static volatile long called_at;

static void priority(int prio)
{
    const struct sched_param p = { .sched_priority = prio };

    pthread_setschedparam(pthread_self(), prio ? SCHED_FIFO : SCHED_OTHER, &p);
}

static void *compute(void *arg)
{
    while (!done) {
        for (volatile int i = 0; i < 10000 && !done; i++) { }
        usleep(300);
    }
    return arg;
}

static void *map_and_unmap(void *arg)
{
    while (!done) {
        char *p = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED) return p;
        for (long i = 0; i < MAPPED; i += 4096) p[i] = 1;
        mprotect(p, MAPPED, PROT_READ);
        munmap(p, MAPPED);
    }
    return arg;
}

static void *end_at_once(void *arg) { return arg; }

static void *start_threads(void *arg)
{
    pthread_t t[HERD];

    while (!done) {
        for (int i = 0; i < HERD; i++) pthread_create(&t[i], NULL, end_at_once, NULL);
        for (int i = 0; i < HERD; i++) pthread_join(t[i], NULL);
    }
    return arg;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;

static void *wait_in_the_herd(void *arg)
{
    pthread_mutex_lock(&gate);
    while (!done) pthread_cond_wait(&bell, &gate);
    pthread_mutex_unlock(&gate);
    return arg;
}

static void *wake_the_herd(void *arg)
{
    pthread_t t[HERD];

    for (int i = 0; i < HERD; i++) pthread_create(&t[i], NULL, wait_in_the_herd, NULL);
    while (!done) {
        pthread_mutex_lock(&gate);
        pthread_cond_broadcast(&bell);
        pthread_mutex_unlock(&gate);
        usleep(500);
    }
    pthread_mutex_lock(&gate);
    pthread_cond_broadcast(&bell);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < HERD; i++) pthread_join(t[i], NULL);
    return arg;
}

static void *print(void *arg)
{
    while (!done) {
        puts("a line of some length, to keep the console busy for a while, again and again and again");
        usleep(3000);
    }
    return arg;
}

static void work(void)
{
    for (volatile int i = 0; i < WORK; i++) { }
}

/* The least urgent: has the lock whenever the most urgent comes for it. */
static void *hold(void *arg)
{
    while (!done) {
        pthread_mutex_lock(&shared);
        sem_post(&wanted);
        work();
        pthread_mutex_unlock(&shared);
        usleep(100);
    }
    return arg;
}

static void *call(void *arg)
{
    while (!done) {
        called_at = now_ns(CLOCK_MONOTONIC);
        sem_post(&called);
        usleep(700);
    }
    return arg;
}

static long worst_sleep(void)
{
    long worst = 0, at = now_ns(CLOCK_MONOTONIC);

    for (int i = 0; i < ROUNDS; i++) {
        struct timespec t = at_ns(at += PERIOD_NS + i % 50 * 7000);
        long late;

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        late = now_ns(CLOCK_MONOTONIC) - at;
        if (late > worst) worst = late;
        at = now_ns(CLOCK_MONOTONIC);
    }
    return worst;
}

static long worst_call(void)
{
    long worst = 0;

    while (sem_trywait(&called) == 0) { }
    for (int i = 0; i < ROUNDS; i++) {
        long late;

        sem_wait(&called);
        late = now_ns(CLOCK_MONOTONIC) - called_at;
        if (late > worst) worst = late;
    }
    return worst;
}

static long worst_lock(void)
{
    long worst = 0;

    while (sem_trywait(&wanted) == 0) { }
    for (int i = 0; i < LOCKED; i++) {
        long begin, waited;

        sem_wait(&wanted);
        begin = now_ns(CLOCK_MONOTONIC);
        pthread_mutex_lock(&shared);
        waited = now_ns(CLOCK_MONOTONIC) - begin;
        pthread_mutex_unlock(&shared);
        if (waited > worst) worst = waited;
    }
    return worst;
}

static const struct other {
    void *(*run)(void *);
    int priority;
} others[] = {
    { compute, 0 }, { compute, 5 }, { compute, 20 }, { map_and_unmap, 0 }, { start_threads, 0 },
    { wake_the_herd, 0 }, { print, 0 }, { hold, 0 }, { call, 10 },
};
enum { OTHERS = sizeof(others) / sizeof(others[0]) };

/* A thread begins with the priority of who starts it. */
static void *begin_other(void *arg)
{
    const struct other *o = arg;

    priority(o->priority);
    return o->run(NULL);
}

int tell_bounds(void)
{
    pthread_t t[OTHERS];
    pthread_mutexattr_t inherit;
    long alone, begin, slept, woken, locked;

    pthread_mutexattr_init(&inherit);
    pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&shared, &inherit);
    sem_init(&wanted, 0, 0);
    sem_init(&called, 0, 0);
    priority(40);
    begin = now_ns(CLOCK_MONOTONIC);
    work();
    alone = now_ns(CLOCK_MONOTONIC) - begin;
    for (int i = 0; i < OTHERS; i++) {
        if (pthread_create(&t[i], NULL, begin_other, (void *)(uintptr_t)&others[i]) != 0) return 1;
    }
    slept = worst_sleep();
    woken = worst_call();
    locked = worst_lock();
    done = 1;
    for (int i = 0; i < OTHERS; i++) pthread_join(t[i], NULL);
    printf("worst: sleep %ld, call %ld, lock %ld of which %ld are its owner's\n", slept, woken, locked, alone);
    return 0;
}
