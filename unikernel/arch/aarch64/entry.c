/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/arch/aarch64/mmu.h"
#include "unikernel/kernel/main.h"
#include "unikernel/kernel/thread.h"

extern char __ksyms_size[];

const void *arch_symbols(uint64_t *len)
{
    *len = (uint64_t)__ksyms_size;
    return (const void *)KSYMS_BASE;
}

void uk_entry(uint64_t image_pa, uint64_t dtb_pa, unsigned entry_level)
{
    threads_init((uint64_t)__irq_stack + IRQ_STACK_SIZE);
    uk_main(mmu_boot(image_pa, dtb_pa), DTB_WINDOW_SIZE - dtb_pa % BLOCK_SIZE, dtb_pa, entry_level);
}
