/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of musl's function through which all blocking calls go that are cancellation points,
 * and waits for mutexes and the like. */
#include <errno.h>

#include "unikernel/libc/uk_libc.h"

long __syscall_cp(long n, long a, long b, long c, long d, long e, long f);

/* There when the application uses pthread_cancel, pthread_create. */
__attribute__((weak)) long __syscall_cp_c(long n, long a, long b, long c, long d, long e, long f);
__attribute__((weak)) long __uk_killed(long n, long a, long b, long c, long d, long e, long f);

long __syscall_cp(long n, long a, long b, long c, long d, long e, long f)
{
    long result = -EINTR;

    if (!__uk_cancellable(true)) {
        result = __syscall_cp_c != NULL ? __syscall_cp_c(n, a, b, c, d, e, f)
                                        : __uk_syscall6(a, b, c, d, e, f, n);
    }
    if (!__uk_cancellable(false) || result != -EINTR) return result;
    if (__uk_killed == NULL) __uk_end();
    return __uk_killed(n, a, b, c, d, e, f);
}
