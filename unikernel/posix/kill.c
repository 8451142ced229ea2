/* SPDX-License-Identifier: Apache-2.0 */
/* Where threads end that were killed. In the application's own code that is at once, unless stdio has
 * called it and holds the lock of a FILE. A call of libc is finished first: it returns to gate_end in
 * place of the application. Its frames tell where it would have returned to; a function that makes no
 * frame, or has not made it yet, keeps that in the link register or on the top of the stack. */
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/system.h"
#include "unikernel/include/uk.h"
#include "unikernel/libc/uk_libc.h"
#include "unikernel/posix/gate.h"
#include "lib/err.h"

#define KILLED_STATUS  137
#define STACK_SEARCHED 0x100000U       /* for frames of libc */

/* First the application's own, then libc's. */
extern char __text[], __libc_text[], __cond_text[], __cond_text_end[], __cookie_text[],
    __cookie_text_end[], __text_end[];

static bool is_within(uint64_t pc, const char *from, const char *to)
{
    return pc >= (uint64_t)from && pc < (uint64_t)to;
}

/* What stdio calls of an application's FILE (fopencookie) returns to that. */
static bool is_stdio_return(uint64_t ret)
{
    return is_within(ret, __cookie_text, __cookie_text_end);
}

/* Libc goes on there, perhaps with a lock: stdio, or what a handler of a signal has interrupted. */
static bool is_libc_return(uint64_t ret)
{
    return is_stdio_return(ret) || ret == (uint64_t)signal_return;
}

/* Of code that keeps no frames a frame pointer is any number, and what it points at any word. */
static bool is_app_return(uint64_t ret)
{
    return is_within(ret, __text, __libc_text) && arch_is_after_call(ret);
}

/* The innermost return to the application; of those before libc called it, if it did. @return did it? */
static bool search(uint64_t fp, uint64_t sp, uint64_t **found)
{
    bool called = false;
    uint64_t *ret;

    *found = NULL;
    while (fp - sp < STACK_SEARCHED && arch_frame_up(&fp, &ret)) {
        if (is_libc_return(*ret)) {
            called = true;
            *found = NULL;
        } else if (*found == NULL && is_app_return(*ret)) {
            *found = ret;
        }
    }
    return called;
}

bool thread_may_die_at(struct trap_frame *f)
{
    uint64_t *place;

    if (f->pc >= LOW_END || is_within(f->pc, __libc_text, __text_end)) return false;
    for (unsigned n = 0; (place = arch_frame_link(f, n)) != NULL; n++) {
        if (is_libc_return(*place)) return false;
    }
    return !search(arch_frame_fp(f), f->sp, &place);
}

static void end(struct thread *self)
{
    self->dying = true;
    thread_die((void *)KILLED_STATUS);
}

/* Whether there is a frame already cannot be told, so both places are changed. */
static void return_to_end(uint64_t fp, uint64_t sp, uint64_t *link)
{
    uint64_t *found;
    bool called = search(fp, sp, &found);

    if (found != NULL) *found = (uint64_t)gate_end;
    if (link != NULL && !called) *link = (uint64_t)gate_end;
}

void thread_return_to_end(struct trap_frame *f)
{
    uint64_t *link;

    for (unsigned n = 0; (link = arch_frame_link(f, n)) != NULL && !is_app_return(*link); n++) { }
    return_to_end(arch_frame_fp(f), f->sp, link);
}

/* The gate is left towards libc, which may hold locks. */
bool gate_pending(void)
{
    uint64_t fp = (uint64_t)__builtin_frame_address(0);
    const struct thread *t = arch_self();

    if (!thread_is_killed(t)) return thread_is_signalled(t);
    return_to_end(fp, fp, NULL);
    return false;
}

void gate_ended(void) { end(arch_self()); }

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
        if (is_within(*ret, __cond_text, __cond_text_end) || is_stdio_return(*ret)) return;
    }
    end(arch_self());
}

void gate_wait_ended(void)
{
    if (!thread_is_killed(arch_self())) return;
    gate_leave();
    __uk_end();
    gate_enter();
}

/* There only when the application uses threads. */
__attribute__((weak, noreturn)) void pthread_exit(void *result);

/* It was not meant to be killed: what it does may have a handler. */
static void fault(struct thread *t)
{
    void (*fn)(void) = t->fault;

    t->fault = NULL;
    __atomic_fetch_and(&t->pending, ~PENDING_KILL, __ATOMIC_RELAXED);
    t->dying = false;
    fn();
}

void thread_die(void *status)
{
    struct thread *t = arch_self();

    if (t->fault != NULL) fault(t);
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
