/* SPDX-License-Identifier: Apache-2.0 */
/* From a signal of a condition to the thread that waited for it, on another CPU that idled. */
#define _GNU_SOURCE
#include "bench.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int calls;

static void stay_on(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0) printf("no CPU %d here\n", cpu);
}

static void *wait_for_calls(void *arg)
{
    stay_on(1);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        while (calls == i) pthread_cond_wait(&changed, &lock);
        MARK(MARK_WOKEN);
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

void bench_wake_remote(void)
{
    const struct timespec until_both_idle = { 0, 1000000 };
    pthread_t waiter;

    calls = 0;
    stay_on(0);
    pthread_create(&waiter, NULL, wait_for_calls, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        nanosleep(&until_both_idle, NULL);
        pthread_mutex_lock(&lock);
        calls++;
        pthread_mutex_unlock(&lock);
        MARK(MARK_SIGNAL);
        pthread_cond_signal(&changed);
        MARK(MARK_SIGNALLED);
    }
    pthread_join(waiter, NULL);
}
