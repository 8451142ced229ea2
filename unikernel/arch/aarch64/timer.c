/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer: under a hypervisor it is ours, on a bare machine its offset is zero. */
#include "unikernel/kernel/arch.h"

#define CTL_ON  1
#define CTL_OFF 0

uint64_t arch_ticks(void)
{
    isb();                          /* not before what comes before it */
    return sysreg_read(cntvct_el0);
}

uint64_t arch_ticks_per_second(void) { return sysreg_read(cntfrq_el0); }

void arch_timer_set(uint64_t at)
{
    if (at == UINT64_MAX) {
        sysreg_write(cntv_ctl_el0, CTL_OFF);
    } else {
        sysreg_write(cntv_cval_el0, at);
        sysreg_write(cntv_ctl_el0, CTL_ON);
    }
    isb();
}
