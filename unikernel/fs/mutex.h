/* SPDX-License-Identifier: Apache-2.0 */
/* A lock whose holder may take long: who waits for it sleeps. For threads, not for handlers. The
 * order is in vnode.h; spinlocks are inside. A kill or a cancellation waits until the call is over.
 */
#pragma once

#include "lib/compiler.h"

struct mutex {
    uint32_t word;                  /* 0 free, 1 taken, 2 taken and waited for */
};

void mutex_take(struct mutex *m);
void mutex_give(struct mutex *m);

static inline void mutex_scope_end(struct mutex **m) { mutex_give(*m); }

/** Held until the end of the scope. */
#define MUTEX_SCOPED(m)                                                                            \
    struct mutex *held_mutex_ __attribute__((cleanup(mutex_scope_end))) = (m);                     \
    mutex_take(held_mutex_)
