/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/x86_64/boot.h"
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/main.h"
#include "unikernel/mm/mmu/table.h"

uint64_t start_info_pa;
unsigned pte_largest;

void uk_entry(uint64_t start_info)
{
    uint64_t handler_top = (uint64_t)__irq_stack + IRQ_STACK_SIZE;
    uint64_t panic_top = (uint64_t)__panic_stack + PANIC_STACK_SIZE;

    start_info_pa = start_info;
    pte_largest = cpuid(0x80000001, 0).d & BIT64(26) ? 1 : 2;
    cpu_init(0, handler_top, panic_top);
    cpu_init_first(handler_top, panic_top);
    map_start(IMAGE_LMA);
    uk_main();
}
