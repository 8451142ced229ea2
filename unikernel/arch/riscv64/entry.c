/* SPDX-License-Identifier: Apache-2.0 */
/* From the jump to the high half to the machine's description. */
#include "unikernel/arch/riscv64/boot.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/main.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"

static struct {
    uint64_t dtb_pa, hart;
} entered;

uint64_t arch_cpu_id(void) { return entered.hart; }

int arch_machine_read(struct machine *m, const char **problem)
{
    uint64_t block = align_down(entered.dtb_pa, BLOCK_SIZE), at = entered.dtb_pa - block;
    int err;

    *problem = "no device tree";
    if (entered.dtb_pa == 0 || map_range(DTB_WINDOW, block, DTB_WINDOW_SIZE, 0) != 0)
        return -EINVAL;
    err = machine_read_tree(m, (const void *)(DTB_WINDOW + at), DTB_WINDOW_SIZE - at,
                            entered.dtb_pa, problem);
    if (err == 0 && m->arch.timebase == 0) {
        *problem = "the device tree does not say how fast time goes (timebase-frequency)";
        return -ENODEV;
    }
    return err;
}

void uk_entry(uint64_t image_pa, uint64_t dtb_pa, uint64_t hart)
{
    entered.dtb_pa = dtb_pa;
    entered.hart = hart;
    cpu_init_first((uint64_t)__irq_stack + IRQ_STACK_SIZE,
                   (uint64_t)__panic_stack + PANIC_STACK_SIZE);
    map_start(image_pa);
    uk_main();
}
