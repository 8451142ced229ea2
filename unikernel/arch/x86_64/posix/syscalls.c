/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about signals that only this ISA has. */
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/signal/needs.h"
#include "unikernel/posix/signal/timer.h"
#include "unikernel/posix/syscalls.h"

long sys_pause(long a, long b, long c, long d, long e, long f)
{
    thread_block_prepare();
    return thread_block_finish(NEVER);
}

long sys_alarm(long seconds, long b, long c, long d, long e, long f)
{
    return itimer_alarm((uint32_t)seconds);
}

long sys_signalfd(long fd, long set, long size, long d, long e, long f)
{
    return sys_signalfd4(fd, set, size, 0, 0, 0);
}

/* As pipe2 and mknodat do */
NEEDS_SIGNALS(pipe)
NEEDS_SIGNALS(mknod)
