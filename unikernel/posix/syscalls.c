/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "syscall_numbers.h"

#define EACH(X) SYSCALL_PURE_LIST(X) SYSCALL_LIST(X) SYSCALL_LIST_ISA(X)

enum {
    NOT_SERVED,
#define ENTRY(name) AT_##name,
    EACH(ENTRY)
#undef ENTRY
};

static long not_served(long a, long b, long c, long d, long e, long f) { return -ENOSYS; }

const struct syscalls syscalls = {
    .fn = {
        not_served,
#define ENTRY(name) sys_##name,
        EACH(ENTRY)
#undef ENTRY
    },
    .index = {
#define ENTRY(name) [__NR_##name] = AT_##name,
        EACH(ENTRY)
#undef ENTRY
    },
};

_Static_assert(SYSCALL_COUNT <= UINT8_MAX, "an index is a byte");
