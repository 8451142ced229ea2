/* SPDX-License-Identifier: Apache-2.0 */
/* What malloc and free mostly are, to be compiled into them: while there is one thread only, and a
 * span has what is asked for, or does not become empty. That there are more threads is no question
 * of its own: nothing is below limit then, and no pointer within len. */
#pragma once

#include "unikernel/malloc/heap.h"

#define GIVEN   0x1000U                 /* no object has this number */

struct span {
    uint64_t inverse;                   /* of the size: 2^64 / size, rounded up; 0: the span is unused */
    uint16_t size;                      /* of an object */
    uint16_t first_free;                /* its number; 0: none, see fresh */
    uint16_t left;                      /* so many can be taken back before there is more to do */
    bool full;                          /* and in no list; left is 0. Else left + 1 are given out */
    uint16_t first, fresh, end;         /* object first is behind the links; from fresh on never given out */
    uint16_t class;
    struct span *next, *prev;           /* in its class's list, or the list of unused spans */
    uint16_t link[];                    /* of object n, which lies at n * size; 0: no free one follows */
};

struct heap {
    struct {
        struct span *spans;             /* with something free, but for the first; that is taken from */
        uint32_t lock;
    } class[CLASSES];
    size_t limit;                       /* one thread: SMALL_MAX + 1; else 0 */
    uintptr_t base;
    size_t len;                         /* one thread: of the spans there are; else 0 */
    char *untouched, *end;
    struct span *unused;
    uint32_t lock;                      /* untouched, unused */
};
extern struct heap heap;

static inline struct span *span_of(const void *p)
{
    return (struct span *)((uintptr_t)p & ~(SPAN_BYTES - 1));
}

/** *n: the number of the object that begins at p; false: none does. (A multiple of size times
 * 2^64 / size has almost nothing after the point; all else has at least 1 / size there.) */
static inline bool number_of(const struct span *s, const void *p, size_t *n)
{
    unsigned __int128 quotient = (unsigned __int128)((uintptr_t)p - (uintptr_t)s) * s->inverse;

    *n = (size_t)(quotient >> 64);
    return (uint64_t)quotient < s->inverse;
}

/** Object n, the first free one. */
static inline void *give(struct span *s, size_t n)
{
    s->first_free = s->link[n];
    s->link[n] = GIVEN;
    s->left++;
    return (char *)s + n * s->size;
}

static inline void take_back(struct span *s, size_t n)
{
    s->link[n] = s->first_free;
    s->first_free = (uint16_t)n;
}

/** NULL: it takes heap_alloc, or more. */
static inline void *heap_quick_alloc(size_t bytes)
{
    struct span *s;

    if (__builtin_expect(bytes >= heap.limit, 0)) return NULL;
    s = heap.class[class_of(bytes)].spans;
    return __builtin_expect(s != NULL && s->first_free != 0, 1) ? give(s, s->first_free) : NULL;
}

/** false: it takes heap_free, or p is not the heap's. */
static inline bool heap_quick_free(void *p)
{
    struct span *s = span_of(p);
    size_t n;

    if (__builtin_expect((uintptr_t)p - heap.base >= heap.len, 0)) return false;
    if (__builtin_expect(!number_of(s, p, &n), 0)) return false;
    if (__builtin_expect(s->link[n] != GIVEN || s->left == 0, 0)) return false;
    s->left--;
    take_back(s, n);
    return true;
}
