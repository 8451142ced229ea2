/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the machine. QEMU's debug exit device knows only odd statuses of seven bits, so the
 * status goes to its debug console first, where tools/uk_run.py reads it. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"

#define DEBUG_CONSOLE   0xe9        /* reads as its own number when it is there */
#define DEBUG_EXIT      0xf4
#define KEYBOARD        0x64
#define KEYBOARD_RESET  0xfe
#define PATIENCE_S      10

void arch_hypervisor_detect(const struct machine *m) { }

static noreturn_fn void halt(void)
{
    for (;;) __asm__ volatile("cli; hlt");
}

/* An emulator ends when it comes to it: on a busy machine, or with a debugger, late. */
void arch_exit(int status)
{
    uint64_t until = arch_ticks() + PATIENCE_S * arch_ticks_per_second();

    (void)arch_irq_save();
    if (port_read8(DEBUG_CONSOLE) == DEBUG_CONSOLE) port_write8(DEBUG_CONSOLE, (uint8_t)status);
    port_write32(DEBUG_EXIT, (uint32_t)status);
    while (arch_ticks() < until) arch_relax();
    log_text("System halted, status %d: no way to power off was found\n", status);
    halt();
}

void arch_reset(void)
{
    (void)arch_irq_save();
    port_write8(KEYBOARD, KEYBOARD_RESET);
    /* No keyboard controller, or not yet: an exception without a table resets the CPU. */
    __asm__ volatile("push $0; push $0; lidt (%rsp); ud2");
    halt();
}
