/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers of a RISC-V machine's external interrupts. */
#pragma once

#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/machine.h"

struct intc;

/** -1: none of the outputs is this hart's supervisor external interrupt. */
int intc_output(const struct machine *m, const struct intc *c, uint64_t hart);

/** -ENODEV: not one for us. The interrupts a hart has to itself are not the controller's: no `send`. */
int plic_init(const struct machine *m, const struct intc *c, const struct irqchip **out) must_check;
int aplic_init(const struct machine *m, const struct intc *c, const struct irqchip **out) must_check;
