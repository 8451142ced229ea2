/* SPDX-License-Identifier: Apache-2.0 */
/* Who of those that could run gets a core, by class:
 *
 *     realtime   first, the highest priority among those with budget left in their period; equals
 *                take turns. Who has used up its budget waits for its next period, unless nobody
 *                else wants the core.
 *     fair       the one with the least run time for its weight.
 *     exclusive  as fair; place.c sees to it that it has nobody to compete with.
 *
 * Times are counts of the system counter and come from the caller, who holds the core's lock. */
#pragma once

#include "abi/vm.h"
#include "hypervisor/core/types.h"
#include "lib/list.h"

/** As in a profile. */
struct sched_config {
    uint32_t class, weight;
    uint32_t priority, budget_us, period_us;    /* realtime */
};

/** What competes: part of a vCPU. */
struct runnable {
    struct list node;               /* in its core's queue while it is ready */
    uint64_t since;                 /* running or ready since, as far as it is accounted for */
    uint64_t run, ready, switches;  /* totals for statistics */
    uint64_t vtime;                 /* fair: run time, scaled to the default weight */
    uint64_t scale;                 /* ... by this, 16 bits of it behind the point */
    uint64_t budget, period;        /* realtime */
    uint64_t left, period_start;    /* of the budget, in the period that began then */
    uint32_t class, priority;
};

struct runq {
    struct list realtime;           /* ready ones, highest priority first */
    struct list fair;               /* ready ones, least vtime first */
    struct runnable *running;
    uint64_t slice, slice_end;      /* how long, and of the running one: until others have a turn */
    uint64_t vtime_floor;           /* what the fair ones have all reached; never goes back */
};

void runq_init(struct runq *q);
void runnable_init(struct runnable *r, const struct sched_config *config, uint64_t now);

/** Ready from now on. Of what it has missed it may catch up a little: half a slice. */
void runq_add(struct runq *q, struct runnable *r, uint64_t now);
/** Neither ready nor running any more. */
void runq_remove(struct runq *q, struct runnable *r, uint64_t now);
/** The running one lets those run that are as entitled as itself. */
void runq_yield(struct runq *q, uint64_t now);
/** Choose anew who runs, which also becomes runq->running; NULL: nobody is there. */
struct runnable *runq_next(struct runq *q, uint64_t now);
/** When the choice has to be made anew if nothing else happens before; UINT64_MAX: never. */
uint64_t runq_deadline(const struct runq *q);

static inline bool runq_is_empty(const struct runq *q)
{
    return q->running == NULL && list_is_empty(&q->fair) && list_is_empty(&q->realtime);
}
