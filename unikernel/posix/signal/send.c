/* SPDX-License-Identifier: Apache-2.0 */
/* From whoever sends a signal to the thread that takes it, which does what is to be done (deliver.c):
 * here it is only put into a queue, and the thread is told: by PENDING_SIGNAL, and it is woken, or
 * interrupted, or, when it was preempted in the application, made to ask for it as it goes on. */
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/signal/mask.h"
#include "unikernel/posix/signal/signal.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

/* There is nobody to continue what was stopped, so nothing stops. */
#define IGNORED_BY_DEFAULT                                                                         \
    (signal_bit(SIGCHLD) | signal_bit(SIGURG) | signal_bit(SIGWINCH) | signal_bit(SIGCONT) |     \
     signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU))

struct signals signals = { .lock = SPINLOCK(LOCK_SIGNALS) };
struct signal_action signal_actions[SIGNALS];       /* not with those: all zeros are not in the image */

bool signal_is_ignored(unsigned signal)
{
    uint64_t handler = signal_action(signal)->handler;

    return handler == SIG_IGN || (handler == SIG_DFL && IGNORED_BY_DEFAULT & signal_bit(signal));
}

static void tell(struct thread *t)
{
    {
        IRQS_OFF_SCOPED();
        struct cpu *c = sched_lock_cpu_of(t);

        __atomic_fetch_or(&t->pending, PENDING_SIGNAL, __ATOMIC_SEQ_CST);
        if (c->current == t) {
            if (t != arch_self() || c->in_irq) sched_kick(c);
        } else if (t->preempted && t->depth == 0 && t->frame.pc < LOW_END) {
            t->signals.pc = t->frame.pc;
            t->frame.pc = (uint64_t)gate_resumed;
        }
        spin_unlock(&c->lock);
    }
    (void)thread_wake(t, -EINTR);
}

static uint64_t wanted(const struct thread *t, uint64_t set)
{
    return set & (~__atomic_load_n(&t->signals.mask, __ATOMIC_RELAXED) |
                  __atomic_load_n(&t->signals.waited, __ATOMIC_RELAXED));
}

/* The lock of the threads is held. *set: what nobody was found for yet. */
static int offer(struct thread *t, void *set)
{
    uint64_t *rest = set, taken = thread_is_kernel(t) ? 0 : wanted(t, *rest);

    *rest &= ~taken;
    if (taken != 0) tell(t);
    return 0;
}

void signal_offer(uint64_t set)
{
    struct thread_info info = { .id = THREAD_ID_MAIN - 1 };

    while (set != 0 && thread_next(info.id, &info)) (void)!thread_with(info.id, offer, &set);
}

struct sending {
    const struct siginfo *info;
    struct signal_entry *own;
};

/* Into q, unless it would do nothing: a thread that blocks it may change that before it looks. */
static int put(struct signal_queue *q, uint64_t mask, const struct sending *s)
{
    LOCK_SCOPED(&signals.lock);
    unsigned signal = (unsigned)s->info->signo;
    int err = 0;

    if (mask & signal_bit(signal) || !signal_is_ignored(signal)) {
        err = queue_add(q, s->info, s->own);
        if (signals.sent != NULL) signals.sent();
    }
    /* Then the mask is looked at. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return err;
}

static int main_mask(struct thread *t, void *mask)
{
    *(uint64_t *)mask = t->signals.mask;
    return 0;
}

static int put_to(struct thread *t, void *arg)
{
    const struct sending *s = arg;
    int err = thread_is_kernel(t) ? -ESRCH : 0;

    if (err != 0 || s->info->signo == 0) return err;
    err = put(&t->signals.queue, t->signals.mask | t->signals.waited, s);
    if (err == 0 && wanted(t, t->signals.queue.set) != 0) tell(t);
    return err;
}

int signal_send_as(uint32_t thread, const struct siginfo *info, struct signal_entry *own)
{
    struct sending s = { info, own };
    uint64_t mask = arch_self()->signals.mask;
    int err;

    if (thread != 0) return thread_with(thread, put_to, &s);
    (void)!thread_with(THREAD_ID_MAIN, main_mask, &mask);
    err = put(&signals.queue, mask, &s);
    if (err == 0) signal_offer(signals.queue.set & signal_bit((unsigned)info->signo));
    return err;
}

void signal_thread_ended(struct thread *t)
{
    LOCK_SCOPED(&signals.lock);

    queue_drop(&t->signals.queue, UINT64_MAX);
}

/* ---- calls */

static bool is_signal(long signal) { return signal >= 0 && signal <= (long)SIGNALS; }

static struct siginfo sent_by_us(long signal, int code)
{
    return (struct siginfo){ .signo = (int)signal, .code = code, .word = { PID } };
}

static int is_ours(struct thread *t, void *arg) { return thread_is_kernel(t) ? -ESRCH : 0; }

/* The id of any of its threads stands for the process. */
static bool is_of_us(long pid)
{
    return (int)pid == PID || ((int)pid > 0 && thread_with((uint32_t)pid, is_ours, NULL) == 0);
}

long sys_kill(long pid, long signal, long c, long d, long e, long f)
{
    struct siginfo info = sent_by_us(signal, SI_USER);

    if (!is_our_pid(pid) && !is_of_us(pid)) return -ESRCH;
    if (!is_signal(signal)) return -EINVAL;
    return signal == 0 ? 0 : signal_send(&info);
}

/* musl has marked the thread that is to be cancelled. Its handler for that sends the signal once more
 * when the thread is not at a place where it may end: then a blocking call it is about to make has to
 * return, which is where musl looks. */
static long send_to(long tid, const struct siginfo *info)
{
    if (tid <= 0 || tid > INT32_MAX) return -EINVAL;
    if (!is_signal(info->signo)) return -EINVAL;
    if (info->signo == SIGCANCEL && tid == (long)arch_self()->id) thread_interrupt(arch_self());
    return signal_send_to((uint32_t)tid, info);
}

long sys_tkill(long tid, long signal, long c, long d, long e, long f)
{
    struct siginfo info = sent_by_us(signal, SI_TKILL);

    return send_to(tid, &info);
}

long sys_tgkill(long pid, long tid, long signal, long d, long e, long f)
{
    if (pid <= 0) return -EINVAL;
    return pid == PID ? sys_tkill(tid, signal, 0, 0, 0, 0) : -ESRCH;
}

static int read_info(struct siginfo *info, long signal, long from)
{
    int err = user_read(info, (uint64_t)from, sizeof(*info));

    info->signo = (int)signal;
    if (err == 0 && !is_signal(signal)) err = -EINVAL;
    return err;
}

long sys_rt_sigqueueinfo(long pid, long signal, long from, long d, long e, long f)
{
    struct siginfo info;
    int err = read_info(&info, signal, from);

    if (err != 0) return err;
    if (!is_of_us(pid)) return -ESRCH;
    return signal == 0 ? 0 : signal_send(&info);
}

long sys_rt_tgsigqueueinfo(long pid, long tid, long signal, long from, long e, long f)
{
    struct siginfo info;
    int err = read_info(&info, signal, from);

    if (err != 0) return err;
    if (pid <= 0) return -EINVAL;
    return pid == PID ? send_to(tid, &info) : -ESRCH;
}

void signal_raise(unsigned signal)
{
    struct siginfo info = sent_by_us(signal, SI_USER);

    (void)!signal_send_to(arch_self()->id, &info);
}
