/* SPDX-License-Identifier: Apache-2.0 */
/* Part of kernel/machine.h. */
#pragma once

#include "unikernel/kernel/region.h"

#define ARCH_NODE_PROPS 1           /* the reader of device trees is compiled, and not linked */

struct arch_machine {
    struct region lapic, ioapic;    /* len 0: none found */
    uint32_t ioapic_base;           /* global interrupt number of its first pin */
    uint32_t isa_irq[16];           /* global interrupt numbers of the ISA lines */
};
