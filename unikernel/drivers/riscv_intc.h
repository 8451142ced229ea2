/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers of a RISC-V machine's external interrupts. */
#pragma once

#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/machine.h"

struct intc;

/** -1: none of the outputs is this interrupt (IRQ_EXTERNAL, IRQ_SOFT) of this hart. */
int intc_output(const struct machine *m, const struct intc *c, uint64_t hart, uint32_t cause);

/** -ENODEV: not one for us. `send` is NULL where only others can interrupt a hart. */
int plic_init(const struct machine *m, const struct intc *c, const struct irqchip **out) must_check;
int aplic_init(const struct machine *m, const struct intc *c, const struct irqchip **out) must_check;
