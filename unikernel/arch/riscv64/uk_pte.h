/* SPDX-License-Identifier: Apache-2.0 */
/* Page table entries, Sv39 (RISC-V privileged architecture, "Sv39"), and what we keep in bits the
 * hardware ignores. Levels are counted as elsewhere in the kernel: 1 is the root, 3 the last.
 *
 *   invalid entry  bit 1 set: the address is taken although nothing is there yet. Bits 2-4 say what
 *                  it will be, bit 60 that a file is mapped there; an address other
 *                  than 0 is a page that is there but may not be touched (PROT_NONE)
 *   either         bit 8 set: the page belongs to the page allocator and goes back there;
 *                  bit 9 set: no page is promised for it
 *   valid leaf     neither W nor D set: it may be written, once that has been noticed
 *
 * Accessed is always set, and dirty but for that: nobody looks at them, and hardware that does not set
 * them itself would fault.
 */
#pragma once

#include "arch/riscv64/csr.h"
#include "unikernel/arch/riscv64/uk_layout.h"
#include "unikernel/mm/mmu/attr.h"

typedef uint64_t pte_t;

#define PTE_VALID   BIT64(0)
#define PTE_R       BIT64(1)
#define PTE_W       BIT64(2)
#define PTE_X       BIT64(3)
#define PTE_GLOBAL  BIT64(5)
#define PTE_A       BIT64(6)
#define PTE_D       BIT64(7)
#define PTE_OWNED   BIT64(8)
#define PTE_LAZY    BIT64(9)
#define PTE_ADDR    MASK64(53, 10)

#define PTE_TAKEN   BIT64(1)
#define PTE_WILL_R  BIT64(2)
#define PTE_WILL_W  BIT64(3)
#define PTE_WILL_X  BIT64(4)
#define PTE_FILE    BIT64(60)

#define PTES        512U

#define PT_TOP      1U
#define pte_largest 1U

extern pte_t boot_tables[];         /* [0] root, [512] level 2 of the kernel, [1024] its level 3 */

static inline pte_t *arch_root(uint64_t va) { return boot_tables; }

/** A leaf at any level; attr as in mm/mmu/attr.h. What is a device is known to the platform. */
static inline pte_t pte_leaf(uint64_t pa, unsigned attr, unsigned level)
{
    return pa >> 2 | PTE_VALID | PTE_R | PTE_GLOBAL | PTE_A | PTE_D |
           (attr & ATTR_W ? PTE_W : 0) | (attr & ATTR_X ? PTE_X : 0);
}

/** A leaf that may be written: the first write faults. */
static inline pte_t pte_clean(pte_t e)   { return e & ~(PTE_W | PTE_D); }
static inline bool pte_is_clean(pte_t e) { return !(e & PTE_D); }

/** ATTR_W and ATTR_X of a leaf, clean or not. */
static inline unsigned pte_rights(pte_t e)
{
    return (e & PTE_W || pte_is_clean(e) ? ATTR_W : 0) | (e & PTE_X ? ATTR_X : 0);
}

static inline pte_t pte_table(uint64_t pa)             { return pa >> 2 | PTE_VALID; }
static inline bool pte_is_valid(pte_t e)               { return e & PTE_VALID; }
static inline bool pte_is_table(pte_t e, unsigned level)
{
    return (e & (PTE_VALID | PTE_R | PTE_W | PTE_X)) == PTE_VALID;
}
static inline uint64_t pte_pa(pte_t e)                 { return (e & PTE_ADDR) << 2; }
static inline unsigned pte_shift(unsigned level)       { return 39 - 9 * level; }
static inline unsigned pte_index(uint64_t va, unsigned level)
{
    return (unsigned)(va >> pte_shift(level)) & (PTES - 1);
}

/** The bits above the address are those of the half it is in. */
static inline bool va_is_canonical(uint64_t va) { return (uint64_t)((int64_t)(va << 25) >> 25) == va; }

/** What a table, or a page, holds is seen before the entry that shows it to the walker. */
static inline void arch_table_ready(void) { __asm__ volatile("fence w, w" ::: "memory"); }

/** Entries that were invalid are valid now: the next access of this CPU sees them. Another CPU may
 * still fault once (trap.c). */
static inline void arch_entries_ready(void) { sfence_vma(); }

/** Leaves of [from, end) have changed: no CPU uses the old ones any more on return. */
void arch_tlb_flush(uint64_t from, uint64_t end);
