/* SPDX-License-Identifier: Apache-2.0 */
/* The timer: a register of ours when the machine has Sstc, else the firmware's. */
#include "unikernel/arch/riscv64/sbi.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/machine.h"

uint64_t arch_ticks(void) { return csr_read(time); }

uint64_t arch_ticks_per_second(void) { return MAX(machine.arch.timebase, 1); }

void arch_timer_set(uint64_t at)
{
    if (machine.arch.has_sstc) csr_write(0x14d, at);            /* stimecmp */
    else (void)sbi_call(SBI_TIME, SBI_TIME_SET, at, 0, 0, 0);
}
