/* SPDX-License-Identifier: Apache-2.0 */
/* The management VM: identity-mapped RAM and devices, all interrupts of the board that are not EL2's. */
#pragma once

#include "hypervisor/core/bundle.h"
#include "lib/ranges.h"

/**
 * Make, load and start the MVM of the bundle.
 * @ram   what it gets, already without the guest pool, the bundle and EL2's own memory
 * @fdt   the firmware's device tree, from which its own is made
 */
int mvm_start(const struct bundle *b, const struct ranges *ram, const void *fdt, const char **why) must_check;

/** The interrupt that tells the MVM to fetch events; a line that exists only virtually. */
void mvm_doorbell(uint32_t intid);
