/* SPDX-License-Identifier: Apache-2.0 */
/* Who the process and the thread are, and whether it is still there. The calls are pure (syscalls.h). */
#include "unikernel/kernel/thread.h"
#include "unikernel/libc/uk_libc.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/syscalls.h"

#define EXIT_STACK 1024U        /* of what pthread_exit calls, beside the gate */

long sys_getpid(long a, long b, long c, long d, long e, long f)  { return PID; }
long sys_getppid(long a, long b, long c, long d, long e, long f) { return 0; }
long sys_gettid(long a, long b, long c, long d, long e, long f)  { return arch_self()->id; }
long sys_getuid(long a, long b, long c, long d, long e, long f)  { return 0; }
long sys_geteuid(long a, long b, long c, long d, long e, long f) { return 0; }
long sys_getgid(long a, long b, long c, long d, long e, long f)  { return 0; }
long sys_getegid(long a, long b, long c, long d, long e, long f) { return 0; }

/* A stack that is used up is found while libc has done nothing yet. As gate_touch_stack, but without a
 * frame: it is part of the life of each thread. */
void __uk_exiting(void)
{
    (void)*((volatile char *)arch_sp() - (GATE_STACK + EXIT_STACK));
    arch_self()->exiting = true;
}
