/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of one size, several to a page. A page without objects goes back, unless it is the only
 * one of its pool with room. */
#pragma once

#include "lib/list.h"
#include "unikernel/kernel/lock.h"

struct pool {
    struct spinlock lock;
    uint32_t size;                  /* bytes of an object, a multiple of 8 */
    struct list roomy;              /* pages with room for another object */
};

#define POOL(name, bytes)                                                                          \
    { .lock = SPINLOCK(LOCK_POOL), .size = (bytes), .roomy = LIST_INIT((name).roomy) }

/** All zero; NULL: no memory. */
void *pool_alloc(struct pool *p) must_check;
void pool_free(struct pool *p, void *object);

/** The same with any locks held: stacks of ended threads keep what they have. */
void *pool_alloc_now(struct pool *p) must_check;

/** A page, from what stacks of ended threads hold if need be; NULL: no memory. What is in it is
 * undefined. */
void *page_alloc(void) must_check;
void page_free(void *page);
