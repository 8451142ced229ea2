/* SPDX-License-Identifier: Apache-2.0 */
/* Where libc lets a thread that was killed end: at cancellation points, and in waits for mutexes and
 * the like, where libc holds nothing of its own. (The other place is the application's own code, see
 * kernel/sched.c.) Only in images with threads: pthread_create calls __uk_thread_begins. */
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "unikernel/libc/uk_libc.h"
#include "unikernel/malloc/heap.h"

#define MASKED 2                        /* musl's: in pthread_cond_wait, which cleans up first */

long __uk_killed(long n, long a, long b, long c, long d, long e, long f)
{
    int state;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    if (state == MASKED) {
        (void)pthread_cancel(pthread_self());
        return -ECANCELED;
    }
    if (state == PTHREAD_CANCEL_ENABLE || n == SYS_futex) {
        __uk_end();
        (void)pthread_setcancelstate(state, NULL);
        return __uk_syscall6(a, b, c, d, e, f, n);
    }
    (void)pthread_setcancelstate(state, NULL);
    return -EINTR;
}

void __uk_thread_begins(void) { heap_share(); }     /* pthread_create calls no malloc */
