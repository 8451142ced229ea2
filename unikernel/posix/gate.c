/* SPDX-License-Identifier: Apache-2.0 */
/* Beside the gate itself: how threads give way, and where those end that were killed. */
#include "unikernel/posix/gate.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/system.h"
#include "unikernel/include/uk.h"
#include "unikernel/libc/uk_libc.h"
#include "lib/err.h"

#define KILLED_STATUS 137
#define STACK_SEARCHED 0x100000U       /* for frames of libc */

/* First the application's own, then libc's. */
extern char __text[], __libc_text[], __cond_text[], __cond_text_end[], __text_end[];

static bool is_within(uint64_t pc, const char *from, const char *to)
{
    return pc >= (uint64_t)from && pc < (uint64_t)to;
}

bool thread_may_die_at(uint64_t pc)
{
    return pc < LOW_END && !is_within(pc, __libc_text, __text_end);
}

static void end(struct thread *self)
{
    self->dying = true;
    thread_die((void *)KILLED_STATUS);
}

static __attribute__((noinline)) int end_if_killed(struct thread *self)
{
    if (thread_is_killed(self)) end(self);
    return 0;
}

/* At depth 0: with interrupts masked nobody looks at it. */
int sched_yield(void)
{
    struct thread *t;

    gate_touch_stack(YIELD_STACK);
    arch_irq_mask();
    sched_yield_masked(arch_self());
    arch_irq_enable();
    t = arch_self();                /* cheaper than to keep it */
    return unlikely(t->pending != 0) ? end_if_killed(t) : 0;
}

bool __uk_cancellable(bool on)
{
    struct thread *t = arch_self();

    t->cancellable = on;
    return thread_is_killed(t);
}

void __uk_end(void)
{
    uint64_t fp = (uint64_t)__builtin_frame_address(0), *ret;

    while (arch_frame_up(&fp, &ret)) {
        if (is_within(*ret, __cond_text, __cond_text_end)) return;
    }
    end(arch_self());
}

void thread_return_to_end(uint64_t fp, uint64_t sp)
{
    uint64_t *ret;

    while (fp >= sp && fp - sp < STACK_SEARCHED && arch_frame_up(&fp, &ret)) {
        if (*ret == (uint64_t)gate_end) return;
        /* Of code that keeps no frames a frame pointer is any number, and what it points at any word. */
        if (!is_within(*ret, __text, __libc_text)) continue;
        *ret = (uint64_t)gate_end;
        return;
    }
}

/* The gate is left towards libc, which may hold locks. */
void gate_killed(void)
{
    uint64_t fp = (uint64_t)__builtin_frame_address(0);

    if (thread_is_killed(arch_self())) thread_return_to_end(fp, fp);
    __asm__ volatile("");               /* no tail call: the frame at fp stays */
}

void gate_ended(void) { end(arch_self()); }

void __uk_exiting(void) { arch_self()->exiting = true; }

/* There only when the application uses threads. */
__attribute__((weak, noreturn)) void pthread_exit(void *result);

void thread_die(void *status)
{
    struct thread *t = arch_self();

    if (t->role == ROLE_MAIN || pthread_exit == NULL) {
        gate_enter();
        if (t->role == ROLE_MAIN) system_exit_group((int)(intptr_t)status);
        thread_exit();
    }
    pthread_exit((void *)-1);       /* PTHREAD_CANCELED */
}

static int kill(struct thread *t, void *arg)
{
    if (thread_is_kernel(t)) return -EPERM;
    thread_kill(t);
    return 0;
}

int uk_thread_kill(int id)
{
    int err = -ESRCH;

    gate_enter();
    if (id > 0) err = thread_with((uint32_t)id, kill, NULL);
    gate_leave();
    return -err;
}
