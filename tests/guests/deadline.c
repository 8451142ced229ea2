/* SPDX-License-Identifier: Apache-2.0 */
/* How late is a sleeper woken by its timer? `late_us` of the command line says how late it may be at most. */
#include "tests/guests/lib/guest.h"

#define ROUNDS 100u

static volatile uint64_t fired_at;

static void on_irq(uint32_t intid)
{
    if (intid != VTIMER_INTID) return;
    fired_at = time_now();
    timer_off();
}

void guest_main(void)
{
    uint64_t allowed_us = argument("late_us", 0), worst = 0, hz = time_hz(), start;

    gic_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        uint64_t due = time_now() + hz / 1000 * (1 + i % 13) + i * 7;

        fired_at = 0;
        timer_set(due);
        while (fired_at == 0) irq_wait();
        worst = MAX(worst, fired_at - due);
        for (start = time_now(); time_now() - start < hz / 5000;) continue;
    }
    report(worst * 1000000 / hz <= allowed_us, "woken %u times, at most %lu us late", ROUNDS, worst * 1000000 / hz);
}
