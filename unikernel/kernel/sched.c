/* SPDX-License-Identifier: Apache-2.0 */
/* Round robin, one queue per CPU. The timer is one-shot and is programmed for the earlier of the
 * first sleeper's deadline and, only while somebody waits for the CPU, the end of the running
 * thread's slice: a thread that is alone is never interrupted.
 *
 * States change under cpu->lock. A thread that wants to block sets BLOCKED itself, under the lock
 * of what it waits for; a wake between that and the switch finds it still on the CPU and just turns
 * it back to RUNNING. Such a thread is not preempted, so it cannot end up queued and BLOCKED. */
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

#define SLICE_NS 10000000ULL

static struct cpu *cpu_self(void) { return arch_self()->cpu; }

/* cpu->lock held */
static void timer_program(struct cpu *c)
{
    struct timer *first = timerq_first(&c->timers);
    uint64_t at = first != NULL ? first->at : NEVER;

    /* A switch that is due already needs no further interrupt: one in the past would come again and
     * again. */
    if (!list_is_empty(&c->run) && !c->resched) at = MIN(at, c->slice_end);
    arch_timer_set(at);
}

/* cpu->lock held */
static void queue(struct cpu *c, struct thread *t, bool front)
{
    bool was_empty = list_is_empty(&c->run);

    t->state = THREAD_READY;
    if (front) list_push_front(&c->run, &t->run);
    else list_push_back(&c->run, &t->run);
    if (arch_self() == c->idle) {
        c->resched = true;
    } else if (was_empty) {
        c->slice_end = arch_ticks() + time_to_ticks(SLICE_NS) - time_to_ticks(0);
        timer_program(c);
    }
}

/* cpu->lock held. The next to run, marked so; the caller switches to it. */
static struct thread *pick(struct cpu *c)
{
    struct list *n = list_pop_front(&c->run);
    struct thread *t = n != NULL ? list_item(n, struct thread, run) : c->idle;

    c->resched = false;
    t->state = THREAD_RUNNING;
    c->slice_end = arch_ticks() + time_to_ticks(SLICE_NS) - time_to_ticks(0);
    timer_program(c);
    return t;
}

bool sched_start(struct thread *t, bool front)
{
    LOCK_SCOPED(&t->cpu->lock);

    if (t->state != THREAD_HELD) return false;
    queue(t->cpu, t, front);
    return true;
}

bool thread_wake(struct thread *t, int result)
{
    LOCK_SCOPED(&t->cpu->lock);

    if (t->state != THREAD_BLOCKED) return false;
    t->wake_result = result;
    if (t == arch_self()) t->state = THREAD_RUNNING;
    else queue(t->cpu, t, false);
    return true;
}

static void deadline_passed(struct timer *timer)
{
    (void)thread_wake(container_of(timer, struct thread, timer), -ETIMEDOUT);
}

int thread_block_finish(uint64_t deadline_ns)
{
    struct thread *t = arch_self(), *next = NULL;
    struct cpu *c = t->cpu;
    IRQS_OFF_SCOPED();

    BUG_ON(t->held != NULL);
    {
        LOCK_SCOPED(&c->lock);
        if (t->state == THREAD_BLOCKED && t->pending != 0) {
            t->state = THREAD_RUNNING;
            t->wake_result = -EINTR;
        }
        if (t->state == THREAD_BLOCKED) {
            if (deadline_ns != NEVER) {
                t->timer.at = time_to_ticks(deadline_ns);
                t->timer.fire = deadline_passed;
                timerq_add(&c->timers, &t->timer);
            }
            next = pick(c);
        }
    }
    if (next != NULL) arch_switch(t, next);
    {
        LOCK_SCOPED(&c->lock);
        timerq_remove(&c->timers, &t->timer);
        if (t->wake_result == -EINTR) t->pending &= ~PENDING_CANCEL;
    }
    return t->wake_result;
}

void thread_yield(void)
{
    struct thread *t = arch_self(), *next;
    struct cpu *c = t->cpu;
    IRQS_OFF_SCOPED();

    {
        LOCK_SCOPED(&c->lock);
        if (list_is_empty(&c->run)) return;
        if (t != c->idle) queue(c, t, false);
        else t->state = THREAD_READY;
        next = pick(c);
    }
    arch_switch(t, next);
}

static void post(struct thread *t, uint32_t what)
{
    {
        LOCK_SCOPED(&t->cpu->lock);
        t->pending |= what;
    }
    (void)thread_wake(t, -EINTR);
}

void thread_interrupt(struct thread *t) { post(t, PENDING_CANCEL); }

void thread_kill(struct thread *t)
{
    post(t, PENDING_KILL);
    arch_thread_divert(t);
}

void sched_end(void)
{
    struct thread *t = arch_self(), *next;
    struct cpu *c = t->cpu;

    {
        LOCK_SCOPED(&c->lock);
        t->state = THREAD_EXITED;
        if (t != c->idle) c->dead = t;
        next = pick(c);
    }
    arch_abandon(next);
}

void sched_timer_irq(void)
{
    struct cpu *c = cpu_self();

    for (;;) {
        struct timer *t;
        {
            LOCK_SCOPED(&c->lock);
            t = timerq_first(&c->timers);
            if (t == NULL || t->at > arch_ticks()) break;
            timerq_remove(&c->timers, t);
        }
        t->fire(t);
    }
    LOCK_SCOPED(&c->lock);
    if (!list_is_empty(&c->run) && arch_ticks() >= c->slice_end) c->resched = true;
    timer_program(c);
}

void sched_irq_exit(struct trap_frame *f)
{
    struct thread *t = arch_self(), *next;
    struct cpu *c = t->cpu;

    if (!c->resched || t->state != THREAD_RUNNING || t->held != NULL) return;
    {
        LOCK_SCOPED(&c->lock);
        if (t != c->idle) queue(c, t, false);
        else t->state = THREAD_READY;
        next = pick(c);
    }
    if (next == t) return;
    t->frame = *f;
    t->preempted = true;
    arch_preempt(t, next);
}

void sched_idle(void)
{
    for (;;) {
        (void)arch_irq_save();
        if (list_is_empty(&cpu_self()->run)) arch_wait();
        arch_irq_enable();
        thread_yield();
    }
}
