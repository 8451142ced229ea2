/* SPDX-License-Identifier: Apache-2.0 */
/* System calls: Linux's numbers for this ISA, Linux's results. A call that is not in the table is
 * -ENOSYS. */
#pragma once

#include "lib/compiler.h"

typedef long syscall_fn(long a, long b, long c, long d, long e, long f);

/** NULL: not served. */
syscall_fn *syscall_find(long n);

#define SYSCALL_LIST(X)                                                                            \
    X(25, fcntl)                                                                                   \
    X(29, ioctl) X(48, faccessat) X(56, openat) X(57, close) X(62, lseek) X(63, read) X(64, write) \
        X(65, readv) X(66, writev) X(73, ppoll) X(79, fstatat) X(80, fstat) X(93, exit)            \
            X(94, exit_group) X(96, set_tid_address) X(98, futex) X(99, set_robust_list)           \
                X(101, nanosleep) X(113, clock_gettime) X(114, clock_getres)                       \
                    X(115, clock_nanosleep) X(123, sched_getaffinity) X(124, sched_yield)          \
                        X(129, kill) X(130, tkill) X(131, tgkill) X(134, rt_sigaction)             \
                            X(135, rt_sigprocmask) X(160, uname) X(167, prctl) X(172, getpid)      \
                                X(173, getppid) X(174, getuid) X(175, geteuid) X(176, getgid)      \
                                    X(177, getegid) X(178, gettid) X(179, sysinfo) X(214, brk)     \
                                        X(215, munmap) X(222, mmap) X(226, mprotect)               \
                                            X(233, madvise) X(261, prlimit64) X(278, getrandom)    \
                                                X(283, membarrier)

#define SYSCALL_DECLARE(number, name) syscall_fn sys_##name;
SYSCALL_LIST(SYSCALL_DECLARE)
#undef SYSCALL_DECLARE
