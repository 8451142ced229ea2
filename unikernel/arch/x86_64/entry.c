/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/main.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/mm/map.h"

uint64_t start_info_pa;
unsigned pte_largest;

void uk_entry(uint64_t start_info)
{
    start_info_pa = start_info;
    pte_largest = cpuid(0x80000001, 0).d & BIT64(26) ? 1 : 2;
    cpu_init();
    threads_init((uint64_t)__irq_stack + IRQ_STACK_SIZE);
    map_start(IMAGE_LMA);
    uk_main();
}

void arch_tlb_flush(uint64_t from, uint64_t end)
{
    for (; from < end; from += PAGE_SIZE) __asm__ volatile("invlpg (%0)" :: "r"(from) : "memory");
}
