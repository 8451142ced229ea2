/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers. Accesses are volatile and of exactly the width asked for; ordering against
 * normal memory is the caller's matter.
 *
 * The address is hidden from the compiler, which would otherwise merge the access with an
 * increment of it in a loop. Such an instruction is one whose syndrome describes nothing on
 * AArch64: a hypervisor below could not emulate the device. */
#pragma once

#include "lib/compiler.h"

#define MMIO_HIDDEN(at) __asm__ volatile("" : "+r"(at))

#define MMIO_ACCESSORS(bits)                                                                       \
    static inline uint##bits##_t mmio_read##bits(const volatile void *base, uint64_t offset)       \
    {                                                                                              \
        uintptr_t at = (uintptr_t)base + offset;                                                   \
                                                                                                   \
        MMIO_HIDDEN(at);                                                                           \
        return *(const volatile uint##bits##_t *)at;                                               \
    }                                                                                              \
    static inline void mmio_write##bits(volatile void *base, uint64_t offset, uint##bits##_t v)    \
    {                                                                                              \
        uintptr_t at = (uintptr_t)base + offset;                                                   \
                                                                                                   \
        MMIO_HIDDEN(at);                                                                           \
        *(volatile uint##bits##_t *)at = v;                                                        \
    }

MMIO_ACCESSORS(8)
MMIO_ACCESSORS(16)
MMIO_ACCESSORS(32)
MMIO_ACCESSORS(64)
