/* SPDX-License-Identifier: Apache-2.0 */
/* A worse neighbour: its vectors are where nothing is, so it faults for ever; each fault is an
 * exit to the hypervisor. */
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    wait_if_told();
    print("faulting\n");
    write_sysreg(vbar_el1, 0x10000000);
    isb();
    *(volatile uint32_t *)(uintptr_t)0x10000000 = 0;
}
