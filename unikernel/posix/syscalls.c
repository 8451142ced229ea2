/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/syscalls.h"
#include "syscall_numbers.h"

static syscall_fn *const table[] = {
#define SYSCALL_ENTRY(name) [__NR_##name] = sys_##name,
    SYSCALL_LIST(SYSCALL_ENTRY)
    SYSCALL_LIST_ISA(SYSCALL_ENTRY)
#undef SYSCALL_ENTRY
};

syscall_fn *syscall_find(long n)
{
    return (unsigned long)n < sizeof(table) / sizeof(table[0]) ? table[n] : 0;
}
