/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/malloc/heap.h"
#include "unikernel/malloc/lock.h"

#define WORDS(n)    (((n) + 63U) / 64U)
#define BITS_MAX    (SPAN_BYTES / STEP)

struct span {
    struct span *next, *prev;           /* in its class's list, or the list of unused spans */
    uint32_t size, inverse;             /* of an object; 2^32 / size, rounded up */
    uint16_t class, used;               /* objects given out */
    uint16_t count, word;               /* objects; the first word that may have a free bit */
    uint64_t first;                     /* offset of object 0 */
    uint64_t free[];                    /* object n lies at first + n * size */
};

struct class {
    uint32_t lock;
    struct span *spans;                 /* with something free; the first is taken from */
};

static struct {
    char *base, *end;
    uint32_t lock;                      /* untouched, unused */
    char *untouched;
    struct span *unused;
    struct class class[CLASSES];
} heap;

void heap_init(void *base, size_t len)
{
    heap.base = heap.untouched = base;
    heap.end = heap.base + len;
}

bool heap_has(const void *p)
{
    return (const char *)p >= heap.base && (const char *)p < heap.untouched;
}

static struct span *span_of(const void *p)
{
    return (struct span *)((uintptr_t)p & ~(SPAN_BYTES - 1));
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

static struct span *span_new(unsigned c)
{
    uint32_t size = class_size(c), count = (uint32_t)(SPAN_BYTES - sizeof(struct span)) / size, first;
    struct span *s;

    heap_lock(&heap.lock);
    s = heap.unused;
    if (s != NULL) {
        heap.unused = s->next;
    } else if (heap.untouched < heap.end) {
        s = (struct span *)(void *)heap.untouched;
        /* Release: heap_has, which takes no lock, sees spans that exist. */
        __atomic_store_n(&heap.untouched, heap.untouched + SPAN_BYTES, __ATOMIC_RELEASE);
    }
    heap_unlock(&heap.lock);
    if (s == NULL) return NULL;

    first = (uint32_t)(sizeof(*s) + WORDS(count) * sizeof(s->free[0]) + STEP - 1) / STEP * STEP;
    count = (uint32_t)(SPAN_BYTES - first) / size;
    *s = (struct span){
        .size = size,
        .inverse = (uint32_t)((UINT64_C(1) << 32) / size + 1),
        .class = (uint16_t)c,
        .count = (uint16_t)count,
        .first = first,
    };
    for (unsigned w = 0; w < WORDS(count); w++) s->free[w] = UINT64_MAX;
    if (count % 64 != 0) s->free[count / 64] = (UINT64_C(1) << count % 64) - 1;
    return s;
}

void *heap_alloc(size_t bytes)
{
    unsigned c = class_of(bytes), bit;
    struct class *k = &heap.class[c];
    struct span *s;

    heap_lock(&k->lock);
    s = k->spans;
    if (__builtin_expect(s == NULL, 0)) {
        s = span_new(c);
        if (s == NULL) {
            heap_unlock(&k->lock);
            return NULL;
        }
        push(&k->spans, s);
    }
    while (s->free[s->word] == 0) s->word++;
    bit = (unsigned)__builtin_ctzl(s->free[s->word]);
    s->free[s->word] &= s->free[s->word] - 1;
    bit += s->word * 64U;
    if (__builtin_expect(++s->used == s->count, 0)) take_out(&k->spans, s);
    heap_unlock(&k->lock);
    return (char *)s + s->first + (size_t)bit * s->size;
}

/* The number of the object that begins at p, or UINT32_MAX. */
static uint32_t number_of(const struct span *s, const void *p)
{
    uint32_t at = (uint32_t)((uintptr_t)p - (uintptr_t)s - s->first);
    uint32_t n = (uint32_t)((uint64_t)at * s->inverse >> 32);

    return at < SPAN_BYTES && n < s->count && n * s->size == at ? n : UINT32_MAX;
}

size_t heap_room(const void *p)
{
    const struct span *s = span_of(p);
    struct class *k = &heap.class[s->class];
    uint32_t n = number_of(s, p);
    bool is_free;

    if (n == UINT32_MAX) return 0;
    heap_lock(&k->lock);                /* others' bits in the word may change */
    is_free = s->free[n / 64] >> n % 64 & 1;
    heap_unlock(&k->lock);
    return is_free ? 0 : s->size;
}

/* Locked. An empty span stays when it is the only one of its class. */
static void give_up(struct class *k, struct span *s)
{
    if (k->spans == s && s->next == NULL) return;
    take_out(&k->spans, s);
    heap_discard(s, SPAN_BYTES);
    heap_lock(&heap.lock);
    push(&heap.unused, s);
    heap_unlock(&heap.lock);
}

enum heap_error heap_free(void *p)
{
    struct span *s = span_of(p);
    struct class *k = &heap.class[s->class];
    uint32_t n = number_of(s, p);
    uint64_t bit = UINT64_C(1) << n % 64;

    if (__builtin_expect(n == UINT32_MAX, 0)) return HEAP_NEVER_GIVEN;
    heap_lock(&k->lock);
    if (__builtin_expect((s->free[n / 64] & bit) != 0, 0)) {
        heap_unlock(&k->lock);
        return HEAP_FREED_BEFORE;
    }
    s->free[n / 64] |= bit;
    if (n / 64 < s->word) s->word = (uint16_t)(n / 64);
    if (__builtin_expect(s->used-- == s->count, 0)) push(&k->spans, s);
    else if (__builtin_expect(s->used == 0, 0)) give_up(k, s);
    heap_unlock(&k->lock);
    return HEAP_OK;
}
