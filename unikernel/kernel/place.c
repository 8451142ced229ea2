/* SPDX-License-Identifier: Apache-2.0 */
/* Where threads run: a thread that becomes ready goes to a CPU that idles, else to the one it was
 * on; no real-time thread waits while a CPU it may use does something less urgent; a CPU that is
 * about to idle takes a thread that waits elsewhere; and at the end of a turn a waiting thread goes
 * to a CPU that has at least two less. Affinity is looked at under the lock of the CPU that a
 * thread arrives at, so it is obeyed also when it has just changed.
 *
 * On its way a thread is in no ring, READY, and belongs to whoever moves it: no two of these locks
 * are ever held together. */
#include "unikernel/kernel/sched.h"

/* CPUs that look for work. Whoever gives one work takes its bit away. */
static uint32_t idle_cpus;

void sched_idle_begin(struct cpu *c)
{
    (void)__atomic_fetch_or(&idle_cpus, cpu_bit(c), __ATOMIC_SEQ_CST);
}

void sched_idle_end(struct cpu *c)
{
    (void)__atomic_fetch_and(&idle_cpus, ~cpu_bit(c), __ATOMIC_SEQ_CST);
}

static bool is_allowed(const struct thread *t, const struct cpu *c)
{
    return t->affinity & cpu_bit(c);
}

/* One of the idle CPUs in `mask`, which is then no longer offered to others; NULL: none. */
static struct cpu *claim_idle(uint32_t mask)
{
    uint32_t idle;

    while ((idle = __atomic_load_n(&idle_cpus, __ATOMIC_SEQ_CST) & mask) != 0) {
        uint32_t bit = idle & -idle;

        if (__atomic_fetch_and(&idle_cpus, ~bit, __ATOMIC_SEQ_CST) & bit) {
            return cpus[__builtin_ctz(bit)];
        }
    }
    return NULL;
}

/* The level of what c does or is about to do; below all when it idles. Read without the lock of c:
 * a guess. */
static int level_of(const struct cpu *c)
{
    uint64_t high = __atomic_load_n(&c->levels[1], __ATOMIC_RELAXED);
    uint64_t low = __atomic_load_n(&c->levels[0], __ATOMIC_RELAXED);

    if (high != 0) return 127 - __builtin_clzll(high);
    return low != 0 ? 63 - __builtin_clzll(low) : -1;
}

/* How much stands in the way of t on c: less is better. */
static unsigned burden(const struct cpu *c, const struct thread *t, bool fresh)
{
    unsigned level = (unsigned)(level_of(c) + 1);

    /* Who waits for its turn among equals stays where its data is, unless it is new anyway. */
    if (t->prio == 0 && level <= 1) return fresh ? sched_count(c) : 0;
    return level << 16 | (fresh ? sched_count(c) : 0);
}

static struct cpu *choose(struct cpu *c, const struct thread *t, bool fresh)
{
    struct cpu *best = is_allowed(t, c) ? c : NULL, *idle;

    if (best != NULL && c->count == 0 && c->current == c->idle) return c;
    idle = claim_idle(t->affinity);
    if (idle != NULL) return idle;
    for (unsigned i = 0; i < cpu_count; i++) {
        if (!is_allowed(t, cpus[i])) continue;
        if (best == NULL || burden(cpus[i], t, fresh) < burden(best, t, fresh)) best = cpus[i];
    }
    return best;
}

void sched_offer(const struct cpu *c, uint32_t mask)
{
    struct cpu *idle;

    if (cpu_count == 1) return;
    /* An idle CPU shows its bit, then looks at our count. We have counted, then look at the bits.
     * */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (sched_count(c) < 2) return;
    while ((idle = claim_idle(mask & ~cpu_bit(c))) != NULL) ipi_send(idle, IPI_RESCHEDULE);
}

/* t has to wait on c. */
static __attribute__((noinline)) void offer_elsewhere(struct cpu *c, const struct thread *t)
{
    sched_offer(c, t->affinity);
    if (t->prio > 0) sched_set_uneven(c);
}

/* t comes to c. */
static void arrive(struct cpu *c, struct thread *t, bool front)
{
    const struct thread *cur = c->current;

    sched_enqueue(c, t, front);
    if (cur == c->idle) {
        sched_idle_end(c);              /* it has work now */
        sched_kick(c);
        sched_offer(c, UINT32_MAX);     /* another may have been on its way to run here */
    } else if (t->prio > cur->prio) {
        sched_kick(c);
    } else {
        sched_share(c);
        if (cpu_count > 1) offer_elsewhere(c, t);
    }
    spin_unlock(&c->lock);
}

/* From c, whose lock is released, to another, whose lock is taken. */
static struct cpu *transfer(struct cpu *c, struct thread *t, struct cpu *to)
{
    /* Release: who locks t from now on finds it in no ring. */
    __atomic_store_n(&t->cpu, to, __ATOMIC_RELEASE);
    spin_unlock(&c->lock);
    spin_lock(&to->lock);
    return to;
}

/* c or another CPU, whose lock is then taken instead. */
static __attribute__((noinline)) struct cpu *find_place(struct cpu *c, struct thread *t, bool fresh)
{
    struct cpu *to = choose(c, t, fresh);

    while (to != c) {
        c = transfer(c, t, to);
        if (!is_allowed(t, c)) to = choose(c, t, false);
    }
    return c;
}

void sched_place(struct cpu *c, struct thread *t, unsigned how)
{
    if (cpu_count > 1) c = find_place(c, t, how & PLACE_NEW);
    arrive(c, t, how & PLACE_FRONT);
}

void sched_move(struct cpu *c, struct thread *t, struct cpu *to)
{
    c = transfer(c, t, to);
    if (is_allowed(t, c)) arrive(c, t, false);
    else sched_place(c, t, 0);
}

/* A thread that waits on c and may run on `to`: the most urgent, and of those the one whose turn
 * would come last. c->lock is held. */
static struct thread *movable(struct cpu *c, const struct cpu *to)
{
    const struct thread *next = sched_highest(c);

    for (unsigned level = PRIO_LEVELS; level-- > 0;) {
        struct thread *front = c->front[level], *t = front;

        if (front == NULL) continue;
        do {
            t = list_item(t->run.prev, struct thread, run);
            if (t != c->current && t != next && is_allowed(t, to)) return t;
        } while (t != front);
    }
    return NULL;
}

struct thread *sched_stranger(struct cpu *c)
{
    for (unsigned level = 0; level < PRIO_LEVELS; level++) {
        struct thread *front = c->front[level], *t = front;

        if (front == NULL) continue;
        do {
            t = sched_next_in_ring(t);
            if (t != c->current && !is_allowed(t, c)) return t;
        } while (t != front);
    }
    return NULL;
}

/* c->lock is held, and released: a thread above that level goes to another CPU. */
static bool hand_over(struct cpu *c, struct cpu *to, int above)
{
    struct thread *t = movable(c, to);

    if (t == NULL || t->prio <= above) {
        spin_unlock(&c->lock);
        return false;
    }
    sched_dequeue(c, t);
    sched_move(c, t, to);
    return true;
}

void sched_balance(struct cpu *c)
{
    struct cpu *to = c;

    for (unsigned i = 0; i < cpu_count; i++) {
        if (sched_count(cpus[i]) < sched_count(to)) to = cpus[i];
    }
    if (sched_count(to) + 2 <= c->count) (void)hand_over(c, to, -1);
    else spin_unlock(&c->lock);
}

bool sched_steal(struct cpu *c)
{
    for (unsigned i = 1; i < cpu_count; i++) {
        struct cpu *from = cpus[(c->index + i) % cpu_count];

        if (sched_count(from) < 2) continue;
        spin_lock(&from->lock);
        if (hand_over(from, c, -1)) return true;
    }
    return false;
}

static bool pass_on(struct cpu *from, struct cpu *to)
{
    if (sched_count(from) < 2) return false;
    spin_lock(&from->lock);
    return hand_over(from, to, MAX(level_of(to), 0));
}

bool sched_even_out(struct cpu *c)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        if (cpus[i] != c && (pass_on(c, cpus[i]) || pass_on(cpus[i], c))) return true;
    }
    return false;
}
