/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a physical interrupt: the hypervisor itself, or one VM. */
#pragma once

#include "hypervisor/core/types.h"

struct guest_frame;

typedef void (*irq_handler)(uint32_t intid);

/** Take an interrupt for EL2 (PPIs: on every CPU that enables it). -EBUSY: has an owner. */
int irq_claim(uint32_t intid, irq_handler handler) must_check;
/** Give an SPI to a VM; vm NULL releases it. -EBUSY: owned by somebody else, -EINVAL: no such SPI.
 */
int irq_assign(uint32_t intid, struct vm *vm) must_check;
/** The VM it is passed on to, or NULL. */
struct vm *irq_owner(uint32_t intid);

/** Handle the most urgent interrupt the controller has for this CPU; false: there is none. What
 * else is pending interrupts as soon as it can. Interrupts masked. */
bool irq_handle(void);

/** Entry point of the vectors: a guest was interrupted. */
void trap_irq(struct guest_frame *f);

#define SGI_KICK 1u                 /* look at your work flags */
#define SGI_HALT 2u                 /* panic elsewhere: stop for good */
