/* SPDX-License-Identifier: Apache-2.0 */
/* What a signal does, and the stack on which it may. */
#include "unikernel/mm/user.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/signal/signal.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

/* to may be NULL. */
static void exchange(unsigned signal, const struct linux_sigaction *to, struct linux_sigaction *was)
{
    LOCK_SCOPED(&signals.lock);
    struct signal_action *a = signal_action(signal);

    was->handler = a->handler;
    was->flags = a->flags;
    was->mask = a->mask;
    if (to == NULL) return;
    *a = (struct signal_action){ to->handler, to->flags, to->mask & ~NEVER_BLOCKED };
    /* Those that threads have are dropped as they look at them. */
    if (signal_is_ignored(signal)) queue_drop(&signals.queue, signal_bit(signal));
}

static int drop(struct thread *t, void *signal)
{
    LOCK_SCOPED(&signals.lock);

    queue_drop(&t->signals.queue, signal_bit(*(unsigned *)signal));
    return 0;
}

/* Also what threads block is dropped. */
static void drop_of_threads(unsigned signal)
{
    struct thread_info info = { .id = THREAD_ID_MAIN - 1 };

    while (thread_next(info.id, &info)) (void)!thread_with(info.id, drop, &signal);
}

long sys_rt_sigaction(long signal, long to, long old, long size, long e, long f)
{
    struct linux_sigaction given, was = { 0 };
    unsigned n = (unsigned)signal;
    int err;

    if (size != sizeof(uint64_t) || signal <= 0 || signal > (long)SIGNALS) return -EINVAL;
    if (to != 0 && NEVER_BLOCKED & signal_bit(n)) return -EINVAL;
    if (to != 0 && (err = user_read(&given, (uint64_t)to, sizeof(given))) != 0) return err;
    exchange(n, to != 0 ? &given : NULL, &was);
    if (to != 0 && signal_is_ignored(n)) drop_of_threads(n);
    return old != 0 ? user_write((uint64_t)old, &was, sizeof(was)) : 0;
}

static bool is_on_stack(const struct thread *t, uint64_t sp) { return sp - t->signals.stack < t->signals.stack_len; }

/* A call that a handler makes there needs its part, too. */
int signal_set_stack(struct thread *t, const struct linux_stack *given, uint64_t sp)
{
    if (is_on_stack(t, sp)) return -EPERM;
    if (given->flags & ~(SS_DISABLE | SS_ONSTACK)) return -EINVAL;
    if (given->flags & SS_DISABLE) {
        t->signals.stack_len = 0;
        return 0;
    }
    if (given->len < LINUX_MINSIGSTKSZ) return -ENOMEM;
    t->signals.stack = given->base;
    t->signals.stack_len = given->len;
    return 0;
}

long sys_sigaltstack(long to, long old, long c, long d, long e, long f)
{
    struct thread *t = arch_self();
    struct linux_stack given, was = { t->signals.stack, SS_DISABLE, 0, t->signals.stack_len };
    uint64_t sp = (uint64_t)__builtin_frame_address(0);
    int err = to != 0 ? user_read(&given, (uint64_t)to, sizeof(given)) : 0;

    if (was.len != 0) was.flags = is_on_stack(t, sp) ? SS_ONSTACK : 0;
    else was.base = 0;
    if (err == 0 && to != 0) err = signal_set_stack(t, &given, sp);
    if (err != 0 || old == 0) return err;
    return user_write((uint64_t)old, &was, sizeof(was));
}
