/* SPDX-License-Identifier: Apache-2.0 */
/* The life of threads. An object takes one page. A thread that ends cannot free what it stands on:
 * it leaves its own stack first, and its object is used again by whoever makes a thread next on that
 * CPU, or freed by who ends there. */
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/log.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/pi.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/signal.h"
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

/* t is all zeros. What follows is again so when a thread has ended. */
static void object_init(struct thread *t)
{
    list_init(&t->run);
    list_init(&t->wait);
    list_init(&t->pi_waiters);
    list_init(&t->pi_node);
}

static void life_init(struct thread *t, enum thread_role role, const char *name)
{
    const struct thread *maker = arch_self();

    t->cpu = maker->cpu;
    t->depth = role <= ROLE_IDLE ? 1 : 0; /* an application's thread starts in the application */
    t->pending = 0;
    t->preempted = t->kept_fp = t->dying = t->cancellable = t->exiting = t->start_held = false;
    t->looks = t->inherited = 0;
    t->state = THREAD_HELD;
    t->role = role;
    t->policy = t->prio = t->own_prio = 0;
    t->affinity = UINT32_MAX;
    if (role == ROLE_APP) {
        t->affinity = maker->affinity;
        t->policy = maker->policy;
        t->prio = t->own_prio = maker->own_prio;
    }
    t->robust = 0;
    t->cpu_ticks = 0;
    t->clear_tid = NULL;
    t->fault = NULL;
    t->stack.len = 0;
    t->kstack_top = NULL;
    t->name[0] = '\0';
    if (name != NULL) (void)str_copy(t->name, sizeof(t->name), name);
}

void thread_init_idle(struct thread *t, struct cpu *c)
{
    object_init(t);
    life_init(t, ROLE_IDLE, "idle");
    t->cpu = c;
    t->state = THREAD_READY;
    t->id = 11 * (c->index + 1);
}

void thread_list_idle(struct thread *t)
{
    LOCK_SCOPED(&threads.lock);

    list_push_back(&threads.all, &t->all);
}

static void object_free(struct thread *t)
{
    pages_free((uint64_t)((char *)t - (char *)arch_linear(0)), 0);
}

/* The object of the thread that ended last on this CPU, or NULL; it is off its stack for certain
 * once somebody else runs. */
static struct thread *dead_take(void)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = cpu_self();
    struct thread *dead = c->dead;

    c->dead = NULL;
    if (unlikely(dead != NULL && dead->kstack_top != NULL)) kstack_free(dead->kstack_top);
    return dead;
}

static struct thread *object_make(void)
{
    uint64_t pa;

    if (pages_alloc(0, &pa) != 0 && !(stacks_drop() && pages_alloc(0, &pa) == 0)) return NULL;
    arch_zero_page(arch_linear(pa));
    object_init(arch_linear(pa));
    return arch_linear(pa);
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
    struct thread *t = dead_take();

    if (t == NULL) t = object_make();
    if (t == NULL) return NULL;
    life_init(t, role, name);

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
        object_free(t);
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
    struct thread *t = arg, *dead = dead_take();
    unsigned apps_left;

    if (LOCK_CHECKS) BUG_ON(t->held != NULL);
    if (dead != NULL) object_free(dead);
    if (t->clear_tid != NULL) {
        user_store((uint32_t *)t->clear_tid, 0);
        (void)futex_wake((uint64_t)t->clear_tid, 1, FUTEX_ANY);
    }
    if (t->stack.len != 0 && stack_give(&t->stack) != 0) {
        log_warn("thread", "thread %u gave a stack back that is none", t->id);
    }
    {
        LOCK_SCOPED(&threads.lock);
        if (!list_is_empty(&t->pi_waiters)) pi_exit(t);
        list_remove(&t->all);
        if (!thread_is_kernel(t)) threads.apps--;
        apps_left = threads.apps;
    }
    if (unlikely(t->signals.queue.set != 0)) signal_thread_ended(t);
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
    struct thread *best = NULL;
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) {
        struct thread *t = list_item(n, struct thread, all);

        if (t->id > after && (best == NULL || t->id < best->id)) best = t;
    }
    if (best == NULL) return false;
    *out = (struct thread_info){ .id = best->id, .role = best->role, .state = best->state,
                                 .cpu = best->cpu->index, .prio = best->prio };
    if (out->state == THREAD_READY && best->cpu->current == best) out->state = THREAD_RUNNING;
    out->cpu_ns = cputime_of(best);
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

void threads_wall_clock_set(void)
{
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) sched_wall_clock_set(list_item(n, struct thread, all));
}

void threads_kill_others(void)
{
    LOCK_SCOPED(&threads.lock);

    list_for_each(n, &threads.all) {
        struct thread *t = list_item(n, struct thread, all);

        if (t != arch_self() && !thread_is_kernel(t)) thread_kill(t);
    }
}
