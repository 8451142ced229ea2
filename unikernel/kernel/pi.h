/* SPDX-License-Identifier: Apache-2.0 */
/* Futexes whose word names the owner, who inherits the level of those that wait for him, and so on
 * along the chain. The word is Linux's: the owner's id, PI_WAITERS, PI_DIED. */
#pragma once

#include "unikernel/kernel/thread.h"

#define PI_WAITERS UINT32_C(0x80000000)     /* the owner has to call pi_unlock */
#define PI_DIED    UINT32_C(0x40000000)     /* the owner before has ended without unlocking */
#define PI_TID     UINT32_C(0x3fffffff)

/** @return 0 ours, -EDEADLK, -ETIMEDOUT, -EINTR; -ESRCH when the word names nobody; with `try`
 * -EAGAIN instead of waiting. */
int pi_lock(uint32_t *word, bool try, uint64_t deadline_ns) must_check;

/** The longest waiting of the highest level owns it then. -EPERM when it is not ours. */
int pi_unlock(uint32_t *word) must_check;

/* ---- with the lock of the threads held: in thread_with, or at a thread's end */

/** t's own level has changed. */
void pi_changed(struct thread *t);

/** t ends: what it owns goes on to those that wait. */
void pi_exit(struct thread *t);
