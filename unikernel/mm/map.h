/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel maps for itself: RAM, the image, devices, stacks. */
#pragma once

#include "lib/compiler.h"
#include "unikernel/mm/attr.h"

struct machine;
struct region;

/** First thing on the image's own tables: tables come from the pages behind the image. */
void map_start(uint64_t image_pa);

/** Linear map of the machine's RAM, minus what must stay unmapped; image, application, symbols. RAM
 * for which there are no tables, because it is in too many pieces, is taken out of m->ram. */
int map_machine(struct machine *m) must_check;

/** The image itself, and what follows it for early tables: [base, end) physical. */
void map_image_range(uint64_t *base, uint64_t *end);

/** Map what was not mapped, in the largest blocks that fit. -ENOMEM without memory for tables. */
int map_range(uint64_t va, uint64_t pa, uint64_t len, unsigned attr) must_check;

/** Registers of a device, mapped. NULL when the window is full. */
volatile void *io_map(const struct region *r);

/** A stack of `pages` pages with an unmapped page below it. Returns its top, NULL without memory.
 */
void *kstack_alloc(unsigned pages);
void kstack_free(void *top);
