/* SPDX-License-Identifier: Apache-2.0 */
/* System calls: Linux's numbers for this ISA, Linux's results. A call that is not in the table is
 * -ENOSYS. */
#pragma once

#include "unikernel/posix/fs/calls.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/signal/calls.h"

#define PID 100                     /* of the one process, its group and session; main has it, too */

/** Does kill send it to us? Not -1, which is everybody else. */
static inline bool is_our_pid(long pid) { return (int)pid == PID || (int)pid == 0 || (int)pid == -PID; }

typedef long syscall_fn(long a, long b, long c, long d, long e, long f);

#define SYSCALL_NUMBERS 456U        /* above all that are served, on any ISA; a multiple of 8 */

/* clang-format off */
/* These neither block, nor take a lock, nor look at memory of the application: the gate hands them on
 * at depth 0. */
#define SYSCALL_PURE_LIST(X) X(getppid) X(getpid) X(getuid) X(geteuid) X(getgid) X(getegid) X(gettid)

#define SYSCALL_LIST(X)                                                                            \
    X(fcntl) X(ioctl) X(faccessat) X(openat) X(close) X(lseek) X(read) X(write) X(readv)          \
    X(writev) X(ppoll) X(newfstatat) X(fstat) X(exit) X(exit_group) X(set_tid_address) X(futex)   \
    X(set_robust_list) X(nanosleep) X(clock_gettime) X(clock_getres) X(clock_nanosleep)           \
    X(sched_getaffinity) X(sched_yield) X(kill) X(tkill) X(tgkill) X(rt_sigaction)                \
    X(rt_sigprocmask) X(uname) X(prctl) X(sysinfo) X(brk) X(munmap) X(mmap) X(mprotect) X(madvise)               \
    X(prlimit64) X(getrandom) X(get_robust_list) X(sched_setscheduler)              \
    X(sched_getscheduler) X(sched_setparam) X(sched_getparam) X(sched_get_priority_max)           \
    X(sched_get_priority_min) X(sched_rr_get_interval) X(sched_setaffinity) X(getcpu)
/* clang-format on */

#define SYSCALL_COUNT_ONE(name) + 1U
#define SYSCALL_PURE            (0U SYSCALL_PURE_LIST(SYSCALL_COUNT_ONE))

/* The table of an image has those calls that its program can make: which these are, the functions of
 * libc say that are linked into it (posix/syscall_arch.h), and tools/uk_calls.py makes the table.
 * index says for a number which function serves it. 0 is for those that are not served; then come the
 * pure ones. */
struct syscalls {
    uint8_t index[SYSCALL_NUMBERS];
    syscall_fn *fn[];
};

/* Under these names the table finds them, and no program that has a function sys_read does. */
#define SYSCALL_DECLARE_PURE(name) syscall_fn sys_##name __asm__("__uk_pure_" #name);
#define SYSCALL_DECLARE(name)      syscall_fn sys_##name __asm__("__uk_sys_" #name);
SYSCALL_PURE_LIST(SYSCALL_DECLARE_PURE)
SYSCALL_LIST(SYSCALL_DECLARE)
SYSCALL_LIST_ISA(SYSCALL_DECLARE)
SYSCALL_LIST_FS(SYSCALL_DECLARE)
SYSCALL_LIST_POSIX(SYSCALL_DECLARE)
#undef SYSCALL_DECLARE_PURE
#undef SYSCALL_DECLARE
