/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/arch/aarch64/pte.h"

/** Right after the jump to the high half: forget the identity, show the device tree. NULL when that
 * cannot be mapped. */
const void *mmu_boot(uint64_t image_pa, uint64_t dtb_pa);

/** Entry of a low address at level 2 or 3; with `make`, tables above it are made. NULL: none, or no
 * memory. */
pte_t *mmu_low_entry(uint64_t va, unsigned level, bool make);

/** A valid entry has changed: no CPU uses the old one any more on return. */
void mmu_flush_page(uint64_t va);

/** Entries that were invalid are valid now: the next access sees them. */
void mmu_published(void);
