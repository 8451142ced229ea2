/* SPDX-License-Identifier: Apache-2.0 */
/* Translation table entries, VMSAv8-64 stage 1, 4 KiB granule, levels 1 to 3 (Arm ARM D8.3), and
 * what we keep in bits the hardware ignores:
 *
 *   invalid entry  bit 1 set: the address is taken although nothing is there yet. Bits 2-4 say what
 *                  it will be, bit 5 that a file is mapped there; an output address other
 *                  than 0 is a page that is there but may not be touched (PROT_NONE)
 *   either         bit 55 set: the page belongs to the page allocator and goes back there;
 *                  bit 56 set: no page is promised for it
 *   valid leaf     bit 57 set: it may be written, once that has been noticed
 */
#pragma once

#include "lib/compiler.h"
#include "arch/aarch64/sysreg.h"
#include "unikernel/arch/aarch64/uk_layout.h"
#include "unikernel/mm/mmu/attr.h"

typedef uint64_t pte_t;

#define PTE_VALID   BIT64(0)
#define PTE_TABLE   BIT64(1)            /* level 1, 2: points at a table; level 3: always set */
#define PTE_DEVICE  (UINT64_C(1) << 2)  /* MAIR index 1 */
#define PTE_RO      BIT64(7)
#define PTE_INNER   (UINT64_C(3) << 8)
#define PTE_AF      BIT64(10)
#define PTE_PXN     BIT64(53)
#define PTE_UXN     BIT64(54)
#define PTE_OWNED   BIT64(55)
#define PTE_LAZY    BIT64(56)
#define PTE_CLEAN   BIT64(57)
#define PTE_ADDR    MASK64(47, 12)

#define PTE_TAKEN   BIT64(1)
#define PTE_WILL_R  BIT64(2)
#define PTE_WILL_W  BIT64(3)
#define PTE_WILL_X  BIT64(4)
#define PTE_FILE    BIT64(5)

#define PTES        512U

#define PT_TOP      1U
#define pte_largest 1U

extern pte_t boot_tables[];         /* [0] low root, [512] high root, [1024] high level 2 */

static inline pte_t *arch_root(uint64_t va) { return boot_tables + (va >> 63) * PTES; }

/** A leaf at `level`; attr as in mm/mmu/attr.h. */
static inline pte_t pte_leaf(uint64_t pa, unsigned attr, unsigned level)
{
    pte_t e = pa | PTE_VALID | PTE_AF | PTE_UXN | (level == 3 ? PTE_TABLE : 0);

    e |= (attr & ATTR_DEVICE) ? PTE_DEVICE : PTE_INNER;
    if (!(attr & ATTR_W)) e |= PTE_RO;
    if (!(attr & ATTR_X)) e |= PTE_PXN;
    return e;
}

/** ATTR_W and ATTR_X of a leaf, clean or not. */
static inline unsigned pte_rights(pte_t e)
{
    return (e & PTE_RO && !(e & PTE_CLEAN) ? 0 : ATTR_W) | (e & PTE_PXN ? 0 : ATTR_X);
}

/** A leaf that may be written: the first write faults. */
static inline pte_t pte_clean(pte_t e)   { return e | PTE_RO | PTE_CLEAN; }
static inline bool pte_is_clean(pte_t e) { return e & PTE_CLEAN; }

static inline pte_t pte_table(uint64_t pa)             { return pa | PTE_VALID | PTE_TABLE; }
static inline bool pte_is_valid(pte_t e)               { return e & PTE_VALID; }
static inline bool pte_is_table(pte_t e, unsigned level)
{
    return level < 3 && (e & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}
static inline uint64_t pte_pa(pte_t e)                 { return e & PTE_ADDR; }
static inline unsigned pte_shift(unsigned level)       { return 39 - 9 * level; }
static inline unsigned pte_index(uint64_t va, unsigned level)
{
    return (unsigned)(va >> pte_shift(level)) & (PTES - 1);
}

/** The bits above the address are those of the half it is in. */
static inline bool va_is_canonical(uint64_t va) { return (uint64_t)((int64_t)(va << 25) >> 25) == va; }

/** What a table, or a page, holds is seen before the entry that shows it to the walker. */
static inline void arch_table_ready(void) { dsb(ishst); }

/** Entries that were invalid are valid now: the next access of this CPU sees them. */
static inline void arch_entries_ready(void)
{
    dsb(ishst);
    isb();
}

/** Leaves of [from, end) have changed: no CPU uses the old ones any more on return. */
static inline void arch_tlb_flush(uint64_t from, uint64_t end)
{
    dsb(ishst);
    if (end - from > 64 * PAGE_SIZE) {
        __asm__ volatile("tlbi vmalle1is" ::: "memory");
    } else {
        for (; from < end; from += PAGE_SIZE) {
            __asm__ volatile("tlbi vaae1is, %0" :: "r"(FIELD(from, 55, 12)) : "memory");
        }
    }
    dsb(ish);
    isb();
}
