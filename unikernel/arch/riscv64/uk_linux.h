/* SPDX-License-Identifier: Apache-2.0 */
/* What of the Linux interface differs between ISAs. */
#pragma once

#define UK_ISA "riscv64"

#define SYSCALL_LIST_ISA(X)

#include "unikernel/posix/linux_stat.h"

struct linux_epoll_event {
    uint32_t events;
    uint32_t rsv0;
    uint64_t data;
};

#define LINUX_O_DIRECTORY 0200000
#define LINUX_O_NOFOLLOW  0400000
#define LINUX_O_LARGEFILE 0100000

/* ... with the feature fs */
#define SYSCALL_LIST_FS_ISA(X)

/* ... with the feature posix: siginfo, ucontext, registers */
#define SYSCALL_LIST_POSIX_ISA(X)
#define UNUSED_BELOW_SP    0
#define UCONTEXT_MASK      40
#define UCONTEXT_REGISTERS 176
#define SIGNAL_FRAME_SIZE  1088

struct linux_sigaction {
    uint64_t handler, flags, mask;
};

/* In a switch over numbers of calls: those that open a file */
#define CASES_OF_OPEN case __NR_openat
