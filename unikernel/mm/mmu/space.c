/* SPDX-License-Identifier: Apache-2.0 */
/* The page tables are the only record of the low half (see uk_pte.h for what invalid entries say):
 * no list of regions has to agree with them. A region of 2 MiB that was never touched is one
 * level-2 entry.
 *
 * Every page that may be touched is promised by the page allocator (pages_promise) from the call that
 * allows it on, unless the caller did without (SPACE_LAZY); which ones are is seen from the entries
 * alone, see promised(). So it is the call that fails when memory is short, not the touch.
 *
 * An entry that waits for a page of a file says so (PTE_FILE); file.c serves it. Which file it is stands
 * in a list of the file side (mm/mapping.h), which changes with the entries under one lock. A page that
 * is the file's own is never promised: its entry is lazy, and the page is not owned.
 *
 * Addresses are given out first fit above `hint`, below which nothing is free; entries absent at a
 * higher level are skipped at once. One lock for the half. Page faults come here from the handler
 * with that lock free, because only code at gate depth 0 is served, and that never holds it. */
#include "unikernel/mm/space.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/log.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/mapping.h"
#include "unikernel/mm/mmu/half.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/stack.h"
#include "lib/err.h"
#include "lib/str.h"

struct half half = { .lock = SPINLOCK(LOCK_SPACE), .hint = MMAP_BASE };

static pte_t taken(unsigned rights)
{
    return PTE_TAKEN | (rights & SPACE_R ? PTE_WILL_R : 0) | (rights & SPACE_W ? PTE_WILL_W : 0) |
           (rights & SPACE_X ? PTE_WILL_X : 0) | (rights & SPACE_LAZY ? PTE_LAZY : 0);
}

unsigned taken_rights(pte_t e)
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

    for (uint64_t at = half.hint; at <= LOW_END - len; at = next) {
        if (!is_free_range(at, len, &next)) continue;
        *out = at;
        return 0;
    }
    return -ENOMEM;
}

/* Pages that are promised because of an entry. Of 2 MiB the table is, too, that is needed when a
 * part of them is touched. */
static uint64_t promised(pte_t e, unsigned level)
{
    if (pte_is_valid(e) || taken_rights(e) == 0 || e & PTE_LAZY) return 0;
    return level < 3 ? PTES + 1 : 1;
}

/* A page, or the promise of one, comes back when the entry goes. */
static bool is_worth_a_page(pte_t e) { return e & PTE_OWNED || promised(e, 3) != 0; }

/* It takes a promise to allow access to what the entry stands for. */
static bool wants_a_page(pte_t e)
{
    return e != 0 && !pte_is_valid(e) && !(e & PTE_LAZY) && taken_rights(e) == 0 && pte_pa(e) == 0;
}

static uint64_t count(uint64_t at, uint64_t end, bool (*is)(pte_t e))
{
    uint64_t n = 0, next;

    for (; at < end; at = next) {
        unsigned level;
        const pte_t *e = map_find(at, &level);

        next = MIN(at + span_of(at, level), end);
        if (!is(*e)) continue;
        n += next - at == BLOCK_SIZE ? PTES + 1 : (next - at) / PAGE_SIZE;
    }
    return n;
}

/* *e at level 2 is taken, and of its addresses not all are to become something else. Its page is the
 * answer for va; NULL: no memory, which cannot be if a table was promised. */
pte_t *half_spread(pte_t *e, unsigned level, uint64_t va)
{
    uint64_t pa;

    if (level == 3) return e;
    if (promised(*e, 2) != 0) pa = pages_take();
    else if (pages_alloc(0, &pa) != 0) return NULL;
    return map_spread(e, pa) + pte_index(va, 3);
}

/* The entry for va, spread if it stands for more than [va, end). */
static pte_t *entry_within(uint64_t va, uint64_t end, unsigned *level)
{
    pte_t *e = map_find(va, level);
    uint64_t span = span_of(va, *level);

    if (*level == 3 || *e == 0 || (span <= end - va && is_aligned(va, BIT64(pte_shift(*level))))) {
        return e;
    }
    e = half_spread(e, *level, va);
    *level = 3;
    return e;
}

/* Entries taken out of the tables: only when no CPU uses them any more do their pages go back. They
 * are promised then, to whoever has to say for what. */
struct gather {
    uint64_t first, end;            /* what has to be flushed */
    unsigned count;
    uint64_t pa[GATHERED];
};

static void gather_end(struct gather *g)
{
    if (g->end != 0) arch_tlb_flush(g->first, g->end);
    for (unsigned i = 0; i < g->count; i++) pages_return(g->pa[i]);
    half.backed -= g->count;
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

/* @return how many promises nothing stands for now */
static uint64_t unmap(uint64_t at, uint64_t len)
{
    struct gather gone = { .count = 0, .end = 0 };
    uint64_t over = 0;

    for (uint64_t va = at, end = at + len; va < end;) {
        unsigned level;
        /* Without memory to spread a block it goes on being taken: harmless, and seen by nobody but
         * the address search. */
        pte_t *e = entry_within(va, end, &level);

        if (e != NULL && *e != 0) {
            pte_t was = *e;

            *e = 0;
            over += was & PTE_OWNED ? 1 : promised(was, level);
            gather_add(&gone, va, was);
        }
        va += span_of(va, level);
    }
    gather_end(&gone);
    return over;
}

/* There may be something free between the two now. */
static void look_between(uint64_t at, uint64_t end)
{
    if (end > MMAP_BASE) half.hint = MIN(half.hint, MAX(at, MMAP_BASE));
}

/* What [va, va + len) becomes is promised already, and what there was is gone. @return as of unmap */
static int take(uint64_t va, uint64_t len, pte_t as, uint64_t *promises)
{
    for (uint64_t to = va; to < va + len;) {
        bool block = is_aligned(to, BLOCK_SIZE) && va + len - to >= BLOCK_SIZE;
        pte_t *e = map_entry(to, block ? 2 : 3, true);

        if (e != NULL && block && *e != 0) { /* a table left by what was there before */
            block = false;
            e = map_entry(to, 3, true);
        }
        if (e == NULL) {
            *promises += unmap(va, to - va);
            return -ENOMEM;
        }
        *e = as;
        *promises -= promised(as, block ? 2 : 3);
        to += block ? BLOCK_SIZE : PAGE_SIZE;
    }
    return 0;
}

int half_map(uint64_t *at, uint64_t len, unsigned rights, bool keep,
             const struct mapping *m)
{
    LOCK_SCOPED(&half.lock);
    uint64_t va = *at, next, needed = 0, had = 0;
    pte_t as = taken(rights) | (m != NULL ? PTE_FILE : 0);
    int err = 0;

    len = align_up(len, PAGE_SIZE);
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    if (len == 0 || len > LOW_END - MMAP_BASE) return len == 0 ? -EINVAL : -ENOMEM;
    if (va == 0) err = find(len, &va);
    else if (range_is_bad(va, len)) return -EINVAL;
    else if (!is_free_range(va, len, &next)) {
        if (keep) return -EEXIST;
        had = count(va, va + len, is_worth_a_page);
    }
    if (promised(as, 3) != 0) needed = len / PAGE_SIZE + len / BLOCK_SIZE;
    needed = MAX(needed, had) - had;
    if (err == 0) err = pages_promise(needed);
    if (err != 0) return err;

    err = mapping_set(va, va + len, m);
    if (err == 0) {
        if (*at != 0) needed += unmap(va, len);
        err = take(va, len, as, &needed);
        if (err != 0) (void)mapping_set(va, va + len, NULL);
    }
    pages_unpromise(needed);
    if (err != 0) {
        look_between(va, va + len);
        return err;
    }
    if (va == half.hint) half.hint = va + len;
    *at = va;
    return 0;
}

int space_map(uint64_t *at, uint64_t len, unsigned rights, bool keep)
{
    int err = half_map(at, len, rights, keep, NULL);

    return err == -ENOMEM && stacks_drop() ? half_map(at, len, rights, keep, NULL) : err;
}

/* What is given back with interrupts masked ends there, however much is given back in all. */
static uint64_t piece_end(uint64_t va, uint64_t end)
{
    unsigned level;

    (void)map_find(va, &level);
    return MIN(end, level == 3 ? align_down(va, PIECE) + PIECE : va + span_of(va, level));
}

static int unmap_piece(uint64_t at, uint64_t end)
{
    LOCK_SCOPED(&half.lock);
    int err = mapping_set(at, end, NULL);

    if (err != 0) return err;
    pages_unpromise(unmap(at, end - at));
    look_between(at, end);
    return 0;
}

int space_unmap(uint64_t at, uint64_t len)
{
    uint64_t end = at + align_up(len, PAGE_SIZE), next;
    int err = 0;

    if (range_is_bad(at, align_up(len, PAGE_SIZE))) return -EINVAL;
    for (; at < end && err == 0; at = next) {
        next = piece_end(at, end);
        err = unmap_piece(at, next);
    }
    return err;
}

static pte_t protected(pte_t was, unsigned rights)
{
    pte_t kept = was & (PTE_OWNED | PTE_LAZY | PTE_FILE), now;

    if (pte_pa(was) == 0 || rights == 0) return (was & PTE_ADDR) | kept | taken(rights);
    now = pte_leaf(pte_pa(was), rights, 3) | kept;
    return half_is_files(now) && rights & SPACE_W ? pte_clean(now) : now;
}

static int protect(uint64_t at, uint64_t len, unsigned rights)
{
    LOCK_SCOPED(&half.lock);
    uint64_t end = at + align_up(len, PAGE_SIZE), first = 0, flush_end = 0, promises = 0;
    int err = 0;

    if (len == 0) return 0;
    if (range_is_bad(at, end - at)) return -EINVAL;
    if ((rights & (SPACE_W | SPACE_X)) == (SPACE_W | SPACE_X)) return -EACCES;
    if (rights != 0) promises = count(at, end, wants_a_page);
    if (pages_promise(promises) != 0) return -ENOMEM;
    for (uint64_t va = at; va < end && err == 0;) {
        unsigned level;
        pte_t *e = entry_within(va, end, &level);

        if (e == NULL || *e == 0) {
            err = -ENOMEM;
        } else {
            if (pte_is_valid(*e)) {
                if (flush_end == 0) first = va;
                flush_end = va + PAGE_SIZE;
            }
            promises += promised(*e, level);
            *e = protected(*e, rights);
            promises -= promised(*e, level);
        }
        va += span_of(va, level);
    }
    if (flush_end != 0) arch_tlb_flush(first, flush_end);
    else arch_entries_ready();
    pages_unpromise(promises);
    return err;
}

int space_protect(uint64_t at, uint64_t len, unsigned rights)
{
    int err = protect(at, len, rights);

    return err == -ENOMEM && stacks_drop() ? protect(at, len, rights) : err;
}

uint64_t half_discard(uint64_t at, uint64_t end, pte_t as)
{
    struct gather gone = { .count = 0, .end = 0 };
    uint64_t over = 0;

    end = piece_end(at, end);
    for (uint64_t va = at; va < end;) {
        unsigned level;
        pte_t *e = map_find(va, &level);

        if (level == 3 && pte_pa(*e) != 0 && *e & (PTE_OWNED | PTE_LAZY)) {
            pte_t was = *e;

            *e = (was & PTE_LAZY) | as | taken(pte_is_valid(was) ? SPACE_R | pte_rights(was) : 0);
            over += (was & PTE_OWNED ? 1 : 0) - promised(*e, 3);
            gather_add(&gone, va, was);
        }
        va += span_of(va, level);
    }
    gather_end(&gone);
    pages_unpromise(over);
    return end;
}

int space_discard(uint64_t at, uint64_t len)
{
    uint64_t end = at + align_up(len, PAGE_SIZE);

    if (range_is_bad(at, align_up(len, PAGE_SIZE))) return -EINVAL;
    while (at < end) {
        LOCK_SCOPED(&half.lock);

        at = half_discard(at, end, 0);
    }
    return 0;
}

int half_page(pte_t e, uint64_t *pa)
{
    if (promised(e, 3) != 0) *pa = pages_take();
    else if (pages_alloc(0, pa) != 0) return -ENOMEM;
    half.backed++;
    return 0;
}

void half_show(pte_t *e, uint64_t pa, pte_t owned)
{
    arch_table_ready();
    *e = pte_leaf(pa, taken_rights(*e), 3) | owned | (*e & PTE_LAZY);
    arch_entries_ready();
}

/* half.lock held; va is of the low half */
static int back_page(uint64_t va, unsigned access)
{
    unsigned level;
    pte_t *e;
    uint64_t pa;

    e = map_find(va, &level);
    if (pte_is_valid(*e)) {
        if (access & ~(SPACE_R | pte_rights(*e))) return -EFAULT;
        return pte_is_clean(*e) && access & SPACE_W ? file_back(e, va, access) : 0;
    }
    if (!(*e & PTE_TAKEN) || pte_pa(*e) != 0 || (taken_rights(*e) & access) != access) {
        return -EFAULT;
    }
    e = half_spread(e, level, va);
    if (e == NULL) return -ENOMEM;
    if (*e & PTE_FILE) return file_back(e, va, access);
    if (half_page(*e, &pa) != 0) return -ENOMEM;
    arch_zero_page(arch_linear(pa));
    half_show(e, pa, PTE_OWNED);
    return 0;
}

static int back(uint64_t at, uint64_t end, unsigned access)
{
    LOCK_SCOPED(&half.lock);
    int err = 0;

    for (uint64_t va = align_down(at, PAGE_SIZE); va < end && err == 0; va += PAGE_SIZE) {
        err = back_page(va, access);
    }
    return err;
}

static int back_somehow(uint64_t at, uint64_t end, unsigned access)
{
    int err = back(at, end, access);

    return err == -ENOMEM && stacks_drop() ? back(at, end, access) : err;
}

int space_fault(uint64_t at, unsigned access)
{
    return at >= LOW_END ? -EFAULT : back_somehow(at, at + 1, access);
}

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    uint64_t end;

    if (len == 0) return 0;
    if (!add_ok(&end, at, len) || end > LOW_END) return -EFAULT;

    return back_somehow(at, end, access) != 0 ? -EFAULT : 0;
}

/* Data that are more than there is memory need not all be touched. */
int space_init(void)
{
    uint64_t data = (uint64_t)__data, size = (uint64_t)__data_size;
    uint64_t len = align_up((uint64_t)__bss_end, PAGE_SIZE) - data;
    int err = len > 0 ? space_map(&data, len, SPACE_R | SPACE_W, true) : 0;

    if (err == -ENOMEM) {
        log_warn("memory", "%lu KiB of data are more than there is memory: not all can be used",
                 len / KIB);
        err = space_map(&data, len, SPACE_R | SPACE_W | SPACE_LAZY, true);
    }
    if (err == 0) err = space_back(data, size, SPACE_W);
    if (err == 0) memcpy(__data, __data_load, size);
    return err;
}

void space_stat(struct space_stat *out) { out->backed = half.backed; }
