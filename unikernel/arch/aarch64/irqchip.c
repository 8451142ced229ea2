/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/drivers/gic.h"
#include "unikernel/kernel/arch.h"
#include "lib/err.h"

int arch_irq_init(const struct machine *m, const struct irqchip **out, const char **problem)
{
    if (m->arch.gic == 0) {
        *problem = "the device tree has no interrupt controller we know (GICv2, GICv3)";
        return -ENODEV;
    }
    if (m->timer_irq == 0) {
        *problem = "the device tree has no arm,armv8-timer with a virtual timer";
        return -ENODEV;
    }
    return m->arch.gic == 3 ? gicv3_init(m, out) : gicv2_init(m, out);
}
