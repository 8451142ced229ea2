/* SPDX-License-Identifier: Apache-2.0 */
/* What of the Linux interface differs between ISAs. */
#pragma once

#include "unikernel/posix/linux_time.h"

#define UK_ISA "x86_64"

/* Calls beyond the generic list */
#define SYSCALL_LIST_ISA(X) X(open) X(access) X(stat) X(lstat) X(poll)

struct linux_stat {
    uint64_t dev, ino, links;
    uint32_t mode, uid, gid, rsv0;
    uint64_t rdev;
    int64_t size, block_size, blocks;
    struct linux_timespec accessed, modified, changed;
    int64_t rsv1[3];
};

struct linux_epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

#define LINUX_O_DIRECTORY 0200000
#define LINUX_O_NOFOLLOW  0400000
#define LINUX_O_LARGEFILE 0100000

/* ... with the feature fs */
#define SYSCALL_LIST_FS_ISA(X)                                                                     \
    X(renameat)                                                                                    \
    X(rename) X(mkdir) X(rmdir) X(unlink) X(link) X(symlink) X(readlink) X(dup2) X(chmod) X(chown) \
        X(lchown) X(time) X(getpgrp) X(mknod) X(pipe) X(select) X(epoll_create) X(epoll_wait) X(eventfd) \
        X(creat)

/* ... with the feature posix: siginfo, ucontext, FP registers; below the stack pointer functions may
 * have something */
#define SYSCALL_LIST_POSIX_ISA(X) X(pause) X(alarm) X(signalfd)
#define UNUSED_BELOW_SP    128
#define UCONTEXT_MASK      296
#define UCONTEXT_REGISTERS 40
#define SIGNAL_FRAME_SIZE  1984

struct linux_sigaction {
    uint64_t handler, flags;
    uint64_t restorer;              /* not used: a handler returns to signal_return */
    uint64_t mask;
};

/* In a switch over numbers of calls: those that open a file */
#define CASES_OF_OPEN case __NR_openat: case __NR_open
