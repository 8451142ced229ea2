/* SPDX-License-Identifier: Apache-2.0 */
/* The devices an AArch64 machine may have. */
#include "unikernel/kernel/machine_walk.h"

const char *const arch_node_props[ARCH_NODE_PROPS] = { [PROP_METHOD] = "method" };

/* The GIC's three cells: kind (0 shared, 1 private), number, trigger. 0 when absent. */
static uint32_t irq_of(const struct node *n, unsigned index)
{
    const uint8_t *p = n->interrupts.data;

    if (n->interrupts.len < (index + 1) * 12) return 0;
    p += index * 12;
    return (uint32_t)cells(p + 4, 1) + (cells(p, 1) == 0 ? 32 : 16);
}

static void take_gic(struct walk *w, const struct node *n, unsigned version)
{
    struct arch_machine *m = &w->m->arch;

    if (m->gic != 0 || !node_region(w, n, 0, &m->gic_dist)) return;
    if (version == 3) {
        for (unsigned i = 0; i < MACHINE_REDISTS; i++) {
            if (!node_region(w, n, i + 1, &m->gic_redist[i])) break;
            m->gic_redists++;
        }
        if (m->gic_redists == 0) return;
    } else if (!node_region(w, n, 1, &m->gic_cpu)) {
        return;
    }
    m->gic = version;
}

static void take_gicv2(struct walk *w, const struct node *n)      { take_gic(w, n, 2); }
static void take_gicv3(struct walk *w, const struct node *n)      { take_gic(w, n, 3); }
static void take_pl011(struct walk *w, const struct node *n)      { node_uart(w, n, UART_PL011, irq_of(n, 0)); }
static void take_sbsa_uart(struct walk *w, const struct node *n)  { node_uart(w, n, UART_SBSA, irq_of(n, 0)); }
static void take_timer(struct walk *w, const struct node *n) { w->m->timer_irq = irq_of(n, 2); }

static void take_rtc(struct walk *w, const struct node *n)
{
    if (!node_region(w, n, 0, &w->m->rtc)) w->m->rtc.len = 0;
}

static void take_psci(struct walk *w, const struct node *n)
{
    const struct prop *method = &n->extra[PROP_METHOD];

    w->m->arch.psci = prop_is(method, "hvc") ? CONDUIT_HVC
                      : prop_is(method, "smc") ? CONDUIT_SMC : CONDUIT_NONE;
}

const struct node_kind arch_node_kinds[] = {
    { "arm,gic-v3", take_gicv3 },           { "arm,cortex-a15-gic", take_gicv2 },
    { "arm,gic-400", take_gicv2 },          { "arm,armv8-timer", take_timer },
    { "arm,pl011", take_pl011 },            { "arm,sbsa-uart", take_sbsa_uart },
    { "arm,pl031", take_rtc },              { "arm,psci-1.0", take_psci },
    { "arm,psci-0.2", take_psci },          { NULL, NULL },
};
