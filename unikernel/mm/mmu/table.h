/* SPDX-License-Identifier: Apache-2.0 */
/* The page tables, for this folder and for ISA ports: the rest of the kernel knows of mm/space.h and
 * mm/map.h alone. Leaves are at level 3, 2 and 1, roots at PT_TOP, whatever the ISA
 * calls them. The format of an entry is the ISA's (uk_pte.h). */
#pragma once

#include "uk_pte.h"

/** First thing on the image's own tables: tables come from the pages behind the image. */
void map_start(uint64_t image_pa);

/** Map what was not mapped, in the largest blocks that fit. -ENOMEM without memory for tables. */
int map_range(uint64_t va, uint64_t pa, uint64_t len, unsigned attr) must_check;

/** Entry of an address at level 2 or 3; with `make`, tables above it are made. NULL: none, no memory,
 * or something else is in the way. */
pte_t *map_entry(uint64_t va, unsigned level, bool make);

/** Entry *e of level 2, which stands for 2 MiB of addresses taken but empty, becomes the table at pa of
 * as many entries that say the same. @return the first */
pte_t *map_spread(pte_t *e, uint64_t pa);

/** The entry that decides about an address as things are, at whatever level. */
pte_t *map_find(uint64_t va, unsigned *level);
