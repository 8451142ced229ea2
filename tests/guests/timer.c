/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual and the physical timer: each fires on time and not before, wakes WFI, keeps the rules
 * of its registers and leaves the other alone. */
#include "tests/guests/lib/guest.h"

#define ROUNDS 50u

struct timer_regs {
    const char *name;
    uint32_t intid;
    void (*set_ctl)(uint64_t ctl);
    uint64_t (*ctl)(void);
    void (*set_cval)(uint64_t at);
    uint64_t (*cval)(void);
    void (*set_tval)(uint64_t ticks);
    uint64_t (*tval)(void);
};

#define TIMER(x)                                                                                        \
    static void x##_set_ctl(uint64_t v)  { write_sysreg(cnt##x##_ctl_el0, v); isb(); }                  \
    static uint64_t x##_ctl(void)        { isb(); return read_sysreg(cnt##x##_ctl_el0); }               \
    static void x##_set_cval(uint64_t v) { write_sysreg(cnt##x##_cval_el0, v); isb(); }                 \
    static uint64_t x##_cval(void)       { return read_sysreg(cnt##x##_cval_el0); }                     \
    static void x##_set_tval(uint64_t v) { write_sysreg(cnt##x##_tval_el0, v); isb(); }                 \
    static uint64_t x##_tval(void)       { isb(); return read_sysreg(cnt##x##_tval_el0); }
TIMER(v)
TIMER(p)

static const struct timer_regs timers[] = {
    { "virtual", VTIMER_INTID, v_set_ctl, v_ctl, v_set_cval, v_cval, v_set_tval, v_tval },
    { "physical", 30, p_set_ctl, p_ctl, p_set_cval, p_cval, p_set_tval, p_tval },
};

static volatile uint64_t fired_at;

static uint64_t count(const struct timer_regs *t)
{
    isb();
    return t->intid == VTIMER_INTID ? time_now() : read_sysreg(cntpct_el0);
}

static void on_irq(uint32_t intid)
{
    for (uint32_t i = 0; i < ARRAY_LEN(timers); i++) {
        if (intid != timers[i].intid) continue;
        fired_at = count(&timers[i]);
        timers[i].set_ctl(0);
    }
}

static void on_time(const struct timer_regs *t)
{
    uint32_t early = 0, before = irqs_taken(0, t->intid);
    uint64_t due;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        fired_at = 0;
        due = count(t) + time_hz() / 1000;
        t->set_cval(due);
        t->set_ctl(1);
        while (fired_at == 0) irq_wait();
        early += fired_at < due;
    }
    report(early == 0, "%s: %u timers woke WFI, none too early", t->name, ROUNDS);
    report(irqs_taken(0, t->intid) == before + ROUNDS, "%s: each interrupted exactly once", t->name);

    before = irqs_taken(0, t->intid);
    t->set_cval(count(t) - 1);
    t->set_ctl(1);
    while (irqs_taken(0, t->intid) == before) irq_wait();
    report(true, "%s: a time in the past fires at once", t->name);
}

static void masked(const struct timer_regs *t)
{
    uint32_t before = irqs_taken(0, t->intid);

    t->set_cval(0);
    t->set_ctl(3);                                      /* enabled, masked */
    report((t->ctl() & 7) == 7, "%s: a masked timer shows its status", t->name);
    irq_poll();
    report(irqs_taken(0, t->intid) == before, "%s: and does not interrupt", t->name);
    t->set_ctl(1);
    while (irqs_taken(0, t->intid) == before) irq_wait();
    report(true, "%s: until it is unmasked", t->name);
    t->set_cval(UINT64_MAX);
    t->set_ctl(1);
    report(t->ctl() == 1 && t->cval() == UINT64_MAX, "%s: far away it is on and not due", t->name);
    t->set_ctl(0);
}

static void counting(const struct timer_regs *t)
{
    uint64_t hz = time_hz(), start = count(t);
    uint32_t before = irqs_taken(0, t->intid);

    t->set_tval(hz / 500);
    t->set_ctl(1);
    report((int32_t)t->tval() <= (int32_t)(hz / 500) && t->cval() - start >= hz / 500, "%s: TVAL and CVAL are one", t->name);
    while (irqs_taken(0, t->intid) == before) {
        if (count(t) - start > hz / 250) irq_poll();    /* busy, not asleep, when it fires */
    }
    report(fired_at - start >= hz / 500, "%s: TVAL counts from now", t->name);
    t->set_tval(0xffffffff);                            /* -1 */
    report((int32_t)t->tval() < 0 && t->cval() < count(t), "%s: TVAL is signed", t->name);
}

/* The interrupt follows the line, also when nobody looks. */
static void level(const struct timer_regs *t)
{
    uint32_t before = irqs_taken(0, t->intid);

    t->set_cval(0);
    t->set_ctl(1);
    while (!irq_is_pending(t->intid)) {}
    report(irqs_taken(0, t->intid) == before, "%s: due, it is pending", t->name);
    t->set_ctl(0);
    while (irq_is_pending(t->intid)) {}
    for (uint32_t i = 0; i < 3; i++) irq_poll();
    report(irqs_taken(0, t->intid) == before, "%s: switched off before it was taken, it is not", t->name);
}

void guest_main(void)
{
    uint32_t both;

    report(time_hz() > 1000000, "the counter runs at %lu Hz", time_hz());
    report(time_now() <= time_now(), "and never backwards");
    gic_init();
    irq_hook = on_irq;
    for (uint32_t i = 0; i < ARRAY_LEN(timers); i++) {
        timers[i].set_ctl(0);
        gic_enable(timers[i].intid);
        on_time(&timers[i]);
        masked(&timers[i]);
        counting(&timers[i]);
        level(&timers[i]);
    }
    both = irqs_taken(0, timers[0].intid) + irqs_taken(0, timers[1].intid);
    timers[0].set_tval(time_hz() / 1000);
    timers[1].set_tval(time_hz() / 1000);
    timers[0].set_ctl(1);
    timers[1].set_ctl(1);
    while (irqs_taken(0, timers[0].intid) + irqs_taken(0, timers[1].intid) != both + 2) irq_wait();
    report(true, "both at the same time");
}
