/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through the page tables. Leaves are at level 3, 2 and 1, roots at PT_TOP, whatever the ISA
 * calls them. The format of an entry is the ISA's (uk_pte.h). */
#pragma once

#include "uk_pte.h"

/** Entry of an address at level 2 or 3; with `make`, tables above it are made. NULL: none, or no
 * memory. */
pte_t *map_entry(uint64_t va, unsigned level, bool make);

/** The entry that decides about an address as things are, at whatever level. */
pte_t *map_find(uint64_t va, unsigned *level);
