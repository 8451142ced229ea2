/* SPDX-License-Identifier: Apache-2.0 */
/* The management VM: identity-mapped RAM and devices, all interrupts of the board that are not
 * EL2's. */
#pragma once

#include "hypervisor/core/bundle.h"
#include "lib/ranges.h"

/** @ram what it gets, already without the guest pool, the bundle and EL2's own memory */
int mvm_make(const struct bundle *b, const struct ranges *ram, const char **why) must_check;

/** @fdt the firmware's device tree, from which the MVM's is made */
int mvm_load_and_boot(const struct bundle *b, const void *fdt, const char **why) must_check;

/** It cannot be started: the guests of the bundle, which run already, go on without it. */
void mvm_abandon(void);

/** A new MVM hears of everything that happens from now on. */
void mvm_events_forget(void);

/** The interrupt that tells the MVM to fetch events; a line that exists only virtually. */
void mvm_doorbell(uint32_t intid);
