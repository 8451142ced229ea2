/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/signal/needs.h"
#include "unikernel/posix/syscalls.h"

SYSCALL_LIST_POSIX(NEEDS_SIGNALS)

/* Those of posix/no_signals.c */
NEEDS_SIGNALS(kill)
NEEDS_SIGNALS(tkill)
NEEDS_SIGNALS(tgkill)
NEEDS_SIGNALS(rt_sigaction)
NEEDS_SIGNALS(rt_sigprocmask)

/* SIGPIPE */
NEEDS_SIGNALS(pipe2)
NEEDS_SIGNALS(mknodat)
