/* SPDX-License-Identifier: Apache-2.0 */
/* The first translation tables. Runs at the physical address with the MMU off, so: no absolute
 * address, no kernel bss, no calls. Only what the jump to the high half needs is mapped: the
 * kernel's own segments, and the identity of the page we stand on (removed by mmu_init). Memory
 * written with the cache off is invalidated from it afterwards, because lines left by the boot
 * loader would hide it. */
#include "arch/aarch64/sysreg.h"
#include "unikernel/arch/aarch64/boot.h"

#define BOOT_TABLES 5

uint64_t boot_map(uint64_t image_pa, pte_t *tables)
{
    pte_t *low = tables, *high = tables + PTES, *level2 = high + PTES;
    pte_t *kernel = level2 + PTES, *identity = kernel + PTES;
    uint64_t line = UINT64_C(4) << FIELD(sysreg_read(ctr_el0), 19, 16);
    uint64_t pa_range = FIELD(sysreg_read(id_aa64mmfr0_el1), 3, 0);

    for (volatile pte_t *e = tables; e < tables + BOOT_TABLES * PTES; e++) *e = 0;
    high[pte_index(KERNEL_BASE, 1)] = pte_table((uint64_t)level2);
    level2[pte_index(KERNEL_BASE, 2)] = pte_table((uint64_t)kernel);
    for_each_segment(s) {
        if (align_down(s->va, BLOCK_SIZE) != KERNEL_BASE) continue;
        for (uint64_t at = 0; at < s->size; at += PAGE_SIZE) {
            kernel[pte_index(s->va + at, 3)] = pte_leaf(image_pa + s->offset + at, s->attr, 3);
        }
    }
    low[pte_index(image_pa, 1)] = pte_table((uint64_t)identity);
    identity[pte_index(image_pa, 2)] = pte_leaf(align_down(image_pa, BLOCK_SIZE), ATTR_X, 2);

    dsb(sy);
    for (uint64_t at = align_down((uint64_t)tables, line);
         at < (uint64_t)(tables + BOOT_TABLES * PTES); at += line) {
        __asm__ volatile("dc ivac, %0" :: "r"(at) : "memory");
    }
    dsb(sy);

    /* TCR_EL1: 39 bits each half, 4 KiB, inner shareable, write-back; 48 physical bits at most */
    return UINT64_C(25) | UINT64_C(25) << 16 | UINT64_C(0x3500) | UINT64_C(0x3500) << 16 |
           UINT64_C(2) << 30 | MIN(pa_range, UINT64_C(5)) << 32;
}
