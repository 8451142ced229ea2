/* SPDX-License-Identifier: Apache-2.0 */
/* Threads with a CPU and a priority. Tests of priorities happen on CPU 0, with main above all others
 * while it prepares them; they do nothing where the system does not let us have priorities. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>

#define MAIN_PRIO 50

static inline int pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static inline int prioritise(pthread_t t, int policy, int prio)
{
    const struct sched_param p = { .sched_priority = prio };

    return pthread_setschedparam(t, policy, &p);
}

static inline void everywhere(void)
{
    cpu_set_t set;

    memset(&set, 0xff, sizeof(set));
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
    prioritise(pthread_self(), SCHED_OTHER, 0);
}

/* False: we may not have priorities here. */
static inline int alone_on_cpu_0(void)
{
    if (pin(0) == 0 && prioritise(pthread_self(), SCHED_FIFO, MAIN_PRIO) == 0) return 1;
    everywhere();
    return 0;
}

static inline pthread_t start(void *(*fn)(void *), intptr_t arg, int policy, int prio)
{
    pthread_t t;

    if (pthread_create(&t, NULL, fn, (void *)arg) != 0) return 0;
    prioritise(t, policy, prio);
    return t;
}
