/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that are there with the feature fs, beside those every image has. */
#pragma once

/* clang-format off */
/* Names and content */
#define SYSCALL_LIST_FILES(X)                                                                      \
    X(pread64) X(pwrite64) X(preadv) X(pwritev) X(dup) X(dup3) X(getdents64) X(ftruncate)         \
    X(truncate) X(mkdirat) X(unlinkat) X(renameat2) X(linkat) X(symlinkat) X(readlinkat) X(chdir) \
    X(fchdir) X(getcwd) X(umask) X(utimensat) X(fsync) X(fdatasync) X(sync) X(fchmod) X(fchmodat)  \
    X(fchown) X(fchownat) X(statx) X(statfs) X(fstatfs) X(close_range) X(openat2) X(faccessat2)    \
    X(fchmodat2) X(syncfs) X(memfd_create)

/* Pipes, and waiting for descriptors */
#define SYSCALL_LIST_WAITING(X)                                                                    \
    X(pipe2) X(mknodat) X(pselect6) X(epoll_create1) X(epoll_ctl) X(epoll_pwait) X(epoll_pwait2)   \
    X(eventfd2) X(timerfd_create) X(timerfd_settime) X(timerfd_gettime)

/* What a process may ask about itself and the system, and small services */
#define SYSCALL_LIST_SYSTEM(X)                                                                     \
    X(clock_settime) X(gettimeofday) X(settimeofday) X(setuid) X(setgid) X(setreuid) X(setregid)  \
    X(setresuid) X(setresgid) X(setfsuid) X(setfsgid) X(getresuid) X(getresgid) X(getgroups)       \
    X(setgroups) X(getpgid) X(getsid) X(setpgid) X(setsid) X(getrlimit) X(setrlimit) X(getrusage)  \
    X(times) X(getpriority) X(setpriority) X(wait4) X(waitid) X(sethostname) X(setdomainname)      \
    X(personality) X(membarrier)

/* Files in memory (mmap) */
#define SYSCALL_LIST_MAPPED(X)                                                                     \
    X(mremap) X(msync) X(mincore) X(mlock) X(mlock2) X(munlock) X(mlockall) X(munlockall)           \
    X(fallocate) X(fadvise64) X(readahead) X(sync_file_range) X(flock) X(sendfile)                 \
    X(copy_file_range) X(preadv2) X(pwritev2)
/* clang-format on */

#define SYSCALL_LIST_FS(X)                                                                         \
    SYSCALL_LIST_FILES(X) SYSCALL_LIST_WAITING(X) SYSCALL_LIST_SYSTEM(X) SYSCALL_LIST_MAPPED(X)    \
    SYSCALL_LIST_FS_ISA(X)
