/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "unikernel/malloc/heap.h"
#include "unikernel/malloc/lock.h"
#include "unikernel/malloc/quick.h"

#define AT_ONCE     16U                 /* objects that are made free together */
#define HEAD_BYTES  4096U               /* of a span, which stay when it is given up: it is known by them */

void heap_init(void *base, size_t len)
{
    heap.base = (uintptr_t)base;
    heap.untouched = base;
    heap.end = heap.untouched + len;
}

bool heap_has(const void *p)
{
    return (uintptr_t)p >= heap.base && (const char *)p < heap.untouched;
}

/* @return taken? */
static bool lock(uint32_t *l)
{
    if (heap_alone()) {
        heap.limit = SMALL_MAX + 1;
        heap.len = (uintptr_t)heap.untouched - heap.base;
        return false;
    }
    heap_lock(l);
    return true;
}

static void unlock(uint32_t *l, bool taken)
{
    if (taken) heap_unlock(l);
}

static void push(struct span **list, struct span *s)
{
    s->prev = NULL;
    s->next = *list;
    if (s->next != NULL) s->next->prev = s;
    *list = s;
}

static void take_out(struct span **list, struct span *s)
{
    if (s->next != NULL) s->next->prev = s->prev;
    if (s->prev != NULL) s->prev->next = s->next;
    else *list = s->next;
}

static struct span *span_new(size_t c)
{
    uint32_t size = class_size(c), end = (uint32_t)SPAN_BYTES / size, first;
    struct span *s;

    heap_lock(&heap.lock);
    s = heap.unused;
    if (s != NULL) {
        if (heap_commit((char *)s + HEAD_BYTES, SPAN_BYTES - HEAD_BYTES)) heap.unused = s->next;
        else s = NULL;
    } else if (heap.untouched < heap.end && heap_commit(heap.untouched, SPAN_BYTES)) {
        s = (struct span *)(void *)heap.untouched;
        /* Release: heap_has, which takes no lock, sees spans that exist. */
        __atomic_store_n(&heap.untouched, heap.untouched + SPAN_BYTES, __ATOMIC_RELEASE);
    }
    heap_unlock(&heap.lock);
    if (s == NULL) return NULL;

    /* There is a link, 0, also for what is left behind the last object: addresses there have that number. */
    first = (uint32_t)(sizeof(*s) + (end + 1) * sizeof(s->link[0]) + size - 1) / size;
    *s = (struct span){
        .inverse = UINT64_MAX / size + 1,
        .size = (uint16_t)size,
        .first = (uint16_t)first,
        .fresh = (uint16_t)first,
        .end = (uint16_t)end,
        .class = (uint16_t)c,
        .left = UINT16_MAX,
    };
    return s;
}

/* Has s something free? */
static bool has_free(struct span *s)
{
    uint32_t n = s->fresh, end = n + AT_ONCE < s->end ? n + AT_ONCE : s->end;

    if (s->first_free != 0) return true;
    if (n == end) return false;
    s->first_free = (uint16_t)n;
    s->fresh = (uint16_t)end;
    while (++n < end) s->link[n - 1] = (uint16_t)n;
    return true;
}

void *heap_alloc(size_t bytes)
{
    size_t c = class_of(bytes);
    struct span **list = &heap.class[c].spans, *s;
    bool taken = lock(&heap.class[c].lock);
    void *p = NULL;

    while ((s = *list) != NULL && !has_free(s)) {
        take_out(list, s);
        s->full = true;
        s->left = 0;
    }
    if (s == NULL) {
        s = span_new(c);
        if (s != NULL) push(list, s);
    }
    if (s != NULL && has_free(s)) p = give(s, s->first_free);
    unlock(&heap.class[c].lock, taken);
    return p;
}

size_t heap_room(const void *p)
{
    const struct span *s = span_of(p);
    size_t n;

    return number_of(s, p, &n) && s->link[n] == GIVEN ? s->size : 0;    /* others do not change our object's link */
}

/* Locked. An empty span stays when it is the only one of its class. */
static void give_up(struct span **list, struct span *s)
{
    if (*list == s && s->next == NULL) return;
    take_out(list, s);
    memset(s, 0, HEAD_BYTES);
    heap_discard((char *)s + HEAD_BYTES, SPAN_BYTES - HEAD_BYTES);
    heap_lock(&heap.lock);
    push(&heap.unused, s);
    heap_unlock(&heap.lock);
}

/* Locked, object n is not given out. The last free one has the same link as those never given out. */
static enum heap_error why_not(const struct span *s, size_t n)
{
    size_t free = s->first_free;

    while (free != 0 && free != n) free = s->link[free];
    return free != 0 ? HEAP_FREED_BEFORE : HEAP_NEVER_GIVEN;
}

enum heap_error heap_free(void *p)
{
    struct span *s = span_of(p), **list = &heap.class[s->class].spans;
    uint32_t *l = &heap.class[s->class].lock;
    bool taken = lock(l);
    enum heap_error err = HEAP_OK;
    size_t n;

    if (!number_of(s, p, &n)) {
        err = HEAP_NEVER_GIVEN;
    } else if (s->link[n] != GIVEN) {
        err = why_not(s, n);
    } else {
        take_back(s, n);
        if (s->full) {
            s->full = false;
            s->left = (uint16_t)(s->end - s->first - 2);
            push(list, s);
        } else if (s->left-- == 0) {
            give_up(list, s);
        }
    }
    unlock(l, taken);
    return err;
}
