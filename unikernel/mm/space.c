/* SPDX-License-Identifier: Apache-2.0 */
/* The page tables are the only record of the low half (see uk_pte.h for what invalid entries say):
 * no list of regions has to agree with them. A region of 2 MiB that was never touched is one
 * level-2 entry.
 *
 * Addresses are given out first fit above `hint`, below which nothing is free; entries absent at a
 * higher level are skipped at once. One lock for the half. Page faults come here from the handler
 * with that lock free, because only code at gate depth 0 is served, and that never holds it. */
#include "unikernel/mm/space.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/table.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/stack.h"
#include "lib/err.h"
#include "lib/str.h"

static struct {
    struct spinlock lock;
    uint64_t hint;
    uint64_t backed;
} space = { .lock = SPINLOCK(LOCK_SPACE), .hint = MMAP_BASE };

static pte_t taken(unsigned rights)
{
    return PTE_TAKEN | (rights & SPACE_R ? PTE_WILL_R : 0) | (rights & SPACE_W ? PTE_WILL_W : 0) |
           (rights & SPACE_X ? PTE_WILL_X : 0);
}

static unsigned taken_rights(pte_t e)
{
    return (e & PTE_WILL_R ? SPACE_R : 0) | (e & PTE_WILL_W ? SPACE_W : 0) |
           (e & PTE_WILL_X ? SPACE_X : 0);
}

_Static_assert(SPACE_W == ATTR_W && SPACE_X == ATTR_X, "rights pass into mappings as they are");

static bool range_is_bad(uint64_t at, uint64_t len)
{
    uint64_t end;

    return len == 0 || !is_aligned(at | len, PAGE_SIZE) || at < PAGE_SIZE ||
           !add_ok(&end, at, len) || end > LOW_END;
}

/* Bytes from va to the end of what its entry decides about. */
static uint64_t span_of(uint64_t va, unsigned level)
{
    return BIT64(pte_shift(level)) - va % BIT64(pte_shift(level));
}

static bool is_free_range(uint64_t at, uint64_t len, uint64_t *next)
{
    uint64_t end = at + len;

    while (at < end) {
        unsigned level;
        const pte_t *e = map_find(at, &level);

        at += span_of(at, level);
        if (*e != 0) {
            *next = at;
            return false;
        }
    }
    return true;
}

static int find(uint64_t len, uint64_t *out)
{
    uint64_t next;

    for (uint64_t at = space.hint; at <= LOW_END - len; at = next) {
        if (!is_free_range(at, len, &next)) continue;
        *out = at;
        return 0;
    }
    return -ENOMEM;
}

/* Entries taken out of the tables: only when no CPU uses them any more do their pages go back. */
struct gather {
    uint64_t first, end;            /* what has to be flushed */
    unsigned count;
    uint64_t pa[16];
};

static void gather_end(struct gather *g)
{
    if (g->end != 0) arch_tlb_flush(g->first, g->end);
    for (unsigned i = 0; i < g->count; i++) pages_free(g->pa[i], 0);
    space.backed -= g->count;
    g->end = 0;
    g->count = 0;
}

static void gather_add(struct gather *g, uint64_t va, pte_t was)
{
    if (pte_is_valid(was)) {
        if (g->end == 0) g->first = va;
        g->end = va + PAGE_SIZE;
    }
    if (was & PTE_OWNED) g->pa[g->count++] = pte_pa(was);
    if (g->count == ARRAY_LEN(g->pa)) gather_end(g);
}

#define GATHER(g) struct gather g __attribute__((cleanup(gather_end))) = { .count = 0, .end = 0 }

static void unmap(uint64_t at, uint64_t len)
{
    GATHER(gone);

    for (uint64_t va = at, end = at + len; va < end;) {
        unsigned level;
        pte_t *e = map_find(va, &level);
        uint64_t span = span_of(va, level);

        /* An entry of which only a part goes is spread first. Without memory for that the rest of
         * the block goes on being taken: harmless, and seen by nobody but the address search. */
        if (level < 3 && *e != 0 && (span > end - va || !is_aligned(va, BIT64(pte_shift(level))))) {
            e = map_entry(va, 3, true);
            span = PAGE_SIZE;
        }
        if (e != NULL && *e != 0) {
            pte_t was = *e;

            *e = 0;
            gather_add(&gone, va, was);
        }
        va += span;
    }
    if (at + len >= MMAP_BASE) space.hint = MIN(space.hint, MAX(at, MMAP_BASE));
}

static uint64_t free_bytes(void)
{
    struct pages_stat s;

    pages_stat(&s);
    return s.free * PAGE_SIZE;
}

int space_map(uint64_t *at, uint64_t len, unsigned rights, bool keep)
{
    LOCK_SCOPED(&space.lock);
    uint64_t va = *at, next;
    int err;

    len = align_up(len, PAGE_SIZE);
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    if (len == 0 || len > LOW_END - MMAP_BASE) return len == 0 ? -EINVAL : -ENOMEM;
    if (rights != 0 && !(rights & SPACE_LAZY) && len >= BLOCK_SIZE && len > free_bytes())
        return -ENOMEM;
    if (va == 0) {
        err = find(len, &va);
        if (err != 0) return err;
        if (va == space.hint) space.hint = va + len;
    } else {
        if (range_is_bad(va, len)) return -EINVAL;
        if (!is_free_range(va, len, &next)) {
            if (keep) return -EEXIST;
            unmap(va, len);
        }
    }
    for (uint64_t to = va; to < va + len;) {
        bool block = is_aligned(to, BLOCK_SIZE) && va + len - to >= BLOCK_SIZE;
        pte_t *e = map_entry(to, block ? 2 : 3, true);

        if (e != NULL && block && *e != 0) { /* a table left by what was there before */
            block = false;
            e = map_entry(to, 3, true);
        }
        if (e == NULL) {
            unmap(va, to - va);
            return -ENOMEM;
        }
        *e = taken(rights);
        to += block ? BLOCK_SIZE : PAGE_SIZE;
    }
    *at = va;
    return 0;
}

int space_unmap(uint64_t at, uint64_t len)
{
    LOCK_SCOPED(&space.lock);

    len = align_up(len, PAGE_SIZE);
    if (range_is_bad(at, len)) return -EINVAL;
    unmap(at, len);
    return 0;
}

static pte_t protected(pte_t was, unsigned rights)
{
    pte_t page = was & (PTE_ADDR | PTE_OWNED);

    return page == 0 || rights == 0 ? page | taken(rights)
                                    : pte_leaf(pte_pa(was), rights, 3) | (was & PTE_OWNED);
}

int space_protect(uint64_t at, uint64_t len, unsigned rights)
{
    LOCK_SCOPED(&space.lock);
    uint64_t first = 0, flush_end = 0;
    int err = 0;

    len = align_up(len, PAGE_SIZE);
    if (len == 0) return 0;
    if (range_is_bad(at, len)) return -EINVAL;
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    for (uint64_t va = at, end = at + len; va < end && err == 0;) {
        unsigned level;
        pte_t *e = map_find(va, &level);
        uint64_t span = span_of(va, level);

        if (level < 3 && *e != 0 && (span > end - va || !is_aligned(va, BIT64(pte_shift(level))))) {
            e = map_entry(va, 3, true);
            span = PAGE_SIZE;
        }
        if (e == NULL || *e == 0) {
            err = -ENOMEM;
        } else {
            if (pte_is_valid(*e)) {
                if (flush_end == 0) first = va;
                flush_end = va + PAGE_SIZE;
            }
            *e = protected(*e, rights);
        }
        va += span;
    }
    if (flush_end != 0) arch_tlb_flush(first, flush_end);
    else arch_entries_ready();
    return err;
}

int space_discard(uint64_t at, uint64_t len)
{
    LOCK_SCOPED(&space.lock);
    GATHER(gone);

    len = align_up(len, PAGE_SIZE);
    if (range_is_bad(at, len)) return -EINVAL;
    for (uint64_t va = at, end = at + len; va < end;) {
        unsigned level;
        pte_t *e = map_find(va, &level);

        if (level == 3 && pte_is_valid(*e) && *e & PTE_OWNED) {
            pte_t was = *e;

            *e = taken(SPACE_R | pte_rights(was));
            gather_add(&gone, va, was);
        }
        va += span_of(va, level);
    }
    return 0;
}

/* space.lock held */
static int back_page(uint64_t va, unsigned access)
{
    unsigned level;
    pte_t *e;
    uint64_t pa;

    if (va < PAGE_SIZE || va >= LOW_END) return -EFAULT;
    e = map_find(va, &level);
    if (pte_is_valid(*e)) return access & ~(SPACE_R | pte_rights(*e)) ? -EFAULT : 0;
    if (!(*e & PTE_TAKEN) || pte_pa(*e) != 0 || (taken_rights(*e) & access) != access) {
        return -EFAULT;
    }
    if (level < 3) e = map_entry(va, 3, true);
    if (e == NULL || pages_alloc(0, &pa) != 0) return -ENOMEM;
    arch_zero_page(arch_linear(pa));
    space.backed++;
    arch_table_ready();
    *e = pte_leaf(pa, taken_rights(*e), 3) | PTE_OWNED;
    arch_entries_ready();
    return 0;
}

static int back_page_locked(uint64_t va, unsigned access)
{
    LOCK_SCOPED(&space.lock);

    return back_page(va, access);
}

int space_fault(uint64_t at, unsigned access)
{
    int err = back_page_locked(at, access);

    return err == -ENOMEM && stacks_drop() ? back_page_locked(at, access) : err;
}

/* Without the lock: a table stays where it is, whatever becomes of its entries. */
static bool is_there(uint64_t va, unsigned access)
{
    unsigned level;
    pte_t e = *map_find(va, &level);

    return pte_is_valid(e) && !(access & ~(SPACE_R | pte_rights(e)));
}

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    uint64_t end;

    if (len == 0) return 0;
    if (!add_ok(&end, at, len) || at < PAGE_SIZE || end > LOW_END) return -EFAULT;
    if (at % PAGE_SIZE + len <= PAGE_SIZE && is_there(at, access)) return 0;

    LOCK_SCOPED(&space.lock);
    for (uint64_t va = align_down(at, PAGE_SIZE); va < end; va += PAGE_SIZE) {
        if (back_page(va, access) != 0) return -EFAULT;
    }
    return 0;
}

int space_back_text(uint64_t at, uint64_t max)
{
    for (uint64_t done = 0; done < max;) {
        uint64_t len = MIN(align_down(at + done, PAGE_SIZE) + PAGE_SIZE - (at + done), max - done);

        if (space_back(at + done, len, SPACE_R) != 0) return -EFAULT;
        if (memchr((const char *)(at + done), '\0', len) != NULL) return 0;
        done += len;
    }
    return -E2BIG;
}

int space_init(void)
{
    uint64_t data = (uint64_t)__data, size = (uint64_t)__data_size;
    uint64_t end = align_up((uint64_t)__bss_end, PAGE_SIZE);
    int err = end > data ? space_map(&data, end - data, SPACE_R | SPACE_W, true) : 0;

    if (err == 0) err = space_back(data, size, SPACE_W);
    if (err == 0) memcpy(__data, __data_load, size);
    return err;
}

void space_stat(struct space_stat *out) { out->backed = space.backed; }
