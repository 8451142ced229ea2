/* SPDX-License-Identifier: Apache-2.0 */
/* The first translation tables, built with the MMU off. This file runs at physical addresses: it is
 * compiled with strict alignment, reaches data PC-relative, and must not use pointers stored in
 * memory. The tables made here are the final ones (only windows, devices and read-only maps are
 * added later), plus the identity tables of the trampoline. */
#include "hypervisor/arch/aarch64/mmu.h"
#include "hypervisor/arch/aarch64/layout.h"

uint64_t hv_l1[512] aligned_to(4096);
uint64_t hv_idmap_l1[512] aligned_to(4096);
uint64_t hv_l2_window[512] aligned_to(4096);
uint64_t hv_l2_device[512] aligned_to(4096);
uint64_t hv_l2_readonly[512] aligned_to(4096);
uint64_t hv_l3_device[512] aligned_to(4096);
static uint64_t l2_image[512] aligned_to(4096);
static uint64_t l3_image[512] aligned_to(4096);
static uint64_t l2_pool[512] aligned_to(4096);
static uint64_t l2_stack[512] aligned_to(4096);
static uint64_t l3_stack[512] aligned_to(4096);
static uint64_t idmap_l2[512] aligned_to(4096);
uint64_t hv_load_pa;

extern uint8_t hv_stacks[];         /* HV_STACK_BYTES per CPU, head.S */
extern uint8_t hv_image_start[], hv_text_end[], hv_rodata_end[], hv_image_end[];

_Static_assert(HV_CPU_MAX == CPU_MAX, "layout.h and types.h agree");

static inline uint64_t l1_index(uint64_t va) { return (va >> 30) & 511; }

static void map_image(uint64_t base, const uint8_t *from, const uint8_t *to, uint64_t attr)
{
    uint64_t first = (uint64_t)from - base, end = (uint64_t)to - base;

    for (uint64_t at = first; at < end; at += PAGE_SIZE)
        l3_image[at >> PAGE_SHIFT] = (base + at) | attr | PTE_PAGE;
}

void boot_tables(uint64_t base);        /* called by head.S only */
void boot_tables(uint64_t base)
{
    hv_load_pa = base;
    map_image(base, hv_image_start, hv_text_end, PTE_NORMAL | PTE_RO);
    map_image(base, hv_text_end, hv_rodata_end, PTE_NORMAL | PTE_RO | PTE_XN);
    map_image(base, hv_rodata_end, hv_image_end, PTE_NORMAL | PTE_XN);
    l2_image[0] = (uint64_t)l3_image | PTE_TABLE;

    for (uint64_t at = 0; at < HV_POOL_BYTES; at += BLOCK_SIZE)
        l2_pool[at >> BLOCK_SHIFT] =
            (base + 2 * HV_SLOT_BYTES + at) | PTE_NORMAL | PTE_XN | PTE_BLOCK;

    for (uint64_t cpu = 0; cpu < CPU_MAX; cpu++) {
        uint64_t va = cpu * HV_STACK_STEP + HV_STACK_STEP - HV_STACK_BYTES;

        for (uint64_t at = 0; at < HV_STACK_BYTES; at += PAGE_SIZE)
            l3_stack[(va + at) >> PAGE_SHIFT] =
                ((uint64_t)hv_stacks + cpu * HV_STACK_BYTES + at) | PTE_NORMAL | PTE_XN | PTE_PAGE;
    }
    l2_stack[0] = (uint64_t)l3_stack | PTE_TABLE;
    hv_l2_device[0] = (uint64_t)hv_l3_device | PTE_TABLE;

    hv_l1[l1_index(HV_IMAGE_VA)] = (uint64_t)l2_image | PTE_TABLE;
    hv_l1[l1_index(HV_POOL_VA)] = (uint64_t)l2_pool | PTE_TABLE;
    hv_l1[l1_index(HV_DEVICE_VA)] = (uint64_t)hv_l2_device | PTE_TABLE;
    hv_l1[l1_index(HV_WINDOW_VA)] = (uint64_t)hv_l2_window | PTE_TABLE;
    hv_l1[l1_index(HV_READONLY_VA)] = (uint64_t)hv_l2_readonly | PTE_TABLE;
    hv_l1[l1_index(HV_STACK_VA)] = (uint64_t)l2_stack | PTE_TABLE;

    /* The trampoline: the image's own 2 MiB, executable and read-only, at its physical address, and
     * the image's slot. */
    idmap_l2[(base >> BLOCK_SHIFT) & 511] = base | PTE_NORMAL | PTE_RO | PTE_BLOCK;
    hv_idmap_l1[l1_index(base)] = (uint64_t)idmap_l2 | PTE_TABLE;
    hv_idmap_l1[l1_index(HV_IMAGE_VA)] = (uint64_t)l2_image | PTE_TABLE;
}
