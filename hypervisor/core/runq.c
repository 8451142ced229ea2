/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/runq.h"
#include "hypervisor/core/timer.h"

#define SLICE_NS    10000000u
#define SCALE_SHIFT 16u
#define CHARGE_MAX  BIT64(38)       /* one charge; times the largest scale it fits 64 bits */

enum rank { EXHAUSTED, FAIR, REALTIME };    /* the higher goes first, whatever else holds */

static struct runnable *runnable_of(struct list *n)
{
    return list_item(n, struct runnable, node);
}

static enum rank rank_of(const struct runnable *r)
{
    if (r->class != SHYPER_CLASS_REALTIME) return FAIR;
    return r->left > 0 ? REALTIME : EXHAUSTED;
}

void runq_init(struct runq *q)
{
    *q = (struct runq){ .slice = time_count_of_ns(SLICE_NS) };
    list_init(&q->realtime);
    list_init(&q->fair);
}

void runnable_init(struct runnable *r, const struct sched_config *config, uint64_t now)
{
    *r = (struct runnable){
        .scale = ((uint64_t)SHYPER_WEIGHT_DEFAULT << SCALE_SHIFT) / config->weight,
        .budget = time_count_of_ns(config->budget_us * UINT64_C(1000)),
        .period = time_count_of_ns(config->period_us * UINT64_C(1000)),
        .period_start = now,
        .class = config->class,
        .priority = config->priority,
    };
    r->left = r->budget;
    list_init(&r->node);
}

/* Periods follow each other without a gap from the beginning on, run in or not. */
static void enter_period(struct runnable *r, uint64_t now)
{
    uint64_t past = now - r->period_start;

    if (r->class != SHYPER_CLASS_REALTIME || past < r->period) return;
    r->period_start = now - past % r->period;
    r->left = r->budget;
}

/* The running one pays for what it had since the last time. */
static void charge(struct runq *q, uint64_t now)
{
    struct runnable *r = q->running;
    uint64_t ran;

    if (r == NULL) return;
    ran = now - r->since;
    r->since = now;
    r->run += ran;
    enter_period(r, now);
    if (r->class == SHYPER_CLASS_REALTIME)
        r->left -= MIN(r->left, MIN(ran, now - r->period_start));
    else
        r->vtime += MIN(ran, CHARGE_MAX) * r->scale >> SCALE_SHIFT;
}

static void insert(struct runq *q, struct runnable *r, bool before_equals)
{
    struct list *queue = r->class == SHYPER_CLASS_REALTIME ? &q->realtime : &q->fair, *at;

    for (at = queue->next; at != queue; at = at->next) {
        const struct runnable *o = runnable_of(at);

        if (queue == &q->fair ? o->vtime > r->vtime : o->priority < r->priority) break;
        if (before_equals && queue == &q->realtime && o->priority == r->priority) break;
    }
    list_insert_before(at, &r->node);
}

static void raise_floor(struct runq *q)
{
    uint64_t least = UINT64_MAX;

    if (q->running != NULL && q->running->class != SHYPER_CLASS_REALTIME)
        least = q->running->vtime;
    if (!list_is_empty(&q->fair)) least = MIN(least, runnable_of(q->fair.next)->vtime);
    if (least != UINT64_MAX) q->vtime_floor = MAX(q->vtime_floor, least);
}

void runq_add(struct runq *q, struct runnable *r, uint64_t now)
{
    charge(q, now);
    raise_floor(q);
    r->since = now;
    r->vtime = MAX(r->vtime, q->vtime_floor - MIN(q->vtime_floor, q->slice / 2));
    insert(q, r, false);
}

static void leave_queue(struct runnable *r, uint64_t now)
{
    list_remove(&r->node);
    r->ready += now - r->since;
    r->since = now;
}

void runq_remove(struct runq *q, struct runnable *r, uint64_t now)
{
    if (q->running == r) {
        charge(q, now);
        raise_floor(q);         /* or what it ran alone would count when it comes back to others */
        q->running = NULL;
    } else if (list_is_linked(&r->node)) {
        leave_queue(r, now);
    }
}

void runq_yield(struct runq *q, uint64_t now)
{
    struct runnable *r = q->running;

    if (r == NULL) return;
    charge(q, now);
    q->slice_end = now;
    if (r->class != SHYPER_CLASS_REALTIME && !list_is_empty(&q->fair))
        r->vtime = MAX(r->vtime, runnable_of(q->fair.next)->vtime);
}

/* Of those that are ready. */
static struct runnable *first_ready(const struct runq *q)
{
    list_for_each(at, &q->realtime) {
        if (rank_of(runnable_of(at)) == REALTIME) return runnable_of(at);
    }
    if (!list_is_empty(&q->fair)) return runnable_of(q->fair.next);
    return list_is_empty(&q->realtime) ? NULL : runnable_of(q->realtime.next);
}

/* Both fair: has the other one had so much less that it need not wait for the end of the slice? */
static bool is_ahead(const struct runq *q, const struct runnable *r, const struct runnable *next)
{
    return r->vtime > next->vtime + q->slice / 4;
}

/* Until then a fair one that has just got the core is left alone by others. */
static uint64_t settled_at(const struct runq *q)
{
    return q->slice_end - q->slice + q->slice / 16;
}

/* May the running one go on though `next` is ready? A fair one keeps the core for small differences
 * until its slice is over, so that who wakes often does not make the others change places, and at
 * first for any, so that who wakes without end leaves them more than the switches. */
static bool keeps_core(const struct runq *q, const struct runnable *next, uint64_t now)
{
    const struct runnable *r = q->running;
    bool slice_is_over = now >= q->slice_end;

    if (r == NULL) return false;
    if (next == NULL) return true;
    if (rank_of(r) != rank_of(next)) return rank_of(r) > rank_of(next);
    if (rank_of(r) != FAIR)
        return r->priority == next->priority ? !slice_is_over : r->priority > next->priority;
    if (slice_is_over) return r->vtime < next->vtime;
    return !is_ahead(q, r, next) || now < settled_at(q);
}

struct runnable *runq_next(struct runq *q, uint64_t now)
{
    struct runnable *was = q->running, *next;
    bool slice_is_over = now >= q->slice_end;

    charge(q, now);
    list_for_each(at, &q->realtime) enter_period(runnable_of(at), now);
    next = first_ready(q);
    if (keeps_core(q, next, now)) {
        if (slice_is_over) q->slice_end = now + q->slice;
        return was;
    }
    if (next == NULL) return NULL;
    leave_queue(next, now);
    if (was != NULL) insert(q, was, !slice_is_over);
    q->running = next;
    q->slice_end = now + q->slice;
    raise_floor(q);
    return next;
}

uint64_t runq_deadline(const struct runq *q)
{
    const struct runnable *r = q->running, *next = first_ready(q);
    uint64_t at = UINT64_MAX;

    if (r == NULL || next == NULL) return at;
    if (rank_of(r) == REALTIME) at = r->since + r->left;
    if (rank_of(r) == rank_of(next) && (rank_of(r) == FAIR || r->priority == next->priority))
        at = MIN(at, q->slice_end);
    if (rank_of(r) == FAIR && rank_of(next) == FAIR && is_ahead(q, r, next))
        at = MIN(at, settled_at(q));
    list_for_each(n, &q->realtime) {
        const struct runnable *o = runnable_of(n);

        if (rank_of(o) == EXHAUSTED) at = MIN(at, o->period_start + o->period);
    }
    return at;
}
