/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through the page tables. Leaves are at level 3, 2 and 1, roots at PT_TOP, whatever the ISA
 * calls them. The format of an entry is the ISA's (uk_pte.h). */
#pragma once

#include "uk_pte.h"

/** Entry of an address at level 2 or 3; with `make`, tables above it are made. NULL: none, no memory,
 * or something else is in the way. */
pte_t *map_entry(uint64_t va, unsigned level, bool make);

/** Entry *e of level 2, which stands for 2 MiB of addresses taken but empty, becomes the table at pa of
 * as many entries that say the same. @return the first */
pte_t *map_spread(pte_t *e, uint64_t pa);

/** The entry that decides about an address as things are, at whatever level. */
pte_t *map_find(uint64_t va, unsigned *level);
