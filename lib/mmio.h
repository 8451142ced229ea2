/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers. Accesses are volatile and of exactly the width asked for; ordering against normal memory is the
 * caller's matter. */
#pragma once

#include "lib/compiler.h"

#define MMIO_ACCESSORS(bits)                                                                       \
    static inline uint##bits##_t mmio_read##bits(const volatile void *base, uint64_t offset)       \
    {                                                                                              \
        return *(const volatile uint##bits##_t *)((uintptr_t)base + offset);                       \
    }                                                                                              \
    static inline void mmio_write##bits(volatile void *base, uint64_t offset, uint##bits##_t v)    \
    {                                                                                              \
        *(volatile uint##bits##_t *)((uintptr_t)base + offset) = v;                                \
    }

MMIO_ACCESSORS(8)
MMIO_ACCESSORS(16)
MMIO_ACCESSORS(32)
MMIO_ACCESSORS(64)
