/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbour that sleeps with every reason to wake up: its timer has expired, but its priority mask lets no interrupt through. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICC_PMR 4u

void guest_main(void)
{
    gic_init();
    gic_enable(VTIMER_INTID);
    if (gic_version == 2) mmio_write32((volatile void *)(uintptr_t)GICC_BASE, GICC_PMR, 0);
    else write_sysreg(S3_0_C4_C6_0, 0);                 /* ICC_PMR_EL1 */
    timer_set(time_now());
    while (true) irq_wait();
}
