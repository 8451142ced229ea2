/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/timerq.h"

/* Two roots become one; equal times keep the order of arrival (a came first). */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (a == NULL) return b;
    if (b == NULL) return a;
    if (b->at < a->at) {
        struct timer *t = a;

        a = b;
        b = t;
    }
    b->next = a->child;
    if (b->next != NULL) b->next->prev = b;
    b->prev = a;
    a->child = b;
    return a;
}

/* The children of a removed root: meld in pairs from the left, then all pairs from the right.
 * Iterative, because a thousand sleepers are one list. */
static struct timer *meld_children(struct timer *first)
{
    struct timer *pairs = NULL, *root = NULL;

    while (first != NULL) {
        struct timer *a = first, *b = a->next, *pair;

        first = b != NULL ? b->next : NULL;
        a->next = NULL;
        if (b != NULL) b->next = NULL;
        pair = meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs != NULL) {
        struct timer *rest = pairs->next;

        pairs->next = NULL;
        root = meld(pairs, root);
        pairs = rest;
    }
    return root;
}

static void set_root(struct timerq *q, struct timer *t)
{
    q->root = t;
    if (t == NULL) return;
    t->next = NULL;
    t->prev = t;
}

void timerq_add(struct timerq *q, struct timer *t)
{
    t->child = t->next = NULL;
    set_root(q, meld(q->root, t));
}

void timerq_remove(struct timerq *q, struct timer *t)
{
    struct timer *children;

    if (!timer_is_queued(t)) return;
    children = meld_children(t->child);
    if (t == q->root) {
        set_root(q, children);
    } else {
        if (t->prev->child == t) t->prev->child = t->next;
        else t->prev->next = t->next;
        if (t->next != NULL) t->next->prev = t->prev;
        set_root(q, meld(q->root, children));
    }
    t->child = t->next = t->prev = NULL;
}
