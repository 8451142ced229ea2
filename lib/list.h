/* SPDX-License-Identifier: Apache-2.0 */
/* A circular doubly linked list whose nodes are embedded in what they link. An unlinked node points
 * at itself, so `list_is_linked` answers truthfully and removing twice is harmless. */
#pragma once

#include "lib/compiler.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)            { l->next = l->prev = l; }
static inline bool list_is_empty(const struct list *l)  { return l->next == l; }
static inline bool list_is_linked(const struct list *n) { return n->next != n; }

static inline void list_insert_before(struct list *at, struct list *n)
{
    n->prev = at->prev;
    n->next = at;
    at->prev->next = n;
    at->prev = n;
}

static inline void list_push_back(struct list *l, struct list *n)  { list_insert_before(l, n); }
static inline void list_push_front(struct list *l, struct list *n)
{
    list_insert_before(l->next, n);
}

static inline void list_remove(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}

static inline struct list *list_pop_front(struct list *l)
{
    struct list *n = l->next;

    if (n == l) return NULL;
    list_remove(n);
    return n;
}

#define list_item(n, type, member) container_of(n, type, member)
#define list_for_each(it, l) for (struct list *it = (l)->next; it != (l); it = it->next)
#define list_for_each_safe(it, l)                                                                  \
    for (struct list *it = (l)->next, *it##_next = it->next; it != (l);                            \
         it = it##_next, it##_next = it->next)
