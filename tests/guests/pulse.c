/* SPDX-License-Identifier: Apache-2.0 */
/* A heart that never stops: it wakes every 5 ms, and after each 100 times says how long the longest gap between two
 * wake-ups was since its start. */
#include "tests/guests/lib/guest.h"

static void on_irq(uint32_t intid)
{
    if (intid == VTIMER_INTID && (read_sysreg(cntv_ctl_el0) & 4) != 0) timer_off();
}

void guest_main(void)
{
    uint64_t beat = time_hz() / 200, last, longest = 0;

    gic_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
    last = time_now();
    for (uint32_t n = 1;; n++) {
        for (uint32_t i = 0; i < 100; i++) {
            uint64_t now;

            timer_set(last + beat);
            while (time_now() < last + beat) irq_wait();
            now = time_now();
            longest = now - last > longest ? now - last : longest;
            last = now;
        }
        print("pulse %u longest gap %lu us\n", n, longest * 1000000 / time_hz());
    }
}
