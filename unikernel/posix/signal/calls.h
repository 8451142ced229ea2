/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that are there with the feature posix, beside those of fs. */
#pragma once

/* clang-format off */
#define SYSCALL_LIST_SIGNALS(X)                                                                    \
    X(rt_sigpending) X(rt_sigsuspend) X(rt_sigtimedwait) X(rt_sigqueueinfo) X(rt_tgsigqueueinfo)  \
    X(sigaltstack)
#define SYSCALL_LIST_TIMERS(X)                                                                     \
    X(setitimer) X(getitimer) X(timer_create) X(timer_settime) X(timer_gettime)                   \
    X(timer_getoverrun) X(timer_delete) X(signalfd4)
#define SYSCALL_LIST_QUEUES(X)                                                                     \
    X(mq_open) X(mq_unlink) X(mq_timedsend) X(mq_timedreceive) X(mq_notify) X(mq_getsetattr)
/* clang-format on */

#define SYSCALL_LIST_POSIX(X) \
    SYSCALL_LIST_SIGNALS(X) SYSCALL_LIST_TIMERS(X) SYSCALL_LIST_QUEUES(X) SYSCALL_LIST_POSIX_ISA(X)
