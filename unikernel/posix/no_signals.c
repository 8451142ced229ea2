/* SPDX-License-Identifier: Apache-2.0 */
/* An image without the feature posix has no handlers: a signal a thread sends has its default effect,
 * which ends the application. */
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define SIGNALS     64
#define SIGCANCEL   33          /* musl's, for pthread_cancel */

static long signal_default(long signal)
{
    if (signal == 0) return 0;
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    log_error("main", "ended by signal %ld", signal);
    system_exit_group((int)(128 + signal));
}

long sys_kill(long pid, long signal, long c, long d, long e, long f)
{
    return is_our_pid(pid) ? signal_default(signal) : -ESRCH;
}

static int exists(struct thread *t, void *arg) { return 0; }

static int cancel(struct thread *t, void *arg)
{
    if (thread_is_kernel(t)) return -ESRCH;
    thread_interrupt(t);
    return 0;
}

/* To another thread only the signal by which musl cancels a thread can be sent. musl has marked the
 * thread before and looks at the mark when a blocking call returns EINTR, so that needs no handler.
 */
long sys_tkill(long tid, long signal, long c, long d, long e, long f)
{
    if (tid <= 0 || tid > INT32_MAX) return -EINVAL;
    if (tid == (long)arch_self()->id && signal != SIGCANCEL) return signal_default(signal);
    if (signal == 0) return thread_with((uint32_t)tid, exists, NULL);
    return signal == SIGCANCEL ? thread_with((uint32_t)tid, cancel, NULL) : -ENOSYS;
}

long sys_tgkill(long pid, long tid, long signal, long d, long e, long f)
{
    return sys_tkill(tid, signal, 0, 0, 0, 0);
}

long sys_rt_sigaction(long signal, long act, long old, long d, long e, long f)
{
    if (signal <= 0 || signal > SIGNALS) return -EINVAL;
    return act == 0 ? 0 : -ENOSYS;
}

/* Nothing is ever delivered, so masks need not be kept; libc sets them around its own work. */
long sys_rt_sigprocmask(long how, long set, long old, long size, long e, long f)
{
    const uint64_t none = 0;

    return old != 0 ? user_write((uint64_t)old, &none, 8) : 0;
}

void signal_interrupted(struct trap_frame *f) { }

bool signal_fault(const struct fault *fault, struct trap_frame *f) { return false; }

bool signal_trapped(struct trap_frame *f, uint64_t at) { return false; }

void signal_thread_ended(struct thread *t) { }

int gate_take_signals(void) { return 0; }
