/* SPDX-License-Identifier: Apache-2.0 */
/* What pthreads stand on: clone for threads, thread ids, and the ends of threads. */
#include "unikernel/posix/thread.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "unikernel/kernel/system.h"
#include "unikernel/posix/futex.h"
#include "unikernel/posix/gate.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define CLONE_PARENT_SETTID  0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLONE_THREAD         0x00010000
#define CLONE_SETTLS         0x00080000
#define MAP_FAILED           UINT64_MAX

static noreturn_fn void end(struct thread *self)
{
    if (self->robust != 0) robust_exit(self);
    thread_exit();
}

static void app_thread(void *arg)
{
    struct thread *self = arg;

    (void)self->entry(self->entry_arg);
    gate_enter();
    end(self);
}

_Static_assert(PID == THREAD_ID_MAIN, "programs know main by that");

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, int *parent_tid, void *tls,
            int *child_tid)
{
    struct thread *self = arch_self(), *t;
    int id = -EAGAIN;

    if (!(flags & CLONE_THREAD)) return -ENOSYS;                /* no processes here */
    /* While a fault is still served, as gate_enter does. */
    if (flags & CLONE_PARENT_SETTID) *(volatile int *)parent_tid = 0;
    gate_enter();
    t = thread_new(ROLE_APP, NULL);
    if (t != NULL) {
        id = (int)t->id;
        t->entry = fn;
        t->entry_arg = arg;
        t->signals.mask = self->signals.mask;
        t->signals.stack_len = 0;
        arch_thread_prepare(t, stack, app_thread, t);
        if (flags & CLONE_SETTLS) t->tls = (uint64_t)tls;
        if (flags & CLONE_CHILD_CLEARTID) t->clear_tid = child_tid;
        if (flags & CLONE_PARENT_SETTID) (void)user_store((uint32_t *)parent_tid, t->id);
        if (!self->start_held) (void)sched_start(t, false);
        self->start_held = false;
    }
    gate_leave();
    return id;
}

void *__uk_stack_map(unsigned long len, unsigned long guard)
{
    struct stack s = { .base = stack_take(len, guard), .len = len, .guard = guard };
    int err;

    if (likely(s.base != 0)) return (void *)s.base;
    gate_enter();
    err = stack_make(&s);
    gate_leave();
    return (void *)(err != 0 ? MAP_FAILED : s.base);
}

void __uk_stack_unmap(void *base, unsigned long len, unsigned long guard)
{
    const struct stack s = { (uint64_t)base, len, guard };

    if (likely(stack_keep(&s))) return;
    gate_enter();
    if (space_unmap(s.base, s.len) != 0) {
        log_warn("thread", "a stack was given back that is none");
    }
    gate_leave();
}

void __uk_stack_leave(void *base, unsigned long len, unsigned long guard)
{
    struct thread *t = arch_self();

    t->depth++;
    t->stack = (struct stack){ (uint64_t)base, len, guard };
    thread_exit();
}

void __uk_thread_end(volatile int *joined)
{
    gate_enter();
    (void)futex_wake((uint64_t)joined, 1, FUTEX_ANY);
    end(arch_self());
}

void uk_thread_hold_next(void) { arch_self()->start_held = true; }

long sys_exit(long status, long b, long c, long d, long e, long f)
{
    end(arch_self());
}

long sys_exit_group(long status, long b, long c, long d, long e, long f)
{
    system_exit_group((int)status & 0xff);
}

long sys_set_tid_address(long address, long b, long c, long d, long e, long f)
{
    arch_self()->clear_tid = (int *)address;
    return arch_self()->id;
}
