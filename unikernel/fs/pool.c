/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/pool.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/stack.h"
#include "lib/str.h"

#define PAGE 4096U

struct slab {                       /* the beginning of a page of objects */
    struct list node;               /* in roomy, when there is room */
    void *free;                     /* given back, linked through their first bytes */
    uint32_t used, fresh;           /* objects in use; objects that were given out ever */
};

static uint32_t slab_capacity(const struct pool *p)
{
    return (PAGE - (uint32_t)sizeof(struct slab)) / p->size;
}

void *page_alloc(void)
{
    uint64_t pa;
    int err = pages_alloc(0, &pa);

    if (err != 0 && stacks_drop()) err = pages_alloc(0, &pa);
    return err == 0 ? arch_linear(pa) : NULL;
}

void page_free(void *page) { pages_free((uint64_t)((char *)page - (char *)arch_linear(0)), 0); }

/* The pool's lock is held, and the slab has room. */
static void *slab_take(struct pool *p, struct slab *s)
{
    void *object = s->free;

    if (object != NULL) s->free = *(void **)object;
    else object = (char *)(s + 1) + (size_t)s->fresh++ * p->size;
    if (++s->used == slab_capacity(p)) list_remove(&s->node);
    return object;
}

static void *take(struct pool *p)
{
    LOCK_SCOPED(&p->lock);

    return list_is_empty(&p->roomy) ? NULL
                                    : slab_take(p, list_item(p->roomy.next, struct slab, node));
}

static void *take_of_new(struct pool *p)
{
    struct slab *s;
    uint64_t pa;

    if (pages_alloc(0, &pa) != 0) return NULL;
    s = arch_linear(pa);
    *s = (struct slab){ 0 };

    LOCK_SCOPED(&p->lock);
    list_push_back(&p->roomy, &s->node);
    return slab_take(p, s);
}

void *pool_alloc_now(struct pool *p)
{
    void *object = take(p);

    if (object == NULL) object = take_of_new(p);
    return object == NULL ? NULL : memset(object, 0, p->size);
}

void *pool_alloc(struct pool *p)
{
    void *object = pool_alloc_now(p);

    return object == NULL && stacks_drop() ? pool_alloc_now(p) : object;
}

void pool_free(struct pool *p, void *object)
{
    struct slab *s = (struct slab *)align_down((uint64_t)object, PAGE);
    bool gone;

    {
        LOCK_SCOPED(&p->lock);

        if (s->used == slab_capacity(p)) list_push_front(&p->roomy, &s->node);
        *(void **)object = s->free;
        s->free = object;
        gone = --s->used == 0 && (p->roomy.next != &s->node || p->roomy.prev != &s->node);
        if (gone) list_remove(&s->node);
    }
    if (gone) page_free(s);
}
