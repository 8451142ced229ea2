/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/syscalls.h"

#define SYSCALL_MAX 284

static syscall_fn *const table[SYSCALL_MAX] = {
#define SYSCALL_ENTRY(number, name) [number] = sys_##name,
    SYSCALL_LIST(SYSCALL_ENTRY)
#undef SYSCALL_ENTRY
};

syscall_fn *syscall_find(long n)
{
    return n >= 0 && n < SYSCALL_MAX ? table[n] : 0;
}
