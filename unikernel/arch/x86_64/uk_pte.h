/* SPDX-License-Identifier: Apache-2.0 */
/* Paging entries, 4 levels (Intel SDM volume 3, 4.5), and what we keep in bits the hardware ignores:
 *
 *   not present    bit 1 set: the address is taken although nothing is there yet. Bits 2-4 say what
 *                  it will be, bit 11 that a file is mapped there; an address other
 *                  than 0 is a page that is there but may not be touched (PROT_NONE)
 *   either         bit 9 set: the page belongs to the page allocator and goes back there;
 *                  bit 10 set: no page is promised for it
 *   leaf           bit 52 set: it may be written, once that has been noticed
 */
#pragma once

#include "lib/compiler.h"
#include "uk_layout.h"
#include "unikernel/mm/mmu/attr.h"

typedef uint64_t pte_t;

#define PTE_VALID   BIT64(0)
#define PTE_RW      BIT64(1)
#define PTE_DEVICE  (BIT64(3) | BIT64(4))   /* PWT, PCD: uncached in the PAT's reset state */
#define PTE_SEEN    (BIT64(5) | BIT64(6))   /* accessed and dirty: the hardware need not write them */
#define PTE_LARGE   BIT64(7)
#define PTE_GLOBAL  BIT64(8)
#define PTE_OWNED   BIT64(9)
#define PTE_LAZY    BIT64(10)
#define PTE_CLEAN   BIT64(52)
#define PTE_NX      BIT64(63)
#define PTE_ADDR    MASK64(51, 12)

#define PTE_TAKEN   BIT64(1)
#define PTE_WILL_R  BIT64(2)
#define PTE_WILL_W  BIT64(3)
#define PTE_WILL_X  BIT64(4)
#define PTE_FILE    BIT64(11)

#define PTES        512U
#define PT_TOP      0U

extern pte_t boot_tables[];         /* [0] root */

/** Leaves of level 1 are there when the CPU has 1 GiB pages. */
extern unsigned pte_largest;

static inline pte_t *arch_root(uint64_t va) { return boot_tables; }

/** A leaf at `level`; attr as in mm/mmu/attr.h. */
static inline pte_t pte_leaf(uint64_t pa, unsigned attr, unsigned level)
{
    pte_t e = pa | PTE_VALID | PTE_SEEN | PTE_GLOBAL | (level < 3 ? PTE_LARGE : 0);

    if (attr & ATTR_DEVICE) e |= PTE_DEVICE;
    if (attr & ATTR_W) e |= PTE_RW;
    if (!(attr & ATTR_X)) e |= PTE_NX;
    return e;
}

/** ATTR_W and ATTR_X of a leaf, clean or not. */
static inline unsigned pte_rights(pte_t e)
{
    return (e & (PTE_RW | PTE_CLEAN) ? ATTR_W : 0) | (e & PTE_NX ? 0 : ATTR_X);
}

/** A leaf that may be written: the first write faults. */
static inline pte_t pte_clean(pte_t e)   { return (e & ~PTE_RW) | PTE_CLEAN; }
static inline bool pte_is_clean(pte_t e) { return e & PTE_CLEAN; }

static inline pte_t pte_table(uint64_t pa)             { return pa | PTE_VALID | PTE_RW | PTE_SEEN; }
static inline bool pte_is_valid(pte_t e)               { return e & PTE_VALID; }
static inline bool pte_is_table(pte_t e, unsigned level)
{
    return level < 3 && (e & (PTE_VALID | PTE_LARGE)) == PTE_VALID;
}
static inline uint64_t pte_pa(pte_t e)                 { return e & PTE_ADDR; }
static inline unsigned pte_shift(unsigned level)       { return 39 - 9 * level; }
static inline unsigned pte_index(uint64_t va, unsigned level)
{
    return (unsigned)(va >> pte_shift(level)) & (PTES - 1);
}

/* Stores are seen in order, and what was not present is not cached (SDM 4.10.2.3). */
static inline void arch_table_ready(void)   { __asm__ volatile("" ::: "memory"); }
static inline void arch_entries_ready(void) { __asm__ volatile("" ::: "memory"); }

/** Leaves of [from, end) have changed: no CPU uses the old ones any more on return. */
void arch_tlb_flush(uint64_t from, uint64_t end);
