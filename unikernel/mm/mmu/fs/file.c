/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the application's half. Which page is where is mm/mapping.h's matter. */
#include "unikernel/mm/mapping.h"
#include "unikernel/mm/mmu/half.h"
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/arch.h"
#include "lib/err.h"
#include "lib/str.h"

/* The file's own page is clean until it is written. */
static void show_page(pte_t *e, uint64_t va, uint64_t pa, unsigned access)
{
    bool was_clean = pte_is_valid(*e);
    unsigned rights = was_clean ? pte_rights(*e) : taken_rights(*e);
    pte_t leaf = pte_leaf(pa, rights, 3) | PTE_LAZY;

    arch_table_ready();
    *e = rights & SPACE_W && !(access & SPACE_W) ? pte_clean(leaf) : leaf;
    if (was_clean) arch_tlb_flush(va, va + PAGE_SIZE);
    else arch_entries_ready();
}

int file_back(pte_t *e, uint64_t va, unsigned access)
{
    uint8_t *page;
    uint64_t pa;
    int how = mapping_page(va, access & SPACE_W, &page);

    if (how == MAPPING_PAGE) show_page(e, va, (uint64_t)(page - (uint8_t *)arch_linear(0)), access);
    if (how != MAPPING_COPY) return how;
    if (half_page(*e, &pa) != 0) return -ENOMEM;
    memcpy(arch_linear(pa), page, PAGE_SIZE);
    half_show(e, pa, PTE_OWNED);
    return 0;
}

static void clean_piece(uint64_t at, uint64_t end)
{
    LOCK_SCOPED(&half.lock);

    for (uint64_t va = at; va < end; va += PAGE_SIZE) {
        unsigned level;
        pte_t *e = map_find(va, &level);

        if (level < 3) return;
        if (half_is_files(*e) && pte_rights(*e) & SPACE_W) *e = pte_clean(*e);
    }
    arch_tlb_flush(at, end);
}

void space_clean(uint64_t at, uint64_t end)
{
    for (; at < end; at = align_down(at, PIECE) + PIECE) {
        clean_piece(at, MIN(align_down(at, PIECE) + PIECE, end));
    }
}

int space_map_file(uint64_t *at, uint64_t len, unsigned rights, bool keep,
                   const struct mapping *m)
{
    int err = half_map(at, len, rights, keep, m);

    return err == -ENOMEM && stacks_drop() ? half_map(at, len, rights, keep, m) : err;
}

void space_discard_files(bool (*next)(void *arg, uint64_t *at, uint64_t *end), void *arg)
{
    uint64_t at = 0, end;

    for (;;) {
        LOCK_SCOPED(&half.lock);

        if (!next(arg, &at, &end)) break;
        at = half_discard(at, end, PTE_FILE);
    }
}
