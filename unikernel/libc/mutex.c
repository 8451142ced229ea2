/* SPDX-License-Identifier: Apache-2.0 */
/* Unlocking a mutex of the default type, which musl does together with all others. Whoever waits has
 * counted itself, and has set the sign of the lock's word if it sleeps. */
#include <pthread.h>
#include <sys/syscall.h>

#include "unikernel/libc/uk_libc.h"

#define TYPE(m)    ((m)->__u.__i[0])
#define WORD(m)    (&(m)->__u.__i[1])
#define WAITERS(m) ((m)->__u.__vi[2])
#define FUTEX_WAKE 1

int __pthread_mutex_unlock(pthread_mutex_t *m);
int __musl_mutex_unlock(pthread_mutex_t *m);        /* what musl calls __pthread_mutex_unlock (musl.mk) */

int __pthread_mutex_unlock(pthread_mutex_t *m)
{
    int waiters, was;

    if (TYPE(m) & 15) return __musl_mutex_unlock(m);
    waiters = WAITERS(m);               /* the mutex may be gone once it is free */
    /* Release: what was done under the lock is seen by the next who takes it. */
    was = __atomic_exchange_n(WORD(m), 0, __ATOMIC_RELEASE);
    if (__builtin_expect(waiters != 0 || was < 0, 0)) {
        (void)__uk_syscall3((long)WORD(m), FUTEX_WAKE, 1, SYS_futex);
    }
    return 0;
}

__attribute__((alias("__pthread_mutex_unlock"))) int pthread_mutex_unlock(pthread_mutex_t *m);
