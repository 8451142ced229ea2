/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator does with threads. */
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/libc/uk_libc.h"
#include "unikernel/shell/commands.h"
#include "lib/err.h"
#include "lib/str.h"

static const char *status_name(enum thread_state state)
{
    switch (state) {
    case THREAD_RUNNING:    return "Running";
    case THREAD_BLOCKED:    return "Blocked";
    case THREAD_EXITED:     return "Exited";
    case THREAD_HELD:
    case THREAD_READY:
    default:                return "Ready";
    }
}

void command_ps(const struct words *w)
{
    struct thread_info t = { 0 };

    log_text(" [ TID] STATUS PRI NAME\n");
    while (thread_next(t.id, &t)) {
        log_text(" [%4u] %-7s %-6s %s\n", t.id, status_name(t.state),
                 t.role <= ROLE_IDLE ? "KERNEL" : "USER", t.name);
    }
}

/* Do something to the thread an operator named. @return what fn said, or 1 when the message is out
 * already. */
static int with_named(const struct words *w, int (*fn)(struct thread *t, void *arg), void *arg, uint32_t *id)
{
    int err;

    if (words_id(w->at[1], id) != 0) {
        log_text("%s: illegal thread id '%s'\n", w->at[0], w->at[1]);
        return 1;
    }
    err = thread_with(*id, fn, arg);
    if (err == -ESRCH) log_text("%s: no thread with id %u\n", w->at[0], *id);
    if (err == -EPERM) log_text("%s: thread %u belongs to the kernel\n", w->at[0], *id);
    return err;
}

static int kill_app(struct thread *t, void *arg)
{
    if (thread_is_kernel(t)) return -EPERM;
    thread_kill(t);
    return 0;
}

void command_kill(const struct words *w)
{
    uint32_t id;

    (void)with_named(w, kill_app, NULL, &id);
}

static int start_in_front(struct thread *t, void *arg) { return thread_start(t, true); }

void command_run_thread(const struct words *w)
{
    uint32_t id;

    if (with_named(w, start_in_front, NULL, &id) == -EBUSY) {
        log_text("run: thread %u has been started already\n", id);
    }
}

static const struct fault_kind {
    char name[8];
    void (*fn)(void);
} kinds[] = {
    { "write", __uk_fault_write }, { "read", __uk_fault_read }, { "jump", __uk_fault_jump },
    { "illegal", __uk_fault_illegal }, { "kill", NULL },
};

/* As if killed: it is the thread itself that faults, where it would have ended. */
static int inject(struct thread *t, void *kind)
{
    if (!thread_is_kernel(t)) t->fault = ((const struct fault_kind *)kind)->fn;
    return kill_app(t, NULL);
}

void command_inject(const struct words *w)
{
    const char *name = w->at[2] != NULL ? w->at[2] : kinds[0].name;
    struct fault_kind kind = { .fn = NULL };
    uint32_t id;

    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(name, kinds[i].name) == 0) kind = kinds[i];
    }
    if (kind.name[0] == '\0') log_text("inject: unknown kind of fault '%s'\n", name);
    else (void)with_named(w, inject, &kind, &id);
}
