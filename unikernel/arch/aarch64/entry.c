/* SPDX-License-Identifier: Apache-2.0 */
/* From the jump to the high half to the machine's description. */
#include "unikernel/arch/aarch64/boot.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/main.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"

static struct {
    uint64_t dtb_pa;
    unsigned level;                 /* the exception level at which the boot loader entered */
} entered;

int arch_machine_read(struct machine *m, const char **problem)
{
    uint64_t block = align_down(entered.dtb_pa, BLOCK_SIZE), at = entered.dtb_pa - block;
    int err;

    *problem = "no device tree";
    if (entered.dtb_pa == 0 || map_range(DTB_WINDOW, block, DTB_WINDOW_SIZE, 0) != 0)
        return -EINVAL;
    err = machine_read_tree(m, (const void *)(DTB_WINDOW + at), DTB_WINDOW_SIZE - at,
                            entered.dtb_pa, problem);
    if (err == 0 && entered.level > 2) {
        *problem = "entered at EL3: firmware has to enter at EL2 or EL1";
        return -EPERM;
    }
    return err;
}

void uk_entry(uint64_t image_pa, uint64_t dtb_pa, unsigned entry_level)
{
    entered.dtb_pa = dtb_pa;
    entered.level = entry_level;
    cpu_init_first((uint64_t)__irq_stack + IRQ_STACK_SIZE,
                   (uint64_t)__panic_stack + PANIC_STACK_SIZE);
    map_start(image_pa);
    *map_entry(image_pa, PT_TOP, false) = 0;        /* the boot's identity */
    arch_tlb_flush(0, LOW_END);
    uk_main();
}
