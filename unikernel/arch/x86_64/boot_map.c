/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that stay, with the kernel's own segments in them. Runs in the high half on the boot's
 * first tables: kernel text and constants are there, its bss is not; `tables` is reached at its
 * physical address. */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/kernel/arch.h"

#define BOOT_TABLES 4

uint64_t boot_map(uint64_t image_pa, pte_t *tables)
{
    pte_t *high = tables + PTES, *level2 = high + PTES, *kernel = level2 + PTES;

    for (unsigned i = 0; i < BOOT_TABLES; i++) arch_zero_page(tables + i * PTES);
    tables[pte_index(KERNEL_BASE, 0)] = pte_table((uint64_t)high);
    high[pte_index(KERNEL_BASE, 1)] = pte_table((uint64_t)level2);
    level2[pte_index(KERNEL_BASE, 2)] = pte_table((uint64_t)kernel);
    for_each_segment(s) {
        if (align_down(s->va, BLOCK_SIZE) != KERNEL_BASE) continue;
        for (uint64_t at = 0; at < s->size; at += PAGE_SIZE) {
            kernel[pte_index(s->va + at, 3)] = pte_leaf(image_pa + s->offset + at, s->attr, 3);
        }
    }
    return (uint64_t)tables;
}
