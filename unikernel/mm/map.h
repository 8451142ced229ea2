/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has for itself: RAM, the image, devices, stacks. Supplied by the back end,
 * mm/mmu. */
#pragma once

#include "lib/compiler.h"

struct machine;
struct region;

/** Linear map of the machine's RAM, minus what must stay unmapped; image, application, symbols. RAM
 * for which there are no tables, because it is in too many pieces, is taken out of m->ram. */
int map_machine(struct machine *m) must_check;

/** The image itself, and what follows it for early tables: [base, end) physical. */
void map_image_range(uint64_t *base, uint64_t *end);

/** Registers of a device, mapped. NULL when the window is full. */
volatile void *io_map(const struct region *r);

/** A stack of `pages` pages with an unmapped page below it. Returns its top, NULL without memory.
 */
void *kstack_alloc(unsigned pages);
void kstack_free(void *top);
