/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/machine.h"

int gicv2_init(const struct machine *m, const struct irqchip **out) must_check;
int gicv3_init(const struct machine *m, const struct irqchip **out) must_check;
