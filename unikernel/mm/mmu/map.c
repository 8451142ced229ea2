/* SPDX-License-Identifier: Apache-2.0 */
/* Largest blocks possible, except over the image, whose pages have different rights. Tables come
 * from the pages behind the image until those are used up, then from the page allocator. Everything
 * is global: there is one address space. */
#include "unikernel/mm/map.h"
#include "unikernel/mm/mmu/table.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/pages.h"
#include "lib/bitmap.h"
#include "lib/err.h"

#define KSTACK_SLOT  0x10000U /* address space per kernel stack; the lowest page stays empty */
#define KSTACK_SLOTS 256U

static struct {
    struct spinlock lock;               /* devices and stacks */
    uint64_t image_pa, image_end, bss_pa, bss_len;
    uint64_t early_pa, early_end;       /* pages for tables not yet used */
    uint64_t io_next;
    uint64_t kstack_used[BITMAP_WORDS(KSTACK_SLOTS)];
} maps;

/* Where the kernel can write a table. Tables of the boot are in its bss and are reached there,
 * because the first ones are needed to make the linear map. */
static pte_t *table_at(uint64_t pa)
{
    uint64_t in_bss = pa - maps.bss_pa;

    return in_bss < maps.bss_len ? (pte_t *)((uint64_t)__kbss + in_bss) : arch_linear(pa);
}

static int table_new(uint64_t *pa)
{
    if (maps.early_pa < maps.early_end) {
        *pa = maps.early_pa;
        maps.early_pa += PAGE_SIZE;
    } else if (pages_alloc(0, pa) != 0) {
        return -ENOMEM;
    }
    arch_zero_page(table_at(*pa));
    return 0;
}

pte_t *map_spread(pte_t *e, uint64_t pa)
{
    pte_t *table = table_at(pa), was = *e;

    for (unsigned i = 0; i < PTES; i++) table[i] = was;
    arch_table_ready();
    *e = pte_table(pa);
    return table;
}

pte_t *map_entry(uint64_t va, unsigned to_level, bool make)
{
    pte_t *table = arch_root(va);

    for (unsigned level = PT_TOP; level < to_level; level++) {
        pte_t *e = &table[pte_index(va, level)];

        if (!pte_is_table(*e, level)) {
            uint64_t pa;

            if (!make || *e != 0 || table_new(&pa) != 0) return NULL;
            arch_table_ready();
            *e = pte_table(pa);
        }
        table = table_at(pte_pa(*e));
    }
    return &table[pte_index(va, to_level)];
}

pte_t *map_find(uint64_t va, unsigned *level)
{
    pte_t *e = arch_root(va) + pte_index(va, PT_TOP);

    for (*level = PT_TOP; pte_is_table(*e, *level);) {
        ++*level;
        e = table_at(pte_pa(*e)) + pte_index(va, *level);
    }
    return e;
}

int map_range(uint64_t va, uint64_t pa, uint64_t len, unsigned attr)
{
    while (len > 0) {
        unsigned level = pte_largest;
        uint64_t size;
        pte_t *e;

        while (level < 3 && (!is_aligned(va | pa, BIT64(pte_shift(level))) ||
                             len < BIT64(pte_shift(level)))) {
            level++;
        }
        size = BIT64(pte_shift(level));
        e = map_entry(va, level, true);
        if (e == NULL) return -ENOMEM;
        /* The rest of this table is done without looking for it again. At its end larger blocks may
         * fit. */
        do {
            *e++ = pte_leaf(pa, attr, level);
            va += size;
            pa += size;
            len -= size;
        } while (len >= size && pte_index(va, level) != 0);
    }
    arch_entries_ready();
    return 0;
}

/* The image in the linear map, each segment with its rights minus execution. */
static int map_image(void)
{
    int err = 0;

    for_each_segment(s) {
        uint64_t pa = maps.image_pa + s->offset;

        if (err != 0) break;
        err = map_range(LINEAR_BASE + pa, pa, align_up(s->size, PAGE_SIZE), s->attr & ATTR_W);
    }
    return err;
}

/* The application, unwind tables and symbols, where they were linked to run. */
static int map_segments(void)
{
    int err = 0;

    for_each_segment(s) {
        uint64_t pa = maps.image_pa + s->offset, len = align_up(s->size, PAGE_SIZE);

        if (err != 0) break;
        if (s->attr & ATTR_APP || s->va == TABLES_BASE)
            err = map_range(s->va, pa, len, s->attr & ~ATTR_APP);
    }
    return err;
}

static int map_linear(uint64_t base, uint64_t end)
{
    end = MIN(end, LINEAR_PA_END);
    return base >= end ? 0 : map_range(LINEAR_BASE + base, base, end - base, ATTR_W);
}

void map_start(uint64_t image_pa)
{
    uint64_t kbss = 0;

    for_each_segment(s) {
        if (s->va == (uint64_t)__kbss) kbss = image_pa + s->offset;
    }
    maps.lock.rank = LOCK_MMU;
    maps.bss_pa = kbss;
    maps.bss_len = (uint64_t)(__kbss_end - __kbss);
    maps.image_pa = image_pa;
    maps.image_end = kbss + maps.bss_len;
    maps.early_pa = kbss + (uint64_t)(__early_pages - __kbss);
    maps.early_end = maps.early_pa + EARLY_PAGES * PAGE_SIZE;
    maps.io_next = IO_BASE;
}

int map_machine(struct machine *m)
{
    struct ranges linear = m->ram;
    int err = map_image();

    for (uint32_t i = 0; i < m->unmapped.count; i++) {
        ranges_cut(&linear, m->unmapped.at[i].base, m->unmapped.at[i].end);
    }
    ranges_cut(&linear, maps.image_pa, maps.image_end);
    if (err == 0) err = map_segments();
    for (uint32_t i = 0; i < linear.count && err == 0; i++) {
        uint64_t base = linear.at[i].base, end = linear.at[i].end;

        if (map_linear(base, end) != 0) ranges_cut(&m->ram, base, end);
    }
    return err;
}

void map_image_range(uint64_t *base, uint64_t *end)
{
    *base = maps.image_pa;
    *end = maps.image_end;
}

volatile void *io_map(const struct region *r)
{
    uint64_t pa = align_down(r->pa, PAGE_SIZE), len = align_up(r->pa + r->len, PAGE_SIZE) - pa, va;
    LOCK_SCOPED(&maps.lock);

    va = maps.io_next;
    if (len == 0 || len > IO_END - va || map_range(va, pa, len, ATTR_W | ATTR_DEVICE) != 0) {
        return NULL;
    }
    maps.io_next += len;
    return (volatile void *)(va + (r->pa - pa));
}

/* maps.lock held. Takes away the pages below top as far as there are any. */
static void kstack_clear(uint64_t top)
{
    for (uint64_t va = top - PAGE_SIZE;; va -= PAGE_SIZE) {
        pte_t *e = map_entry(va, 3, false);
        uint64_t pa;

        if (e == NULL || !pte_is_valid(*e)) break;
        pa = pte_pa(*e);
        *e = 0;
        arch_tlb_flush(va, va + PAGE_SIZE);
        pages_free(pa, 0);
    }
}

void *kstack_alloc(unsigned count)
{
    LOCK_SCOPED(&maps.lock);
    uint32_t slot = bitmap_first_clear(maps.kstack_used, KSTACK_SLOTS);
    uint64_t top = KSTACK_BASE + (slot + 1ULL) * KSTACK_SLOT;

    if (slot == KSTACK_SLOTS || count >= KSTACK_SLOT / PAGE_SIZE) return NULL;
    for (unsigned i = 1; i <= count; i++) {
        uint64_t pa;
        int err = pages_alloc(0, &pa);

        if (err == 0) {
            err = map_range(top - i * PAGE_SIZE, pa, PAGE_SIZE, ATTR_W);
            if (err != 0) pages_free(pa, 0);
        }
        if (err != 0) {
            kstack_clear(top);
            return NULL;
        }
    }
    bitmap_set(maps.kstack_used, slot);
    return (void *)top;
}

void kstack_free(void *top)
{
    LOCK_SCOPED(&maps.lock);

    kstack_clear((uint64_t)top);
    bitmap_clear(maps.kstack_used, (uint32_t)(((uint64_t)top - KSTACK_BASE) / KSTACK_SLOT - 1));
}
