/* SPDX-License-Identifier: Apache-2.0 */
/* Who the process and the thread are. These calls are pure (syscalls.h). */
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/syscalls.h"

long sys_getpid(long a, long b, long c, long d, long e, long f)  { return PID; }
long sys_getppid(long a, long b, long c, long d, long e, long f) { return 0; }
long sys_gettid(long a, long b, long c, long d, long e, long f)  { return arch_self()->id; }
long sys_getuid(long a, long b, long c, long d, long e, long f)  { return 0; }
long sys_geteuid(long a, long b, long c, long d, long e, long f) { return 0; }
long sys_getgid(long a, long b, long c, long d, long e, long f)  { return 0; }
long sys_getegid(long a, long b, long c, long d, long e, long f) { return 0; }
