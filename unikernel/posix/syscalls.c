/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "syscall_numbers.h"

#define EACH(X) SYSCALL_PURE_LIST(X) SYSCALL_LIST(X) SYSCALL_LIST_ISA(X)

/* The features of the image this is compiled for */
#if defined(UK_FEATURE_posix)
#define MORE(X) SYSCALL_LIST_FS(X) SYSCALL_LIST_POSIX(X)
#elif defined(UK_FEATURE_fs)
#define MORE(X) SYSCALL_LIST_FS(X)
#else
#define MORE(X)
#endif

enum {
    NOT_SERVED,
#define ENTRY(name) AT_##name,
    EACH(ENTRY)
    LAST_BEFORE_MORE = SYSCALL_MORE - 1,
    MORE(ENTRY)
#undef ENTRY
    AFTER_ALL,
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
        EACH(ENTRY) MORE(ENTRY)
#undef ENTRY
    },
#ifdef UK_FEATURE_fs
    .more = {
#define ENTRY(name) sys_##name,
        MORE(ENTRY)
#undef ENTRY
    },
#endif
};

_Static_assert(AFTER_ALL - 1 <= UINT8_MAX, "an index is a byte");
