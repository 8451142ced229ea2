/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs on a CPU. Each has a ring of threads per level; the front of the highest ring that is
 * not empty runs and stays where it is, so giving way is a turn of the ring. What concerns several
 * CPUs is in place.c.
 *
 * A switch is made with the CPU's lock held and releases it when the state of the thread before is
 * saved (arch_switch): whoever holds the lock may take any thread of that CPU but `current`.
 *
 * A thread that wants to block sets BLOCKED itself, under the lock of what it waits for. A wake
 * before the switch finds it still current and just turns it back to READY. Between the two it is
 * not preempted.
 *
 * The timer is one-shot, set for the earlier of the first deadline and, only while two threads
 * share the level that runs, the end of a turn. It is never set later before it has fired: one that
 * has become useless costs an interrupt, which is cheaper than setting it at each switch. For the
 * same reason a turn is not measured from each switch on: at its end the thread goes on that has
 * come since the last end. */
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

#define TURNS_PER_SECOND 100U
#define LOOKS_PER_SECOND 20000U     /* at a thread that was killed where it could not end; at first */
#define LOOKS_SLOWER     5U         /* times that the next look is twice as far away */
#define KILLED_STATUS    137

struct cpu *sched_lock_cpu_of(struct thread *t)
{
    for (;;) {
        struct cpu *c = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);

        spin_lock(&c->lock);
        /* Acquire: we may be here before whoever moves t to c, see transfer. */
        if (likely(c == __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE))) return c;
        spin_unlock(&c->lock);
    }
}

/* Other CPUs look at these without the lock. */
static void set_count(struct cpu *c, uint32_t count)
{
    __atomic_store_n(&c->count, count, __ATOMIC_RELAXED);
}

static void set_levels(struct cpu *c, size_t prio, bool shown)
{
    uint64_t *levels = &c->levels[prio / 64], bit = BIT64(prio % 64);

    __atomic_store_n(levels, shown ? *levels | bit : *levels & ~bit, __ATOMIC_RELAXED);
}

static void set_resched(struct cpu *c, bool on)
{
    __atomic_store_n(&c->resched, on, __ATOMIC_RELAXED);
}

void sched_enqueue(struct cpu *c, struct thread *t, bool front)
{
    struct thread **first = &c->front[t->prio];

    t->queued = true;
    t->ring = first;
    set_count(c, c->count + 1);
    if (*first == NULL) {
        *first = t;
        set_levels(c, t->prio, true);
    } else if (!front) {
        list_insert_before(&(*first)->run, &t->run);
    } else if (*first == c->current) {
        list_insert_before((*first)->run.next, &t->run);
    } else {
        list_insert_before(&(*first)->run, &t->run);
        *first = t;
    }
}

void sched_dequeue(struct cpu *c, struct thread *t)
{
    struct thread **first = &c->front[t->prio];

    t->queued = false;
    set_count(c, c->count - 1);
    if (*first == t) *first = sched_next_in_ring(t);
    if (*first == t) {
        *first = NULL;
        set_levels(c, t->prio, false);
    } else {
        list_remove(&t->run);
    }
}

struct thread *sched_highest(const struct cpu *c)
{
    if (likely(c->levels[1] == 0 && c->levels[0] == 1)) return c->front[0];
    for (unsigned i = 2; i-- > 0;) {
        uint64_t levels = c->levels[i];

        if (levels != 0) return c->front[64 * i + 63 - (unsigned)__builtin_clzll(levels)];
    }
    return c->idle;
}

static void arm(struct cpu *c, uint64_t at)
{
    if (at >= c->armed) return;
    c->armed = at;
    arch_timer_set(at);
}

/* On the CPU itself: sched_timer_irq will look at t, which was killed or has a signal, later and later: it has to get
 * on between interrupts, however slow the machine is. */
static void look_again(struct cpu *c, struct thread *t)
{
    arm(c, arch_ticks() + (arch_ticks_per_second() / LOOKS_PER_SECOND << t->looks));
    if (t->looks < LOOKS_SLOWER) t->looks++;
}

/* On the CPU itself. */
static void turn_begin(struct cpu *c)
{
    c->slice_of = c->current;
    c->slice_prio = c->current->prio;
    c->slice_end = arch_ticks() + arch_ticks_per_second() / TURNS_PER_SECOND;
    arm(c, c->slice_end);
}

void sched_take_turns(struct cpu *c)
{
    if (c->slice_end != NEVER) return;
    if (c == cpu_self()) turn_begin(c);
    else sched_kick(c);
}

static bool realtime_waits(const struct cpu *c)
{
    uint64_t levels[2] = { c->levels[0] & ~UINT64_C(1), c->levels[1] };
    const struct thread *t = c->current;

    levels[t->prio / 64] &= ~BIT64(t->prio % 64);
    return levels[0] != 0 || levels[1] != 0 || (t->prio > 0 && sched_next_in_ring(t) != t);
}

/* On the CPU itself: from here on the thread returned runs. */
static struct thread *pick(struct cpu *c)
{
    struct thread *t = sched_highest(c);
    bool less_urgent = t->prio < c->current->prio;

    cputime_charge(c);
    set_resched(c, c->strangers);   /* t may be one */
    c->current = t;
    sched_share(c);
    if (unlikely(thread_is_killed(t) || thread_is_signalled(t))) look_again(c, t);
    if (less_urgent || realtime_waits(c)) sched_set_uneven(c);
    return t;
}

/* As pick, when current could go on: unless it may not run here any more. It can be given to
 * another CPU when its state is saved, which is when we get an interrupt. */
static struct thread *pick_again(struct cpu *c)
{
    struct thread *t = c->current, *next;

    if (unlikely(!(t->affinity & cpu_bit(c)))) {
        sched_dequeue(c, t);
        list_push_back(&c->leaving, &t->run);
        ipi_send(c, IPI_RESCHEDULE);
    }
    next = pick(c);
    if (next != t) sched_offer(c, t->affinity);
    return next;
}

void sched_kick(struct cpu *c)
{
    bool idles = c->current == c->idle;         /* then it looks by itself when it is woken */

    if (!idles) set_resched(c, true);
    /* A handler of ours ends in sched_irq_exit. */
    if (c == cpu_self() && (c->in_irq || idles)) return;
    ipi_send(c, IPI_RESCHEDULE);
}

/* c->lock is held. A thread that has to go to another CPU, in no ring any more; but not current,
 * which leaves in pick_again. */
static struct thread *next_to_leave(struct cpu *c)
{
    struct list *n = list_pop_front(&c->leaving);
    struct thread *t;

    if (n != NULL) return list_item(n, struct thread, run);
    t = c->strangers ? sched_stranger(c) : NULL;
    if (t != NULL) sched_dequeue(c, t);
    else c->strangers = false;
    return t;
}

void sched_ipi(void)
{
    struct cpu *c = cpu_self();

    for (;;) {
        struct thread *t;

        spin_lock(&c->lock);
        t = next_to_leave(c);
        if (t == NULL) break;
        sched_place(c, t, 0);
    }
    spin_unlock(&c->lock);
    while (__atomic_exchange_n(&c->uneven, false, __ATOMIC_RELAXED)) {
        while (sched_even_out(c)) { }
    }
}

bool sched_start(struct thread *t, bool front)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = t->cpu;             /* nobody moves it while it is held */

    spin_lock(&c->lock);
    if (t->state != THREAD_HELD) {
        spin_unlock(&c->lock);
        return false;
    }
    t->state = THREAD_READY;
    sched_place(c, t, PLACE_NEW | (front ? PLACE_FRONT : 0));
    return true;
}

bool thread_wake(struct thread *t, int result)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = sched_lock_cpu_of(t);

    if (__atomic_load_n(&t->state, __ATOMIC_ACQUIRE) != THREAD_BLOCKED) {
        spin_unlock(&c->lock);
        return false;
    }
    t->wake_result = result;
    __atomic_store_n(&t->state, THREAD_READY, __ATOMIC_RELAXED);
    if (c->current == t) {
        spin_unlock(&c->lock);
        return true;
    }
    if (timer_is_queued(&t->timer)) timerq_remove(&c->timers, &t->timer);
    sched_place(c, t, 0);
    return true;
}

static bool is_cut_short(const struct thread *t)
{
    if (likely(__atomic_load_n(&t->pending, __ATOMIC_RELAXED) == 0)) return false;
    return t->pending & (PENDING_CANCEL | PENDING_SIGNAL) || (t->cancellable && thread_is_killed(t));
}

/* c->lock is held, so what the wall clock showed is not out of date: sched_wall_clock_set comes after. */
static uint64_t timer_start(struct cpu *c, struct thread *t)
{
    t->timer.at = deadline_to_ticks(t->deadline_ns);
    timerq_add(&c->timers, &t->timer);
    return t->timer.at;
}

void sched_wall_clock_set(struct thread *t)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = sched_lock_cpu_of(t);

    if (timer_is_queued(&t->timer) && t->deadline_ns & DEADLINE_WALL) {
        uint64_t at;

        timerq_remove(&c->timers, &t->timer);
        at = timer_start(c, t);
        if (c == cpu_self()) arm(c, at);
        else ipi_send(c, IPI_TIMER);
    }
    spin_unlock(&c->lock);
}

int thread_block_finish(uint64_t deadline_ns)
{
    IRQS_OFF_SCOPED();
    struct thread *t = arch_self(), *next;
    struct cpu *c = t->cpu;

    spin_lock(&c->lock);
    if (t->state == THREAD_BLOCKED && is_cut_short(t)) {
        t->state = THREAD_READY;
        t->wake_result = -EINTR;
    }
    if (t->state == THREAD_BLOCKED) {
        if (deadline_ns != NEVER) {
            t->deadline_ns = deadline_ns;
            arm(c, timer_start(c, t));
        }
        sched_dequeue(c, t);
        next = pick(c);
    } else {
        next = c->resched ? pick_again(c) : t;
    }
    if (next != t) arch_switch(t, next, &c->lock);
    else spin_unlock(&c->lock);
    if (t->wake_result == -EINTR) {
        __atomic_fetch_and(&t->pending, ~PENDING_CANCEL, __ATOMIC_RELAXED);
    }
    return t->wake_result;
}

void thread_yield(void)
{
    IRQS_OFF_SCOPED();

    sched_yield_masked(arch_self(), true);
}

void thread_interrupt(struct thread *t)
{
    __atomic_fetch_or(&t->pending, PENDING_CANCEL, __ATOMIC_SEQ_CST);
    (void)thread_wake(t, -EINTR);
}

/* What f is the state of goes on in its own end, if it can. */
static bool divert(struct thread *t, struct trap_frame *f)
{
    if (t->depth != 0 || !thread_may_die_at(f)) return false;
    t->dying = true;
    arch_frame_redirect(f, thread_die, (void *)KILLED_STATUS, f->sp);
    return true;
}

void thread_kill(struct thread *t)
{
    {
        IRQS_OFF_SCOPED();
        struct cpu *c = sched_lock_cpu_of(t);

        /* Also a wait that is not cancellable ends once: the thread may hold something there. */
        __atomic_fetch_or(&t->pending, PENDING_KILL | PENDING_CANCEL, __ATOMIC_SEQ_CST);
        if (c->current == t) sched_kick(c);
        else if (t->preempted && thread_is_killed(t)) (void)divert(t, &t->frame);
        spin_unlock(&c->lock);
    }
    (void)thread_wake(t, -EINTR);
}

void sched_end(void)
{
    struct thread *t = arch_self();
    struct cpu *c = t->cpu;
    struct thread *next;

    spin_lock(&c->lock);
    cputime_charge(c);
    next = sched_next_in_ring(t);
    sched_dequeue(c, t);
    t->state = THREAD_EXITED;
    c->dead = t;
    /* Whose turn it is anyway, as in sched_yield_masked. */
    if (likely(next != t && !c->resched && !thread_is_killed(next))) c->current = next;
    else next = pick(c);
    arch_abandon(next, &c->lock);
}

/* The thread whose deadline was the first, made ready. */
static struct thread *timed_out(struct cpu *c)
{
    struct thread *t = container_of(timerq_pop(&c->timers), struct thread, timer);

    t->wake_result = -ETIMEDOUT;
    t->state = THREAD_READY;
    return t;
}

/* Also when somebody more urgent runs: one who came often enough would make the turn endless. */
static void turn_end(struct cpu *c)
{
    struct thread *t = c->front[c->slice_prio];

    c->slice_end = NEVER;
    if (t == c->slice_of && t->policy != POLICY_FIFO && sched_next_in_ring(t) != t) {
        c->front[c->slice_prio] = sched_next_in_ring(t);
        if (t == c->current) {
            set_resched(c, true);                               /* pick begins the next turn */
            return;
        }
    }
    if (sched_next_in_ring(c->current) != c->current) turn_begin(c);
}

void sched_timer_irq(void)
{
    struct cpu *c = cpu_self();
    uint64_t now = arch_ticks();
    struct timer *first;
    bool ended;

    for (;;) {
        spin_lock_here(&c->lock);
        first = timerq_first(&c->timers);
        if (first == NULL || first->at > now) break;
        sched_place(c, timed_out(c), 0);
    }
    if (unlikely(__atomic_load_n(&c->current->pending, __ATOMIC_RELAXED) != 0)) set_resched(c, true);
    ended = now >= c->slice_end;
    if (unlikely(ended)) turn_end(c);
    c->armed = MIN(first != NULL ? first->at : NEVER, c->slice_end);
    arch_timer_set(c->armed);
    if (unlikely(ended)) sched_balance(c);
    else spin_unlock(&c->lock);
}

void sched_irq_exit(struct trap_frame *f)
{
    struct thread *t = arch_self(), *next;
    struct cpu *c = t->cpu;

    if (!__atomic_load_n(&c->resched, __ATOMIC_RELAXED) || t == c->idle) return;
    if (unlikely(thread_is_killed(t)) && !divert(t, f) && t->depth == 0) {
        thread_return_to_end(f);
    }
    if (unlikely(thread_is_signalled(t)) && t->depth == 0) signal_interrupted(f);
    /* Then thread_block_finish looks. */
    if (__atomic_load_n(&t->state, __ATOMIC_RELAXED) == THREAD_BLOCKED) return;
    spin_lock(&c->lock);
    next = pick_again(c);
    if (next == t) {
        spin_unlock(&c->lock);
        return;
    }
    t->frame = *f;
    t->preempted = true;
    arch_preempt(t, next, &c->lock);
}

void sched_idle(void)
{
    struct thread *t = arch_self();
    struct cpu *c = t->cpu;

    for (;;) {
        struct thread *next;

        (void)arch_irq_save();
        if (sched_count(c) == 0) {
            sched_idle_begin(c);
            if (sched_count(c) == 0 && !sched_steal(c)) arch_wait();
            sched_idle_end(c);
        }
        arch_irq_enable();
        (void)arch_irq_save();
        spin_lock(&c->lock);
        next = pick(c);
        if (next != t) arch_switch(t, next, &c->lock);
        else spin_unlock(&c->lock);
    }
}
