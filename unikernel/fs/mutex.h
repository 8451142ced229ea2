/* SPDX-License-Identifier: Apache-2.0 */
/* A lock whose holder may take long: who waits for it sleeps. For threads, not for handlers. The
 * order is in vnode.h; spinlocks are inside. A kill or a cancellation waits until the call is over.
 */
#pragma once

#include "lib/compiler.h"

struct mutex {
    uint32_t word;                  /* 0 free, 1 taken, 2 taken and waited for */
};

void mutex_wait(struct mutex *m);
void mutex_wake(struct mutex *m);

static inline void mutex_take(struct mutex *m)
{
    uint32_t free = 0;

    if (!__atomic_compare_exchange_n(&m->word, &free, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        mutex_wait(m);
    }
}

static inline void mutex_give(struct mutex *m)
{
    if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2) mutex_wake(m);
}

static inline void mutex_scope_end(struct mutex **m) { mutex_give(*m); }

/** Held until the end of the scope. */
#define MUTEX_SCOPED(m)                                                                            \
    struct mutex *held_mutex_ __attribute__((cleanup(mutex_scope_end))) = (m);                     \
    mutex_take(held_mutex_)
