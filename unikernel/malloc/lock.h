/* SPDX-License-Identifier: Apache-2.0 */
/* 0 free, 1 taken, 2 taken and waited for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Wait until it is ours; wake one who waits. */
void heap_wait(uint32_t *lock);
void heap_wake(uint32_t *lock);

static inline void heap_lock(uint32_t *lock)
{
    uint32_t free = 0;

    /* Acquire: what the holder before wrote until its heap_unlock is seen after this. */
    if (!__atomic_compare_exchange_n(lock, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        heap_wait(lock);
}

static inline void heap_unlock(uint32_t *lock)
{
    if (__builtin_expect(__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2, 0)) heap_wake(lock);
}
