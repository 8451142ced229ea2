/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables after boot: the linear map, device registers, kernel stacks, the walk for the
 * low half. Largest blocks possible, except over the image, whose pages have different rights.
 * Tables come from the pages behind the image until those are used up, then from the page
 * allocator. Everything is global: there is one address space. */
#include "unikernel/arch/aarch64/mmu.h"
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/pages.h"
#include "unikernel/kernel/panic.h"
#include "lib/bitmap.h"
#include "lib/err.h"
#include "lib/str.h"

#define KSTACK_SLOT  0x10000U /* address space per kernel stack; the lowest page stays empty */
#define KSTACK_SLOTS 256U

static struct {
    struct spinlock lock;               /* high half */
    uint64_t image_pa, image_end;
    uint64_t early_pa, early_end;       /* pages for tables not yet used */
    uint64_t io_next;
    uint64_t kstack_used[BITMAP_WORDS(KSTACK_SLOTS)];
} mmu;

static pte_t *low_root(void)  { return boot_tables; }
static pte_t *high_root(void) { return boot_tables + PTES; }

/* Where the kernel can write a table. Tables of the boot are in its bss and are reached there,
 * because the first ones are needed to make the linear map. */
static pte_t *table_at(uint64_t pa)
{
    uint64_t bss_end = mmu.image_end, bss = bss_end - (uint64_t)(__kbss_end - __kbss);

    if (pa >= bss && pa < bss_end) return (pte_t *)((uint64_t)__kbss + (pa - bss));
    return arch_linear(pa);
}

static int table_new(uint64_t *pa)
{
    if (mmu.early_pa < mmu.early_end) {
        *pa = mmu.early_pa;
        mmu.early_pa += PAGE_SIZE;
    } else if (pages_alloc(0, pa) != 0) {
        return -ENOMEM;
    }
    arch_zero_page(table_at(*pa));
    return 0;
}

/* A level-2 entry that stands for 2 MiB of addresses taken but empty becomes 512 such entries. */
static void spread(pte_t *table, pte_t was)
{
    for (unsigned i = 0; i < PTES; i++) table[i] = was;
}

static pte_t *walk(pte_t *root, uint64_t va, unsigned to_level, bool make)
{
    pte_t *table = root;

    for (unsigned level = 1; level < to_level; level++) {
        pte_t *e = &table[pte_index(va, level)];

        if (!pte_is_table(*e, level)) {
            uint64_t pa;

            if (!make || pte_is_valid(*e) || table_new(&pa) != 0) return NULL;
            if (*e != 0) spread(table_at(pa), *e);
            dsb(ishst); /* the table's content before the entry that shows it to the walker */
            *e = pte_table(pa);
        }
        table = table_at(pte_pa(*e));
    }
    return &table[pte_index(va, to_level)];
}

pte_t *mmu_low_entry(uint64_t va, unsigned level, bool make)
{
    return walk(low_root(), va, level, make);
}

void mmu_flush_page(uint64_t va)
{
    dsb(ishst);
    __asm__ volatile("tlbi vaae1is, %0" :: "r"(FIELD(va, 55, 12)) : "memory");
    dsb(ish);
    isb();
}

void mmu_published(void)
{
    dsb(ishst);
    isb();
}

/* Map what was not mapped: no invalidation needed. */
static int map(pte_t *root, uint64_t va, uint64_t pa, uint64_t len, unsigned attr)
{
    while (len > 0) {
        unsigned level = 1;
        uint64_t size;
        pte_t *e;

        while (level < 3 && (!is_aligned(va | pa, BIT64(pte_shift(level))) ||
                             len < BIT64(pte_shift(level)))) {
            level++;
        }
        size = BIT64(pte_shift(level));
        e = walk(root, va, level, true);
        if (e == NULL) return -ENOMEM;
        /* The rest of this table is done without looking for it again. At its end larger blocks may
         * fit. */
        do {
            *e++ = pa | pte_attr(attr, level);
            va += size;
            pa += size;
            len -= size;
        } while (len >= size && pte_index(va, level) != 0);
    }
    mmu_published();
    return 0;
}

/* The image in the linear map, each segment with its rights minus execution. Space between segments
 * is nobody's. */
static int map_image(void)
{
    int err = 0;

    for_each_segment(s) {
        uint64_t pa = mmu.image_pa + s->offset;

        if (err != 0) break;
        err = map(high_root(), LINEAR_BASE + pa, pa, align_up(s->size, PAGE_SIZE),
                  (unsigned)s->attr & ATTR_W);
    }
    return err;
}

/* The application and the symbols, where they were linked to run. */
static int map_segments(void)
{
    int err = 0;

    for_each_segment(s) {
        uint64_t pa = mmu.image_pa + s->offset, len = align_up(s->size, PAGE_SIZE);

        if (err != 0) break;
        if (s->attr & ATTR_APP) err = map(low_root(), s->va, pa, len, (unsigned)s->attr & ~8U);
        else if (s->va == KSYMS_BASE) err = map(high_root(), s->va, pa, len, 0);
    }
    return err;
}

static int map_linear(uint64_t base, uint64_t end)
{
    end = MIN(end, LINEAR_PA_END);
    if (base >= end) return 0;
    return map(high_root(), LINEAR_BASE + base, base, end - base, ATTR_W);
}

const void *mmu_boot(uint64_t image_pa, uint64_t dtb_pa)
{
    uint64_t block = align_down(dtb_pa, BLOCK_SIZE), kbss = 0;

    for_each_segment(s) {
        if (s->va == (uint64_t)__kbss) kbss = image_pa + s->offset;
    }
    mmu.image_pa = image_pa;
    mmu.image_end = kbss + (uint64_t)(__kbss_end - __kbss);
    mmu.early_pa = kbss + (uint64_t)(__early_pages - __kbss);
    mmu.early_end = mmu.early_pa + EARLY_PAGES * PAGE_SIZE;
    mmu.io_next = IO_BASE;

    low_root()[pte_index(image_pa, 1)] = 0;
    dsb(ishst);
    __asm__ volatile("tlbi vmalle1is" ::: "memory");
    dsb(ish);
    isb();
    if (map(high_root(), DTB_WINDOW, block, DTB_WINDOW_SIZE, 0) != 0) return NULL;
    return (const void *)(DTB_WINDOW + (dtb_pa - block));
}

int arch_mmu_init(const struct machine *m)
{
    struct ranges linear = m->ram;
    int err = 0;

    for (uint32_t i = 0; i < m->unmapped.count && err == 0; i++) {
        err = ranges_remove(&linear, m->unmapped.at[i].base, m->unmapped.at[i].end);
    }
    if (err == 0) err = ranges_remove(&linear, mmu.image_pa, mmu.image_end);
    for (uint32_t i = 0; i < linear.count && err == 0; i++) {
        err = map_linear(linear.at[i].base, linear.at[i].end);
    }
    if (err == 0) err = map_image();
    if (err == 0) err = map_segments();
    return err;
}

void arch_image_range(uint64_t *base, uint64_t *end)
{
    *base = mmu.image_pa;
    *end = mmu.image_end;
}

volatile void *arch_io_map(const struct region *r)
{
    uint64_t pa = align_down(r->pa, PAGE_SIZE), len = align_up(r->pa + r->len, PAGE_SIZE) - pa, va;
    LOCK_SCOPED(&mmu.lock);

    va = mmu.io_next;
    if (len == 0 || len > IO_END - va || map(high_root(), va, pa, len, ATTR_W | ATTR_DEVICE) != 0) {
        return NULL;
    }
    mmu.io_next += len;
    return (volatile void *)(va + (r->pa - pa));
}

void *arch_kstack_alloc(unsigned count)
{
    LOCK_SCOPED(&mmu.lock);
    uint32_t slot = bitmap_first_clear(mmu.kstack_used, KSTACK_SLOTS);
    uint64_t top = KSTACK_BASE + (slot + 1ULL) * KSTACK_SLOT;

    if (slot == KSTACK_SLOTS || count >= KSTACK_SLOT / PAGE_SIZE) return NULL;
    for (unsigned i = 1; i <= count; i++) {
        uint64_t pa;

        if (pages_alloc(0, &pa) != 0 ||
            map(high_root(), top - i * PAGE_SIZE, pa, PAGE_SIZE, ATTR_W) != 0) {
            panic("no memory for a kernel stack");
        }
    }
    bitmap_set(mmu.kstack_used, slot);
    return (void *)top;
}

void arch_kstack_free(void *top)
{
    LOCK_SCOPED(&mmu.lock);

    for (uint64_t va = (uint64_t)top - PAGE_SIZE;; va -= PAGE_SIZE) {
        pte_t *e = walk(high_root(), va, 3, false);
        uint64_t pa;

        if (e == NULL || !pte_is_valid(*e)) break;
        pa = pte_pa(*e);
        *e = 0;
        mmu_flush_page(va);
        pages_free(pa, 0);
    }
    bitmap_clear(mmu.kstack_used, (uint32_t)(((uint64_t)top - KSTACK_BASE) / KSTACK_SLOT - 1));
}
