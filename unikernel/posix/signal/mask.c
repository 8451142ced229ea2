/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread blocks, and waiting for signals. */
#include "unikernel/posix/signal/mask.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/signal/signal.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static void set_pending(struct thread *t, uint32_t bits)
{
    __atomic_fetch_or(&t->pending, bits, __ATOMIC_RELAXED);
}

void signal_set_mask(struct thread *t, uint64_t mask)
{
    uint64_t more = mask & ~t->signals.mask, ours;

    __atomic_store_n(&t->signals.mask, mask & ~NEVER_BLOCKED, __ATOMIC_RELAXED);
    /* Then the queues are looked at (send.c). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    ours = __atomic_load_n(&signals.queue.set, __ATOMIC_RELAXED);
    if ((t->signals.queue.set | ours) & ~t->signals.mask) set_pending(t, PENDING_SIGNAL);
    if (unlikely(ours & more)) signal_offer(ours & more);
}

bool signal_update(struct thread *t)
{
    if ((t->signals.queue.set | signals.queue.set) & ~t->signals.mask) return true;
    __atomic_fetch_and(&t->pending, ~PENDING_SIGNAL, __ATOMIC_RELAXED);
    return false;
}

bool signal_take(struct thread *t, uint64_t set, struct siginfo *out)
{
    return queue_take(&t->signals.queue, set, out) || queue_take(&signals.queue, set, out);
}

int siginfo_write(uint64_t to, const struct siginfo *info)
{
    const struct { struct siginfo info; uint64_t rest[12]; } all = { .info = *info };

    _Static_assert(sizeof(all) == 128, "as Linux has it");
    return user_write(to, &all, sizeof(all));
}

/* A set of signals of the application. */
static int read_set(uint64_t from, uint64_t size, uint64_t *set)
{
    return size != sizeof(*set) ? -EINVAL : user_read(set, from, sizeof(*set));
}

long sys_rt_sigprocmask(long how, long set, long old, long size, long e, long f)
{
    struct thread *t = arch_self();
    uint64_t was = t->signals.mask, given;
    int err;

    if (size != sizeof(given)) return -EINVAL;
    if (set != 0) {
        err = user_read(&given, (uint64_t)set, sizeof(given));
        if (err != 0) return err;
        if (how == SIG_BLOCK) given |= was;
        else if (how == SIG_UNBLOCK) given = was & ~given;
        else if (how != SIG_SETMASK) return -EINVAL;
        signal_set_mask(t, given);
    }
    return old != 0 ? user_write((uint64_t)old, &was, sizeof(was)) : 0;
}

long sys_rt_sigpending(long out, long size, long c, long d, long e, long f)
{
    const struct thread *t = arch_self();
    uint64_t set = (t->signals.queue.set | signals.queue.set) & t->signals.mask;

    if (size < 0 || size > (long)sizeof(set)) return -EINVAL;
    return user_write((uint64_t)out, &set, (uint64_t)size);
}

int signal_mask_begin(uint64_t set, uint64_t size)
{
    struct thread *t = arch_self();
    uint64_t mask;
    int err = set == 0 ? 0 : read_set(set, size, &mask);

    if (set == 0 || err != 0) return err;
    t->signals.mask_before = t->signals.mask;
    t->signals.mask_ends = true;
    signal_set_mask(t, mask);
    return 0;
}

/* After -EINTR it ends as the gate is left, when handlers have been prepared. */
long signal_mask_end(long result)
{
    struct thread *t = arch_self();

    if (!t->signals.mask_ends) return result;
    if (result == -EINTR) {
        set_pending(t, PENDING_SIGNAL);
    } else {
        t->signals.mask_ends = false;
        signal_set_mask(t, t->signals.mask_before);
    }
    return result;
}

static long wait_for_any(void)
{
    thread_block_prepare();
    return thread_block_finish(NEVER);
}

long sys_rt_sigsuspend(long set, long size, long c, long d, long e, long f)
{
    uint64_t wanted;
    int err = read_set((uint64_t)set, (uint64_t)size, &wanted);

    if (err == 0) err = signal_mask_begin((uint64_t)set, (uint64_t)size);
    return err != 0 ? err : signal_mask_end(wait_for_any());
}

/* Take one, or be told when there is one. */
static bool take_or_wait(struct thread *t, uint64_t set, struct siginfo *out)
{
    LOCK_SCOPED(&signals.lock);
    bool taken = signal_take(t, set, out);

    (void)signal_update(t);
    t->signals.waited = taken ? 0 : set;
    if (!taken) thread_block_prepare();
    return taken;
}

static bool take_at_last(struct thread *t, uint64_t set, struct siginfo *out)
{
    LOCK_SCOPED(&signals.lock);
    bool taken = signal_take(t, set, out);

    t->signals.waited = 0;
    (void)signal_update(t);
    return taken;
}

long sys_rt_sigtimedwait(long set, long out, long timeout, long size, long e, long f)
{
    struct thread *t = arch_self();
    uint64_t wanted, deadline;
    struct siginfo info;
    int err = read_set((uint64_t)set, (uint64_t)size, &wanted);

    if (err == 0) err = clock_deadline_in((uint64_t)timeout, &deadline);
    if (err != 0) return err;
    wanted &= ~NEVER_BLOCKED;
    if (!take_or_wait(t, wanted, &info)) {
        err = thread_block_finish(deadline);
        if (!take_at_last(t, wanted, &info)) return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
    }
    err = out != 0 ? siginfo_write((uint64_t)out, &info) : 0;
    return err != 0 ? err : info.signo;
}

/* ---- for libc; its memory is touched at depth 0 */

#define OF_LIBC (UINT64_C(7) << 31)

static void block(uint64_t more, uint64_t *set)
{
    struct thread *t = arch_self();
    uint64_t was = t->signals.mask;

    gate_enter();
    signal_set_mask(t, was | more);
    gate_leave();
    if (set != NULL) *set = was;
}

void __block_all_sigs(uint64_t *set) { block(UINT64_MAX, set); }
void __block_app_sigs(uint64_t *set) { block(~OF_LIBC, set); }

void __restore_sigs(const uint64_t *set)
{
    struct thread *t = arch_self();
    uint64_t mask = *set;

    gate_enter();
    signal_set_mask(t, mask);
    gate_leave();
    if (unlikely(thread_is_signalled(t))) (void)gate_take_signals();    /* in place of us */
}
