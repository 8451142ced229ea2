/* SPDX-License-Identifier: Apache-2.0 */
/* What changes in EL2's own translation after boot: device and read-only maps (boot only, one CPU)
 * and the per-CPU windows into guest memory. Nothing mapped here is ever executable. */
#include "hypervisor/arch/aarch64/mmu.h"
#include "arch/aarch64/sysreg.h"
#include "hypervisor/arch/aarch64/layout.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"

static uint32_t device_pages, readonly_blocks;

void *arch_map_device(pa_t base, uint64_t len)
{
    uint64_t first = align_down(base.v, PAGE_SIZE), end = align_up(base.v + len, PAGE_SIZE);
    uint64_t count = (end - first) >> PAGE_SHIFT;
    uint8_t *va = (uint8_t *)(HV_DEVICE_VA + (uint64_t)device_pages * PAGE_SIZE);

    if (count > ARRAY_LEN(hv_l3_device) - device_pages) return NULL;
    for (uint64_t i = 0; i < count; i++)
        hv_l3_device[device_pages + i] = (first + i * PAGE_SIZE) | PTE_DEVICE | PTE_PAGE;
    device_pages += (uint32_t)count;
    arch_tables_barrier();
    return va + (base.v - first);
}

const void *arch_map_readonly(pa_t base, uint64_t len)
{
    uint64_t first = align_down(base.v, BLOCK_SIZE), end = align_up(base.v + len, BLOCK_SIZE);
    uint64_t count = (end - first) >> BLOCK_SHIFT;
    const uint8_t *va = (const uint8_t *)(HV_READONLY_VA + (uint64_t)readonly_blocks * BLOCK_SIZE);

    if (count > ARRAY_LEN(hv_l2_readonly) - readonly_blocks) return NULL;
    for (uint64_t i = 0; i < count; i++)
        hv_l2_readonly[readonly_blocks + i] =
            (first + i * BLOCK_SIZE) | PTE_NORMAL | PTE_RO | PTE_XN | PTE_BLOCK;
    readonly_blocks += (uint32_t)count;
    arch_tables_barrier();
    return va + (base.v - first);
}

/* A window's table entry is its tag: the same block needs no work. Replacing one is
 * break-before-make; only this CPU ever uses its windows, so the invalidation is local. */
static void *window(uint32_t slot, uint64_t entry)
{
    uint32_t index = this_cpu()->id * HV_WINDOWS + slot;
    uint64_t va = HV_WINDOW_VA + (uint64_t)index * BLOCK_SIZE;

    if (hv_l2_window[index] != entry) {
        if (hv_l2_window[index] != 0) {
            hv_l2_window[index] = 0;
            dsb(nshst);
            __asm__ volatile("tlbi vae2, %0" ::"r"(va >> PAGE_SHIFT) : "memory");
            dsb(nsh);
        }
        hv_l2_window[index] = entry;
        dsb(nshst);
        isb();
    }
    return (void *)va;
}

void *arch_window(uint32_t slot, pa_t block)
{
    return window(slot, block.v | PTE_NORMAL | PTE_XN | PTE_BLOCK);
}

void *arch_window_device(pa_t block)
{
    return window(HV_WINDOWS - 1, block.v | PTE_DEVICE | PTE_BLOCK);
}

void arch_clean_to_poc(const void *at, uint64_t len)
{
    uint64_t line = UINT64_C(4) << FIELD(sysreg_read(ctr_el0), 19, 16), end = (uint64_t)at + len;

    uint64_t a = align_down((uint64_t)at, line);

    for (; a + 8 * line <= end; a += 8 * line)
        __asm__ volatile("dc civac, %0\n dc civac, %1\n dc civac, %2\n dc civac, %3\n"
                         "dc civac, %4\n dc civac, %5\n dc civac, %6\n dc civac, %7" ::"r"(a),
                         "r"(a + line), "r"(a + 2 * line), "r"(a + 3 * line), "r"(a + 4 * line),
                         "r"(a + 5 * line), "r"(a + 6 * line), "r"(a + 7 * line)
                         : "memory");
    for (; a < end; a += line) __asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
    dsb(sy);
}

void arch_icache_sync(void)
{
    __asm__ volatile("ic ialluis" ::: "memory");
    dsb(ish);
    isb();
}

/* Zero and clean in one sweep: a guest that starts with its caches off must not see what was there
 * before. */
void arch_zero_block(void *at, uint64_t len)
{
    uint64_t zva = sysreg_read(dczid_el0), step = UINT64_C(4) << (zva & 0xf),
             end = (uint64_t)at + len;

    if (zva & 0x10 || step != 64) {
        for (uint64_t a = (uint64_t)at; a < end; a += 16)
            __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(a) : "memory");
        arch_clean_to_poc(at, len);
        return;
    }
    for (uint64_t a = (uint64_t)at; a < end;) {
        __asm__ volatile(".rept 32\n dc zva, %0\n dc cvac, %0\n add %0, %0, #64\n .endr"
                         : "+r"(a)::"memory");
    }
    dsb(sy);
}

void arch_tables_barrier(void)
{
    dsb(ishst);
    isb();
}

/* Stage-2 invalidation acts on the VMID in VTTBR_EL2, so another VM's is put there for the moment.
 */
static uint64_t vttbr_swap(uint64_t vttbr)
{
    uint64_t was = sysreg_read(vttbr_el2);

    if (was != vttbr) {
        sysreg_write(vttbr_el2, vttbr);
        isb();
    }
    return was;
}

void arch_s2_flush_all(uint64_t vttbr)
{
    uint64_t was;

    dsb(ishst);
    was = vttbr_swap(vttbr);
    __asm__ volatile("tlbi vmalls12e1is" ::: "memory");
    dsb(ish);
    vttbr_swap(was);
    isb();
}

#define FLUSH_PAGES_MAX 64

void arch_s2_flush(uint64_t vttbr, ipa_t at, uint64_t len)
{
    uint64_t was;

    if (len > FLUSH_PAGES_MAX * PAGE_SIZE) {
        arch_s2_flush_all(vttbr);
        return;
    }
    dsb(ishst);
    was = vttbr_swap(vttbr);
    for (uint64_t a = at.v; a < at.v + len; a += PAGE_SIZE)
        __asm__ volatile("tlbi ipas2e1is, %0" ::"r"(a >> PAGE_SHIFT) : "memory");
    dsb(ish);
    __asm__ volatile("tlbi vmalle1is" ::: "memory"); /* combined stage-1 entries of this VMID */
    dsb(ish);
    vttbr_swap(was);
    isb();
}
