/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the machine: QEMU's (SiFive's) test device hands a status to whoever started it, the
 * firmware can only power off. */
#include "unikernel/arch/riscv64/sbi.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/map.h"
#include "lib/mmio.h"

#define TEST_FAIL   0x3333U             /* with the status in the upper half */
#define TEST_PASS   0x5555U
#define TEST_RESET  0x7777U
#define PATIENCE_S  10

static volatile void *test;             /* NULL: the machine has none */

/* Shyper has no riscv64 guests. */
void arch_hypervisor_detect(const struct machine *m)
{
    if (m->arch.test.len != 0) test = io_map(&m->arch.test);
}

/* QEMU acts on it in its own time. A call of the firmware before that would be the same once more,
 * with another status. */
static void tell_test(uint32_t what)
{
    uint64_t until = arch_ticks() + PATIENCE_S * arch_ticks_per_second();

    if (test == NULL) return;
    mmio_write32(test, 0, what);
    while (arch_ticks() < until) arch_relax();
}

void arch_exit(int status)
{
    (void)arch_irq_save();
    tell_test(status == 0 ? TEST_PASS : (uint32_t)status << 16 | TEST_FAIL);
    (void)sbi_call(SBI_RESET, SBI_RESET_SYSTEM, SBI_RESET_SHUTDOWN,
                   status == 0 ? 0 : SBI_RESET_FAILURE, 0, 0);
    log_text("System halted, status %d: no way to power off was found\n", status);
    for (;;) arch_wait();
}

void arch_reset(void)
{
    (void)arch_irq_save();
    tell_test(TEST_RESET);
    (void)sbi_call(SBI_RESET, SBI_RESET_SYSTEM, SBI_RESET_COLD, 0, 0, 0);
    log_text("System halted: no way to reset was found\n");
    for (;;) arch_wait();
}
