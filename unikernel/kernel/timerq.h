/* SPDX-License-Identifier: Apache-2.0 */
/* Timers in the order they expire: a pairing heap, so adding is constant and taking the first is
 * logarithmic on average, and nothing is allocated. The caller holds whatever protects it. */
#pragma once

#include "lib/compiler.h"

struct timer {
    uint64_t at;                    /* counter ticks */
    struct timer *child, *next;     /* first child, next sibling */
    struct timer *prev;             /* previous sibling; parent of a first child; itself as root */
};

struct timerq {
    struct timer *root;
};

static inline bool timer_is_queued(const struct timer *t) { return t->prev != NULL; }

/** t must not be queued. */
void timerq_add(struct timerq *q, struct timer *t);

/** Does nothing when t is not queued. */
void timerq_remove(struct timerq *q, struct timer *t);

/** Take the one that expires first; there is one. */
static inline struct timer *timerq_pop(struct timerq *q)
{
    struct timer *t = q->root;

    if (t->child != NULL) {
        timerq_remove(q, t);
    } else {
        q->root = NULL;
        t->prev = NULL;
    }
    return t;
}

/** The timer that expires first, NULL when there is none. */
static inline struct timer *timerq_first(const struct timerq *q) { return q->root; }
