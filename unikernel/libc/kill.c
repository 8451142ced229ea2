/* SPDX-License-Identifier: Apache-2.0 */
/* Where libc lets a thread that was killed end: at cancellation points, and in waits for mutexes and
 * the like, where libc holds nothing of its own. (The other place is the application's own code, see
 * kernel/sched.c.) Only in images with threads: this is where pthread_create comes from. */
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "unikernel/libc/uk_libc.h"
#include "unikernel/malloc/heap.h"

#define MASKED 2                        /* musl's: in pthread_cond_wait, which cleans up first */

/* thrd_create calls the first; the second is what musl calls __pthread_create (musl.mk), which calls no malloc. */
int __pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __musl_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
_Noreturn void __pthread_exit(void *result);

long __uk_killed(long n, long a, long b, long c, long d, long e, long f)
{
    int state;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    if (state == MASKED) {
        (void)pthread_cancel(pthread_self());
        return -ECANCELED;
    }
    if (state == PTHREAD_CANCEL_ENABLE || n == SYS_futex) __uk_end();
    (void)pthread_setcancelstate(state, NULL);
    return n == SYS_futex ? __uk_syscall6(a, b, c, d, e, f, n) : -EINTR;
}

int __pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
    heap_share();
    return __musl_pthread_create(t, attr, fn, arg);
}

__attribute__((alias("__pthread_create"))) int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

void pthread_exit(void *result)
{
    __uk_exiting();
    __pthread_exit(result);
}
