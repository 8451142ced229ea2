/* SPDX-License-Identifier: Apache-2.0 */
/* An interrupt of the timer that changes nothing for the thread it interrupts: a thread of lower
 * priority has slept long enough. It comes in one of many equal stretches of nops, which is then
 * longer than the others. */
#define _GNU_SOURCE
#include "bench.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#define BEFORE_NS 100000        /* awake that long before the interrupt, and after it */

static sem_t told;
static struct timespec moment;

static struct timespec later(struct timespec t, long ns)
{
    t.tv_nsec += ns;
    if (t.tv_nsec < 0) t.tv_sec--, t.tv_nsec += 1000000000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    return t;
}

static int is_before(struct timespec t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec < t.tv_nsec);
}

static void *sleep_when_told(void *arg)
{
    bench_priority(1);
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&told);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
    }
    return arg;
}

void bench_timer_irq(void)
{
    pthread_t sleeper;

    sem_init(&told, 0, 0);
    pthread_create(&sleeper, NULL, sleep_when_told, NULL);
    bench_priority(2);
    for (int i = 0; i < ROUNDS; i++) {
        struct timespec before;

        clock_gettime(CLOCK_MONOTONIC, &moment);
        moment = later(moment, 10 * BEFORE_NS);
        before = later(moment, -BEFORE_NS - 100 * i); /* so that it does not always come between stretches */
        sem_post(&told);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &before, NULL);
        while (is_before(later(moment, BEFORE_NS))) {
            MARK(MARK_SPIN);
            __asm__ volatile(".rept 1000\n nop\n .endr");
            MARK(MARK_SPIN);
        }
    }
    pthread_join(sleeper, NULL);
    bench_priority(0);
}
