/* SPDX-License-Identifier: Apache-2.0 */
/* What the linker script says about the image, and where its pieces go. */
#pragma once

#include "lib/compiler.h"

struct image_segment {
    uint64_t va, offset, size;      /* offset in the image; va and offset are page-aligned */
    unsigned attr;                  /* mm/mmu/attr.h */
};

/** Ends with a row of zeros. */
extern const struct image_segment image_segments[];

#define for_each_segment(s)                                                                        \
    for (const struct image_segment *s = image_segments; s->va != 0; s++)

extern char __early_pages[], __kbss[], __kbss_end[];
extern char __data[], __data_load[], __data_size[], __bss_end[];
