/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"

#define BUCKETS 16U

static struct {
    const struct irqchip *chip;
    struct spinlock lock;           /* lists */
    struct list actions[BUCKETS];   /* by number */
    uint32_t unexpected;
} irqs;

int irq_init(const struct machine *m, const char **problem)
{
    for (unsigned i = 0; i < BUCKETS; i++) list_init(&irqs.actions[i]);
    return arch_irq_init(m, &irqs.chip, problem);
}

static bool line_is_used(uint32_t irq)
{
    list_for_each(n, &irqs.actions[irq % BUCKETS]) {
        if (list_item(n, struct irq_action, node)->irq == irq) return true;
    }
    return false;
}

void irq_attach(struct irq_action *a, uint32_t irq, void (*fn)(void *), void *arg)
{
    LOCK_SCOPED(&irqs.lock);
    bool first = !line_is_used(irq);

    a->irq = irq;
    a->fn = fn;
    a->arg = arg;
    list_push_back(&irqs.actions[irq % BUCKETS], &a->node);
    if (first) irqs.chip->enable(irq);
}

void irq_detach(struct irq_action *a)
{
    LOCK_SCOPED(&irqs.lock);

    list_remove(&a->node);
    if (!line_is_used(a->irq)) irqs.chip->disable(a->irq);
}

void irq_dispatch(void)
{
    for (uint32_t irq; (irq = irqs.chip->ack()) != UINT32_MAX; irqs.chip->end(irq)) {
        bool known = false;

        list_for_each_safe(n, &irqs.actions[irq % BUCKETS]) {
            struct irq_action *a = list_item(n, struct irq_action, node);

            if (a->irq != irq) continue;
            a->fn(a->arg);
            known = true;
        }
        if (known) continue;
        irqs.chip->disable(irq);
        if (irqs.unexpected++ < 10) log_warn("irq", "nobody handles interrupt %u: now off", irq);
    }
}
