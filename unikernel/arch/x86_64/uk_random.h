/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/arch/x86_64/cpu.h"

/** n words of the processor's generator; false: it has none, or none just now. */
static inline bool arch_random(uint64_t *out, unsigned n)
{
    if (!(cpuid(1, 0).c & BIT64(30))) return false;
    for (unsigned i = 0; i < n; i++) {
        bool given;

        __asm__ volatile("rdrand %0; setc %1" : "=r"(out[i]), "=qm"(given) :: "cc");
        if (!given) return false;
    }
    return true;
}
