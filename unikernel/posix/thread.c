/* SPDX-License-Identifier: Apache-2.0 */
/* What pthreads stand on: clone for threads, thread ids, and the ends of threads. */
#include "unikernel/posix/thread.h"
#include "unikernel/kernel/log.h"
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

/* What the new thread runs is passed at the top of its own stack, where there is room. */
struct start {
    int (*fn)(void *);
    void *arg;
};

static void app_thread(void *arg)
{
    const struct start s = *(const struct start *)arg;
    int status = s.fn(s.arg);

    gate_enter();
    sys_exit(status, 0, 0, 0, 0, 0);
}

static int clone(int (*fn)(void *), uint64_t stack, int flags, void *arg, int *parent_tid,
                 void *tls, int *child_tid)
{
    uint64_t at = (stack - sizeof(struct start)) & ~15ULL;
    const struct start start = { fn, arg };
    struct thread *t;
    bool held = arch_self()->start_held;

    if (!(flags & CLONE_THREAD)) return -ENOSYS;                /* no processes here */
    if (user_write(at, &start, sizeof(start)) != 0) return -EFAULT;
    if (flags & CLONE_PARENT_SETTID && user_write((uint64_t)parent_tid, &(const int){ 0 }, 4) != 0) return -EFAULT;
    t = thread_new(ROLE_APP, "");
    if (t == NULL) return -EAGAIN;
    arch_thread_prepare(t, (void *)at, app_thread, (void *)at);
    if (flags & CLONE_SETTLS) t->tls = (uint64_t)tls;
    if (flags & CLONE_CHILD_CLEARTID) t->clear_tid = child_tid;
    if (flags & CLONE_PARENT_SETTID) user_store((uint32_t *)parent_tid, t->id);
    arch_self()->start_held = false;
    if (!held && thread_start(t, false) != 0) return -EAGAIN;
    return (int)t->id;
}

int __clone(int (*fn)(void *), void *stack, int flags, void *arg, int *parent_tid, void *tls,
            int *child_tid)
{
    int result;

    gate_enter();
    result = clone(fn, (uint64_t)stack, flags, arg, parent_tid, tls, child_tid);
    gate_leave();
    return result;
}

void *__uk_stack_map(unsigned long len, unsigned long guard)
{
    struct stack s = { .base = 0, .len = len, .guard = guard };
    int err;

    gate_enter();
    err = stack_get(&s);
    gate_leave();
    return (void *)(err != 0 ? MAP_FAILED : s.base);
}

void __uk_stack_unmap(void *base, unsigned long len, unsigned long guard)
{
    gate_enter();
    if (stack_give(&(struct stack){ (uint64_t)base, len, guard }) != 0) {
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

void uk_thread_hold_next(void) { arch_self()->start_held = true; }

long sys_exit(long status, long b, long c, long d, long e, long f)
{
    robust_exit(arch_self());
    thread_exit();
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

long sys_membarrier(long a, long b, long c, long d, long e, long f) { return -ENOSYS; }
