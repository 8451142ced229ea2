/* SPDX-License-Identifier: Apache-2.0 */
/* The first page tables: the kernel's own segments, where they were linked to run. Runs at the
 * physical address with translation off, so: no absolute address, no kernel bss, no calls. */
#include "unikernel/arch/riscv64/boot.h"

#define BOOT_TABLES 3

uint64_t boot_map(uint64_t image_pa, pte_t *tables)
{
    pte_t *root = tables, *level2 = root + PTES, *kernel = level2 + PTES;

    for (volatile pte_t *e = tables; e < tables + BOOT_TABLES * PTES; e++) *e = 0;
    root[pte_index(KERNEL_BASE, 1)] = pte_table((uint64_t)level2);
    level2[pte_index(KERNEL_BASE, 2)] = pte_table((uint64_t)kernel);
    for_each_segment(s) {
        if (align_down(s->va, BLOCK_SIZE) != KERNEL_BASE) continue;
        for (uint64_t at = 0; at < s->size; at += PAGE_SIZE) {
            kernel[pte_index(s->va + at, 3)] = pte_leaf(image_pa + s->offset + at, s->attr, 3);
        }
    }
    return SATP_SV39 | (uint64_t)root >> PAGE_SHIFT;
}
