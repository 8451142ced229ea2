/* SPDX-License-Identifier: Apache-2.0 */
/* Data cache maintenance that Linux lets programs do (SCTLR_EL1.UCI, UCT). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Write dirty lines back to memory, where a guest with its caches off looks (Arm ARM D7.5.9: DC CVAC). */
static inline void cache_clean(const void *at, size_t bytes)
{
    uint64_t ctr, line;

    __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
    line = UINT64_C(4) << (ctr >> 16 & 0xf);
    for (uintptr_t a = (uintptr_t)at & ~(line - 1); a < (uintptr_t)at + bytes; a += line)
        __asm__ volatile("dc cvac, %0" ::"r"(a) : "memory");
    __asm__ volatile("dsb sy" ::: "memory");
}
