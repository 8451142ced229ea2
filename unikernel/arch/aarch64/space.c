/* SPDX-License-Identifier: Apache-2.0 */
/* The page tables are the only record of the low half (see pte.h for what invalid entries say): no
 * list of regions has to agree with them. A region of 2 MiB that was never touched is one level-2
 * entry.
 *
 * Addresses are given out first fit above `hint`, below which nothing is free; entries absent at a
 * higher level are skipped at once. One lock for the half. Page faults come here from the handler
 * with that lock free, because only code at gate depth 0 is served, and that never holds it. */
#include "unikernel/kernel/space.h"
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/arch/aarch64/mmu.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/pages.h"
#include "lib/err.h"
#include "lib/str.h"

static struct {
    struct spinlock lock;
    uint64_t hint;
    uint64_t backed;
} space = { .hint = MMAP_BASE };

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

static unsigned rights_attr(unsigned rights)
{
    return (rights & SPACE_W ? ATTR_W : 0) | (rights & SPACE_X ? ATTR_X : 0);
}

static bool range_is_bad(uint64_t at, uint64_t len)
{
    uint64_t end;

    return len == 0 || !is_aligned(at | len, PAGE_SIZE) || at < PAGE_SIZE ||
           !add_ok(&end, at, len) || end > LOW_END;
}

/* Bytes from va to the end of the largest stretch that one absent or taken entry above level 3
 * describes; 0: look at level 3. *e is that entry. */
static uint64_t upper_span(uint64_t va, pte_t **e)
{
    *e = mmu_low_entry(va, 1, false);
    if (!pte_is_table(**e, 1)) return align_down(va, GIB) + GIB - va;
    *e = mmu_low_entry(va, 2, false);
    if (!pte_is_table(**e, 2)) return align_down(va, BLOCK_SIZE) + BLOCK_SIZE - va;
    return 0;
}

static bool is_free_range(uint64_t at, uint64_t len, uint64_t *next)
{
    for (uint64_t va = at; va < at + len;) {
        pte_t *e;
        uint64_t span = upper_span(va, &e);

        if (span == 0) {
            e = mmu_low_entry(va, 3, false);
            span = PAGE_SIZE;
        }
        if (*e != 0) {
            *next = va + span;
            return false;
        }
        va += span;
    }
    return true;
}

static int find(uint64_t len, uint64_t *out)
{
    uint64_t at = space.hint, next = at;

    while (!is_free_range(at, len, &next)) {
        at = next;
        if (at > LOW_END - len) return -ENOMEM;
    }
    *out = at;
    return 0;
}

/* Make the entry nothing; the page behind it goes back. */
static void clear(uint64_t va, pte_t *e)
{
    pte_t was = *e;

    *e = 0;
    if (pte_is_valid(was)) mmu_flush_page(va);
    if (was & PTE_OWNED) {
        pages_free(pte_pa(was), 0);
        space.backed--;
    }
}

static void unmap(uint64_t at, uint64_t len)
{
    for (uint64_t va = at, end = at + len; va < end;) {
        pte_t *e;
        uint64_t span = upper_span(va, &e);

        if (span != 0 && (*e == 0 || (is_aligned(va, BLOCK_SIZE) && span <= end - va))) {
            *e = 0;
        } else {
            /* A level-2 entry of which only a part goes is spread first. Without memory for that
             * the rest of the block goes on being taken: harmless, and seen by nobody but the
             * address search. */
            e = mmu_low_entry(va, 3, true);
            span = PAGE_SIZE;
            if (e != NULL) clear(va, e);
        }
        va += span;
    }
    if (at >= MMAP_BASE && at < space.hint) space.hint = at;
}

int space_map(uint64_t *at, uint64_t len, unsigned rights, bool keep)
{
    LOCK_SCOPED(&space.lock);
    uint64_t va = *at, next;
    int err;

    len = align_up(len, PAGE_SIZE);
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    if (len == 0 || len > LOW_END - MMAP_BASE) return len == 0 ? -EINVAL : -ENOMEM;
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
        pte_t *e = mmu_low_entry(to, block ? 2 : 3, true);

        if (e != NULL && block && *e != 0) { /* a table left by what was there before */
            block = false;
            e = mmu_low_entry(to, 3, true);
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

static void protect_page(uint64_t va, pte_t *e, unsigned rights)
{
    pte_t was = *e, page = was & (PTE_ADDR | PTE_OWNED);

    if (page == 0 || rights == 0) *e = page | taken(rights);
    else *e = page | pte_attr(rights_attr(rights), 3);
    if (pte_is_valid(was)) mmu_flush_page(va);
}

int space_protect(uint64_t at, uint64_t len, unsigned rights)
{
    LOCK_SCOPED(&space.lock);

    len = align_up(len, PAGE_SIZE);
    if (len == 0) return 0;
    if (range_is_bad(at, len)) return -EINVAL;
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    for (uint64_t va = at, end = at + len; va < end;) {
        pte_t *e;
        uint64_t span = upper_span(va, &e);

        if (span != 0 && *e == 0) return -ENOMEM;
        if (span == BLOCK_SIZE && span <= end - va) {
            *e = taken(rights);
        } else {
            e = mmu_low_entry(va, 3, true);
            span = PAGE_SIZE;
            if (e == NULL || *e == 0) return -ENOMEM;
            protect_page(va, e, rights);
        }
        va += span;
    }
    mmu_published();
    return 0;
}

int space_discard(uint64_t at, uint64_t len)
{
    LOCK_SCOPED(&space.lock);

    len = align_up(len, PAGE_SIZE);
    if (range_is_bad(at, len)) return -EINVAL;
    for (uint64_t va = at, end = at + len; va < end;) {
        pte_t *e;
        uint64_t span = upper_span(va, &e);

        if (span == 0) {
            span = PAGE_SIZE;
            e = mmu_low_entry(va, 3, false);
            if (pte_is_valid(*e) && *e & PTE_OWNED) {
                unsigned rights = SPACE_R | (*e & PTE_RO ? 0 : SPACE_W) |
                                  (*e & PTE_PXN ? 0 : SPACE_X);

                clear(va, e);
                *e = taken(rights);
            }
        }
        va += span;
    }
    return 0;
}

/* space.lock held */
static int back_page(uint64_t va, unsigned access)
{
    pte_t *e;
    uint64_t pa;

    if (va < PAGE_SIZE || va >= LOW_END) return -EFAULT;
    if (upper_span(va, &e) != 0 && *e == 0) return -EFAULT;
    e = mmu_low_entry(va, 3, true);
    if (e == NULL) return -ENOMEM;
    if (pte_is_valid(*e)) {
        if ((access & SPACE_W && *e & PTE_RO) || (access & SPACE_X && *e & PTE_PXN)) return -EFAULT;
        return 0;
    }
    if (!(*e & PTE_TAKEN) || pte_pa(*e) != 0 || (taken_rights(*e) & access) != access) {
        return -EFAULT;
    }
    if (pages_alloc(0, &pa) != 0) return -ENOMEM;
    arch_zero_page(arch_linear(pa));
    space.backed++;
    *e = pa | pte_attr(rights_attr(taken_rights(*e)), 3) | PTE_OWNED;
    mmu_published();
    return 0;
}

int space_fault(uint64_t at, unsigned access)
{
    LOCK_SCOPED(&space.lock);

    return back_page(at, access);
}

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    uint64_t end;
    LOCK_SCOPED(&space.lock);

    if (len == 0) return 0;
    if (!add_ok(&end, at, len)) return -EFAULT;
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
    uint64_t bss = align_up((uint64_t)__data_end, PAGE_SIZE),
             end = align_up((uint64_t)__bss_end, PAGE_SIZE);

    return end > bss ? space_map(&bss, end - bss, SPACE_R | SPACE_W, true) : 0;
}

void space_stat(struct space_stat *out) { out->backed = space.backed; }
