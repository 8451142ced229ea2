/* SPDX-License-Identifier: Apache-2.0 */
/* What signals do to the thread that takes them. It is always at gate depth 0 then, and its state is in
 * a trap frame: it was interrupted in the application, has faulted there, or the gate has trapped as it
 * was left. From there it goes on in a handler, on whose stack is what Linux has there: siginfo,
 * ucontext. The handler returns to signal_return, which traps, and the ucontext is the state again:
 * of it only what the application may have.
 *
 * A frame is written and read as memory of the application: it can be missing, which ends the thread,
 * and can have become anything. */
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/system.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/signal/signal.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/fmt.h"
#include "syscall_numbers.h"

#define BUS_ADRERR  2
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2

/* Then, at UCONTEXT_REGISTERS, the rest of it, which on x86_64 begins in place of the mask. */
struct signal_frame {
    struct siginfo info;
    uint64_t rsv[11];
    struct restored {
        uint64_t cancellable;       /* of struct thread; behind what siginfo uses */
        uint64_t flags, link;       /* of ucontext */
        struct linux_stack stack;   /* for handlers */
        uint64_t mask;
    } r;
};
#define UCONTEXT 128U
_Static_assert(offsetof(struct signal_frame, r.flags) == UCONTEXT, "siginfo has 128 bytes");
#define MASK_IS_APART (offsetof(struct signal_frame, r.mask) != UCONTEXT + UCONTEXT_MASK)

static void bad_frame(struct trap_frame *f, const char *what)
{
    struct fault fault = { .frame = f, .in_app = true };

    arch_self()->signals.mask = UINT64_MAX;     /* also for this fault */
    (void)fmt_text(fault.text, sizeof(fault.text), "%s at 0x%lx", what, f->sp);
    fault_handle(&fault, f);
}

static uint64_t place_frame(const struct thread *t, const struct trap_frame *f, uint64_t flags)
{
    const struct thread_signals *s = &t->signals;
    uint64_t sp = f->sp - UNUSED_BELOW_SP;

    if (flags & SA_ONSTACK && s->stack_len != 0 && f->sp - s->stack > s->stack_len) {
        sp = s->stack + s->stack_len;
    }
    return (sp - SIGNAL_FRAME_SIZE) & ~63ULL;
}

/* The thread goes on in the handler; what it blocked before is in the frame. */
static int begin_handler(const struct thread *t, struct trap_frame *f, const struct signal_action *a,
                         const struct siginfo *info)
{
    uint64_t at = place_frame(t, f, a->flags), uc = at + UCONTEXT;
    const struct signal_frame frame = {
        .info = *info,
        .r = {
            .cancellable = t->cancellable,
            .stack = { t->signals.stack, t->signals.stack_len == 0 ? SS_DISABLE : 0, 0, t->signals.stack_len },
            .mask = t->signals.mask_ends ? t->signals.mask_before : t->signals.mask,
        },
    };

    if (user_write(at, &frame, sizeof(frame)) != 0 ||
        (MASK_IS_APART && user_write(uc + UCONTEXT_MASK, &frame.r.mask, sizeof(frame.r.mask)) != 0) ||
        arch_signal_save(uc + UCONTEXT_REGISTERS, f, info->word[0]) != 0) {
        return -EFAULT;
    }
    return arch_signal_enter(f, a->handler, (unsigned)info->signo, at);
}

/* At depth 0: nothing stands for the application that a signal has ended. */
static void end_by_signal(void *signal)
{
    long n = (long)signal;

    gate_enter();
    log_error("main", "ended by signal %ld", n);
    system_exit_group((int)(128 + n));
}

static void act(struct thread *t, struct trap_frame *f, const struct signal_action *a,
                const struct siginfo *info)
{
    uint64_t mask = t->signals.mask | a->mask;

    if (a->handler == SIG_DFL) {
        arch_frame_redirect(f, end_by_signal, (void *)(uintptr_t)info->signo, f->sp);
        return;
    }
    if (begin_handler(t, f, a, info) != 0) {
        bad_frame(f, "a signal finds no stack for its handler");
        return;
    }
    if (!(a->flags & SA_NODEFER)) mask |= signal_bit((unsigned)info->signo);
    t->signals.mask_ends = false;
    signal_set_mask(t, mask);
}

/* The next signal that does something, and what. */
static bool next(struct thread *t, struct siginfo *info, struct signal_action *a)
{
    LOCK_SCOPED(&signals.lock);

    while (signal_take(t, ~t->signals.mask, info)) {
        struct signal_action *now = signal_action((unsigned)info->signo);

        if (signal_is_ignored((unsigned)info->signo)) continue;
        *a = *now;
        if (a->handler != SIG_DFL && a->flags & SA_RESETHAND) now->handler = SIG_DFL;
        return true;
    }
    (void)signal_update(t);
    return false;
}

static bool may_be_repeated(const struct gate_call *call)
{
    switch (call->number) {
    case __NR_read:
    case __NR_readv:
    case __NR_write:
    case __NR_writev:
    CASES_OF_OPEN:
    case __NR_fcntl:
    case __NR_flock:
    case __NR_ioctl:
        return true;
    case __NR_futex:
        return call->arg[3] == 0;       /* without a timeout */
    default:
        return false;
    }
}

/* What goes on when no handler has run: with a timeout, what is left of that would not be known. Who
 * is being cancelled has to return. */
static bool waits_on(const struct thread *t, const struct gate_call *call)
{
    if (call == NULL || call->result != -EINTR) return false;
    if (t->signals.queue.set & signal_bit(SIGCANCEL)) return false;
    return may_be_repeated(call) || call->number == __NR_rt_sigsuspend ||
           (call->number == __NR_ppoll && call->arg[2] == 0) ||
           (call->number == __NR_pselect6 && call->arg[4] == 0);
}

/* All signals that are not blocked: the handler of the last one runs first. @call: what was
 * interrupted, or NULL. */
static void deliver(struct trap_frame *f, const struct gate_call *call)
{
    struct thread *t = arch_self();
    struct signal_action a;
    struct siginfo info;

    t->looks = 0;
    while (!t->dying) {
        if (next(t, &info, &a)) {
            if (call != NULL && call->result == -EINTR && a.flags & SA_RESTART &&
                a.handler != SIG_DFL && may_be_repeated(call)) {
                arch_gate_again(f, call);
            }
            call = NULL;
            act(t, f, &a, &info);
            if (a.handler == SIG_DFL) return;
        } else if (t->signals.mask_ends) {      /* nothing was to be done */
            t->signals.mask_ends = false;
            signal_set_mask(t, t->signals.mask_before);
        } else {
            if (waits_on(t, call)) arch_gate_again(f, call);
            return;
        }
    }
}

void signal_interrupted(struct trap_frame *f)
{
    if (f->pc < LOW_END) deliver(f, NULL);
}

bool signal_fault(const struct fault *fault, struct trap_frame *f)
{
    struct thread *t = arch_self();
    struct siginfo info = { 0 };
    unsigned signal = arch_fault_signal(fault, &info.code), rights;
    struct signal_action a;
    uint64_t end;

    if (fault->why == -EIO) {
        signal = SIGBUS;
        info.code = BUS_ADRERR;
    }
    if (!fault->in_app || fault->why == -ENOMEM || t->dying) return false;
    if (t->signals.mask & signal_bit(signal)) return false;
    {
        LOCK_SCOPED(&signals.lock);
        a = *signal_action(signal);
    }
    info.signo = (int)signal;
    if (a.handler <= SIG_IGN) return false;
    info.word[0] = fault->is_access ? fault->at : f->pc;
    if (info.code == 0) {
        info.code = space_look(fault->at, &end, &rights) < 0 ? SEGV_MAPERR : SEGV_ACCERR;
    }
    if (info.code == SI_KERNEL) info.word[0] = 0;
    if (begin_handler(t, f, &a, &info) != 0) return false;
    if (a.flags & SA_RESETHAND) signal_action(signal)->handler = SIG_DFL;
    if (!(a.flags & SA_NODEFER)) a.mask |= signal_bit(signal);
    signal_set_mask(t, t->signals.mask | a.mask);
    return true;
}

static bool may_continue(const struct trap_frame *f)
{
    uint64_t into_gate = f->pc - (uint64_t)__uk_syscall;
    uint64_t begin = (uint64_t)(gate_touched - (char *)__uk_syscall);

    return f->sp < LOW_END && (f->pc < LOW_END || into_gate < begin);
}

static void handler_returned(struct trap_frame *f)
{
    struct thread *t = arch_self();
    uint64_t at = f->sp;
    struct restored r;

    if (user_read(&r, at + offsetof(struct signal_frame, r), sizeof(r)) != 0 ||
        (MASK_IS_APART && user_read(&r.mask, at + UCONTEXT + UCONTEXT_MASK, sizeof(r.mask)) != 0) ||
        arch_signal_load(f, at + UCONTEXT + UCONTEXT_REGISTERS) != 0 || !may_continue(f)) {
        f->sp = at;
        f->pc = (uint64_t)signal_return;
        bad_frame(f, "a handler returns to what is no ucontext");
        return;
    }
    t->cancellable = r.cancellable != 0;
    (void)!signal_set_stack(t, &r.stack, f->sp);
    signal_set_mask(t, r.mask);
    if (thread_is_signalled(t)) deliver(f, NULL);
}

bool signal_trapped(struct trap_frame *f, uint64_t at)
{
    struct thread *t = arch_self();
    struct gate_call call;

    if (t->depth != 0) return false;
    if (at == (uint64_t)gate_resumed) {
        f->pc = t->signals.pc;
        deliver(f, NULL);
    } else if (at == (uint64_t)signal_return) {
        handler_returned(f);
    } else if (at == (uint64_t)gate_signals && user_read(&call, f->sp, sizeof(call)) == 0) {
        arch_gate_return(f, &call);
        deliver(f, &call);
    } else {
        return false;
    }
    return true;
}
