/* SPDX-License-Identifier: Apache-2.0 */
/* The other harts, by the firmware: to start them, and to make them forget old translations. The
 * second works whatever they are doing, also with their interrupts masked. */
#include "unikernel/arch/riscv64/boot.h"
#include "unikernel/arch/riscv64/sbi.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"

static uint32_t waiting;            /* CPUs in arch_wait, by index */

static bool has(uint64_t extension)
{
    struct sbi_result r = sbi_call(SBI_BASE, SBI_BASE_PROBE, extension, 0, 0, 0);

    return r.error == 0 && r.value != 0;
}

int arch_cpu_start(struct cpu *c)
{
    uint64_t image_pa, image_end;

    if (!has(SBI_IPI) || !has(SBI_RFENCE)) return -ENODEV;
    map_image_range(&image_pa, &image_end);
    return (int)sbi_call(SBI_HART, SBI_HART_START, c->id,
                         image_pa + ((uint64_t)secondary_entry - KERNEL_BASE), (uint64_t)c, 0).error;
}

/* A hart that waits uses no translation that may change, so it is not disturbed: it forgets all of
 * them when it goes on. Sequentially consistent: either who changes an entry sees it wait, or it sees
 * the entry. */
void arch_wait(void)
{
    uint32_t bit = UINT32_C(1) << cpu_self()->index;

    (void)__atomic_fetch_or(&waiting, bit, __ATOMIC_SEQ_CST);
    __asm__ volatile("wfi" ::: "memory");
    (void)__atomic_fetch_and(&waiting, ~bit, __ATOMIC_SEQ_CST);
    sfence_vma();
}

static void flush_self(uint64_t from, uint64_t end)
{
    if (end - from > 64 * PAGE_SIZE) {
        sfence_vma();
    } else {
        for (; from < end; from += PAGE_SIZE) sfence_vma_page(from);
    }
}

static void flush_harts(uint64_t mask, uint64_t base, uint64_t from, uint64_t end)
{
    (void)sbi_call(SBI_RFENCE, SBI_RFENCE_VMA, mask, base, from, end - from);
}

void arch_tlb_flush(uint64_t from, uint64_t end)
{
    IRQS_OFF_SCOPED();
    unsigned count = __atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE);
    uint64_t harts = 0;
    uint32_t idle;

    flush_self(from, end);
    if (count == 1) return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    idle = __atomic_load_n(&waiting, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < count; i++) {
        const struct cpu *c = cpus[i];

        if (c == cpu_self() || idle >> i & 1) continue;
        if (c->id < 64) harts |= BIT64(c->id);
        else flush_harts(1, c->id, from, end);
    }
    if (harts != 0) flush_harts(harts, 0, from, end);
}
