/* SPDX-License-Identifier: Apache-2.0 */
/* What head.S, the linker script and C tell each other about the image. */
#pragma once

#include "unikernel/arch/aarch64/pte.h"

struct image_segment {
    uint64_t va, offset, size, attr;
};
extern const struct image_segment image_segments[];     /* ends with a row of zeros */

#define for_each_segment(s)                                                                        \
    for (const struct image_segment *s = image_segments; s->va != 0; s++)

extern pte_t boot_tables[]; /* [0] low root, [512] high root, [1024] high level 2 */
extern char __early_pages[], __kbss[], __kbss_end[], __boot_stack[], __irq_stack[], __panic_stack[];
extern char __data_end[], __bss_end[], __text[], __text_end[];

uint64_t boot_map(uint64_t image_pa, pte_t *tables);
noreturn_fn void uk_entry(uint64_t image_pa, uint64_t dtb_pa, unsigned entry_level);
