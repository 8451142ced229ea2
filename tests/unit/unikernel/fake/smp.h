/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs that do things at the same time: each thread of the kernel is one of the host's, which runs
 * while a CPU is its own. The scheduler decides about that as on a machine; interrupts arrive when
 * they are unmasked. Time is the host's. */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdlib.h>

#include "unikernel/kernel/cpu.h"

struct smp_thread {
    struct thread t;
    void (*fn)(struct smp_thread *self);
    unsigned number;                /* for fn, as the next */
    unsigned seed;
    /* the rest is smp.c's */
    pthread_t host;
    sem_t go;
    jmp_buf interrupted;
};

/** Run these threads, which have fn, on so many CPUs, until all have ended. */
void smp_run(unsigned how_many, struct smp_thread *threads, unsigned count);

/** Where an application would be interrupted. */
static inline void smp_work(void) { host_irqs_on(); }

static inline unsigned smp_random(struct smp_thread *s, unsigned below)
{
    return (unsigned)rand_r(&s->seed) % below;
}

/** What the test checks holds, or it is over: cmocka knows one thread only. */
#define MUST(condition)                                                                            \
    ((condition) ? (void)0 : smp_failed(#condition, __FILE__, __LINE__))
noreturn_fn void smp_failed(const char *what, const char *file, int line);
