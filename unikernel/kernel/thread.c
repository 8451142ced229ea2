/* SPDX-License-Identifier: Apache-2.0 */
/* The life of threads. An object takes one page. A thread that ends cannot free what it stands on:
 * it leaves its own stack first, and its object is freed by whoever makes or ends a thread next on
 * that CPU. */
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/log.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/system.h"
#include "lib/err.h"
#include "lib/str.h"

#define KSTACK_PAGES 3U

static struct {
    struct spinlock lock;           /* list of all threads, next_id, app count */
    struct list all;
    uint32_t next_id, next_kernel_id;
    unsigned apps;
} threads = { .lock = SPINLOCK(LOCK_THREADS), .all = LIST_INIT(threads.all),
              .next_id = THREAD_ID_MAIN };

_Static_assert(sizeof(struct thread) <= 4096, "a thread object takes one page");

static void thread_setup(struct thread *t, enum thread_role role, const char *name)
{
    t->role = role;
    t->state = THREAD_HELD;
    t->depth = role <= ROLE_IDLE ? 1 : 0; /* an application's thread starts in the application */
    t->cpu = arch_self()->cpu;
    t->affinity = UINT32_MAX;
    if (role == ROLE_APP) {
        const struct thread *maker = arch_self();

        t->affinity = maker->affinity;
        t->policy = maker->policy;
        t->prio = t->own_prio = maker->own_prio;
    }
    (void)str_copy(t->name, sizeof(t->name), name);
    list_init(&t->run);
    list_init(&t->wait);
    list_init(&t->pi_waiters);
    list_init(&t->pi_node);
}

void thread_init_idle(struct thread *t, struct cpu *c)
{
    thread_setup(t, ROLE_IDLE, "idle");
    t->cpu = c;
    t->state = THREAD_READY;
    t->id = 11 * (c->index + 1);
}

void thread_list_idle(struct thread *t)
{
    LOCK_SCOPED(&threads.lock);

    list_push_back(&threads.all, &t->all);
}

/* The object of the thread that ended last on this CPU; it is off its stack for certain once
 * somebody else runs. */
static void reap(void)
{
    struct thread *dead;

    {
        IRQS_OFF_SCOPED();
        dead = cpu_self()->dead;
        cpu_self()->dead = NULL;
    }
    if (dead == NULL) return;
    if (dead->kstack_top != NULL) kstack_free(dead->kstack_top);
    pages_free((uint64_t)((char *)dead - (char *)arch_linear(0)), 0);
}

/* Small ones, but not those of idle threads: 11, 22, 33 ... */
static uint32_t kernel_id(void)
{
    if (++threads.next_kernel_id % 11 == 0) threads.next_kernel_id++;
    BUG_ON(threads.next_kernel_id >= THREAD_ID_MAIN);
    return threads.next_kernel_id;
}

struct thread *thread_new(enum thread_role role, const char *name)
{
    struct thread *t;
    uint64_t pa;

    reap();
    if (pages_alloc(0, &pa) != 0 && (!stacks_drop() || pages_alloc(0, &pa) != 0)) return NULL;
    t = arch_linear(pa);
    memset(t, 0, sizeof(*t));
    thread_setup(t, role, name);

    LOCK_SCOPED(&threads.lock);
    /* Main is 100 by custom; nobody else depends on the number. */
    t->id = role == ROLE_MAIN ? THREAD_ID_MAIN : role == ROLE_APP ? ++threads.next_id : kernel_id();
    if (!thread_is_kernel(t)) threads.apps++;
    list_push_back(&threads.all, &t->all);
    return t;
}

int thread_spawn(const char *name, void (*fn)(void *), void *arg)
{
    struct thread *t = thread_new(ROLE_KERNEL, name);

    if (t == NULL) return -ENOMEM;
    t->kstack_top = kstack_alloc(KSTACK_PAGES);
    if (t->kstack_top == NULL) {
        {
            LOCK_SCOPED(&threads.lock);
            list_remove(&t->all);
        }
        pages_free((uint64_t)((char *)t - (char *)arch_linear(0)), 0);
        return -ENOMEM;
    }
    arch_thread_prepare(t, t->kstack_top, fn, arg);
    sched_start(t, false);
    return 0;
}

int thread_start(struct thread *t, bool front)
{
    return sched_start(t, front) ? 0 : -EBUSY;
}

/* On the handlers' stack: the application may free the thread's stack as soon as clear_tid is
 * written. */
static void exit_finally(void *arg)
{
    struct thread *t = arg;
    unsigned apps_left;

    BUG_ON(t->held != NULL);
    if (t->clear_tid != NULL) {
        user_store((uint32_t *)t->clear_tid, 0);
        (void)futex_wake((uint64_t)t->clear_tid, 1, FUTEX_ANY);
    }
    if (t->stack.len != 0 && stack_give(&t->stack) != 0) {
        log_warn("thread", "thread %u gave a stack back that is none", t->id);
    }
    reap();
    {
        LOCK_SCOPED(&threads.lock);
        pi_exit(t);
        list_remove(&t->all);
        if (!thread_is_kernel(t)) threads.apps--;
        apps_left = threads.apps;
    }
    if (apps_left == 0 && !thread_is_kernel(t)) system_app_ended();
    sched_end();
}

void thread_exit(void)
{
    struct thread *t = arch_self();

    (void)arch_irq_save();
    arch_on_handler_stack(exit_finally, t);
}

bool thread_next(uint32_t after, struct thread_info *out)
{
    const struct thread *best = NULL;
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) {
        const struct thread *t = list_item(n, struct thread, all);

        if (t->id > after && (best == NULL || t->id < best->id)) best = t;
    }
    if (best == NULL) return false;
    *out = (struct thread_info){ .id = best->id, .role = best->role, .state = best->state };
    if (out->state == THREAD_READY && best->cpu->current == best) out->state = THREAD_RUNNING;
    (void)str_copy(out->name, sizeof(out->name), thread_label(best));
    return true;
}

int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) {
        struct thread *t = list_item(n, struct thread, all);

        if (t->id == id) return fn(t, arg);
    }
    return -ESRCH;
}

void threads_kill_others(void)
{
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) {
        struct thread *t = list_item(n, struct thread, all);

        if (t != arch_self() && !thread_is_kernel(t)) thread_kill(t);
    }
}
