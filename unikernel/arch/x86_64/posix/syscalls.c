/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about signals that only this ISA's libc makes. */
#include "unikernel/kernel/thread.h"
#include "unikernel/posix/syscalls.h"

long sys_pause(long a, long b, long c, long d, long e, long f)
{
    thread_block_prepare();
    return thread_block_finish(NEVER);
}
