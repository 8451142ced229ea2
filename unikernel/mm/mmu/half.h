/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that serve the application's half: space.c, and file.c when there are files. */
#pragma once

#include "unikernel/kernel/lock.h"
#include "unikernel/mm/mmu/table.h"
#include "unikernel/mm/space.h"

#define GATHERED 16U
#define PIECE    (GATHERED * PAGE_SIZE)

extern struct half {
    struct spinlock lock;
    uint64_t hint;
    uint64_t backed;
} half;

/** space_map without giving up anything for it; of a file if m is given. */
int half_map(uint64_t *at, uint64_t len, unsigned rights, bool keep,
             const struct mapping *m) must_check;

/** Rights of an entry nothing is behind yet. */
unsigned taken_rights(pte_t e);

/* What follows is called with the lock held. */

/** file.c's, or no_files.c's: back the page at va, whose entry of level 3 says PTE_FILE, or is clean and
 * about to be written. */
int file_back(pte_t *e, uint64_t va, unsigned access) must_check;

/** It shows a page of a file itself. */
static inline bool half_is_files(pte_t e)
{
    return pte_is_valid(e) && (e & (PTE_OWNED | PTE_LAZY)) == PTE_LAZY;
}

/** *e becomes the page at pa, with the rights it has waited with; owned: PTE_OWNED or 0. */
void half_show(pte_t *e, uint64_t pa, pte_t owned);

/** The entry of the page at va, which *e says is taken. NULL: no memory. */
pte_t *half_spread(pte_t *e, unsigned level, uint64_t va) must_check;

/** A page for *e, which counts as backed from now on. -ENOMEM */
int half_page(pte_t e, uint64_t *pa) must_check;

/** Pages of [at, end) go; their entries say again what they will be, and `as`. @return how far it came */
uint64_t half_discard(uint64_t at, uint64_t end, pte_t as) must_check;
