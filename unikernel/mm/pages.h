/* SPDX-License-Identifier: Apache-2.0 */
/* Physical pages: a buddy allocator over 2 MiB chunks, orders 0 (4 KiB) to 9 (2 MiB). Pages can be
 * promised before they are needed; nobody else gets those. */
#pragma once

#include "lib/compiler.h"

#define PAGES_MAX_ORDER 9

struct pages_stat {
    uint64_t total, free, untouched;            /* pages; untouched ones are free too */
    uint64_t left;                              /* that nobody has been promised */
    uint32_t free_blocks[PAGES_MAX_ORDER + 1];
};

/** Hand over [base, end), page-aligned and linearly mapped. -ENOSPC when there are too many
 * separate banks. */
int pages_add(uint64_t base, uint64_t end) must_check;

/** 2^order pages, naturally aligned, none of them promised. -ENOMEM leaves *pa alone. Any context;
 * interrupts may be on or off. */
int pages_alloc(unsigned order, uint64_t *pa) must_check;

/** Give back what pages_alloc gave, also in parts. Freeing what is free stops the system. */
void pages_free(uint64_t pa, unsigned order);

/** Keep `count` pages for pages_take. -ENOMEM: so many are not left. */
int pages_promise(uint64_t count) must_check;

/** So many are not kept any more. */
void pages_unpromise(uint64_t count);

/** One of the pages that were promised. */
uint64_t pages_take(void) must_check;

/** Give a page back and have it promised again. */
void pages_return(uint64_t pa);

void pages_stat(struct pages_stat *out);
