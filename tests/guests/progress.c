/* SPDX-License-Identifier: Apache-2.0 */
/* Gets its work done whoever its neighbours are: it sleeps, it computes, it sleeps again. */
#include "tests/guests/lib/guest.h"

#define ROUNDS 20u

static void on_irq(uint32_t intid)
{
    if (intid == VTIMER_INTID) timer_off();
}

void guest_main(void)
{
    uint64_t sum = 0;

    gic_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        timer_set(time_now() + time_hz() / 500);
        while (irqs_taken(0, VTIMER_INTID) == i) irq_wait();
        for (uint64_t n = 0; n < 100000; n++) sum = sum * 3 + *(volatile uint64_t *)&n;
        print("round %u\n", i);
    }
    report(sum != 0, "%u rounds", ROUNDS);
}
