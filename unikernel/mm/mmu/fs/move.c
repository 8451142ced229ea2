/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the application's half, and moving parts of it. A promise goes with its entry. */
#include "unikernel/mm/mmu/half.h"
#include "unikernel/kernel/arch.h"
#include "lib/err.h"

int space_look(uint64_t at, uint64_t *next, unsigned *rights)
{
    unsigned level;
    pte_t e;
    LOCK_SCOPED(&half.lock);

    if (at >= LOW_END) return -ENOMEM;
    e = *map_find(at, &level);
    if (e == 0) return -ENOMEM;
    *next = align_down(at, BIT64(pte_shift(level))) + BIT64(pte_shift(level));
    *rights = (pte_is_valid(e) ? SPACE_R | pte_rights(e) : taken_rights(e)) |
              (e & PTE_LAZY ? SPACE_LAZY : 0);
    return pte_pa(e) != 0;
}

/* NULL: nothing is there, or no memory for a table. */
static pte_t *page_entry(uint64_t va)
{
    unsigned level;
    pte_t *e = map_find(va, &level);

    return *e == 0 && level < 3 ? NULL : half_spread(e, level, va);
}

/* Prepared, it cannot fail. */
static bool move_piece(uint64_t from, uint64_t end, uint64_t to, bool prepare)
{
    LOCK_SCOPED(&half.lock);

    for (uint64_t va = from; va < end; va += PAGE_SIZE, to += PAGE_SIZE) {
        pte_t *e = page_entry(va), *f = page_entry(to);

        if (e == NULL || f == NULL) return false;
        if (prepare) continue;
        *f = *e;
        *e = 0;
    }
    if (!prepare) arch_tlb_flush(from, end);
    arch_entries_ready();
    return true;
}

int space_move(uint64_t from, uint64_t len, uint64_t to)
{
    for (unsigned prepare = 2; prepare-- > 0;) {
        for (uint64_t at = 0; at < len; at += PIECE) {
            if (!move_piece(from + at, from + MIN(at + PIECE, len), to + at, prepare))
                return -ENOMEM;
        }
    }
    return 0;
}
