/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer: fires on time and not before, wakes WFI, and keeps the rules of its
 * registers. */
#include "tests/guests/lib/guest.h"

#define ROUNDS 50u

static volatile uint64_t fired_at;

static void on_irq(uint32_t intid)
{
    if (intid != VTIMER_INTID) return;
    fired_at = time_now();
    timer_off();
}

void guest_main(void)
{
    uint64_t hz = time_hz(), start, due;
    uint32_t before, early = 0, lost = 0;

    report(hz > 1000000, "the counter runs at %lu Hz", hz);
    report(time_now() <= time_now(), "and never backwards");
    gic_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        fired_at = 0;
        due = time_now() + hz / 1000;
        timer_set(due);
        while (fired_at == 0) irq_wait();
        early += fired_at < due;
        lost += irqs_taken(0, VTIMER_INTID) != i + 1;
    }
    report(early == 0, "%u timers woke WFI, none too early", ROUNDS);
    report(lost == 0, "each interrupted exactly once");

    before = irqs_taken(0, VTIMER_INTID);
    timer_set(time_now() - 1);
    while (irqs_taken(0, VTIMER_INTID) == before) irq_wait();
    report(true, "a time in the past fires at once");

    before = irqs_taken(0, VTIMER_INTID);
    write_sysreg(cntv_cval_el0, 0);
    write_sysreg(cntv_ctl_el0, 3);                      /* enabled, masked */
    isb();
    report((read_sysreg(cntv_ctl_el0) & 7) == 7, "a masked timer shows its status");
    irq_poll();
    report(irqs_taken(0, VTIMER_INTID) == before, "and does not interrupt");
    write_sysreg(cntv_ctl_el0, 1);
    isb();
    while (irqs_taken(0, VTIMER_INTID) == before) irq_wait();
    report(true, "until it is unmasked");

    start = time_now();
    before = irqs_taken(0, VTIMER_INTID);
    __asm__ volatile("msr cntv_tval_el0, %0; msr cntv_ctl_el0, %1; isb" : : "r"(hz / 500), "r"(UINT64_C(1)) : "memory");
    while (irqs_taken(0, VTIMER_INTID) == before) {
        if (time_now() - start > hz / 250) irq_poll();  /* busy, not asleep, when it fires */
    }
    report(fired_at - start >= hz / 500, "TVAL counts from now");
}
