/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "arch/aarch64/sysreg.h"

/** n words of the processor's generator; false: it has none, or none just now. */
static inline bool arch_random(uint64_t *out, unsigned n)
{
    if (FIELD(sysreg_read(id_aa64isar0_el1), 63, 60) == 0) return false;
    for (unsigned i = 0; i < n; i++) {
        bool given;

        __asm__ volatile("mrs %0, s3_3_c2_c4_0; cset %w1, ne" : "=r"(out[i]), "=r"(given) :: "cc"); /* RNDR */
        if (!given) return false;
    }
    return true;
}
