/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers. The accesses are volatile and, on a device mapping, ordered among themselves;
 * the single instruction forms keep them emulatable by a hypervisor (no post-index, no pairs). */
#pragma once

#include "lib/compiler.h"

static inline uint32_t mmio_read32(const volatile void *base, uint32_t at)
{
    uint32_t v;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"((const volatile char *)base + at) : "memory");
    return v;
}

static inline uint64_t mmio_read64(const volatile void *base, uint32_t at)
{
    uint64_t v;

    __asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"((const volatile char *)base + at) : "memory");
    return v;
}

static inline void mmio_write32(volatile void *base, uint32_t at, uint32_t v)
{
    __asm__ volatile("str %w0, [%1]" :: "r"(v), "r"((volatile char *)base + at) : "memory");
}

static inline void mmio_write64(volatile void *base, uint32_t at, uint64_t v)
{
    __asm__ volatile("str %0, [%1]" :: "r"(v), "r"((volatile char *)base + at) : "memory");
}

static inline void mmio_write8(volatile void *base, uint32_t at, uint8_t v)
{
    __asm__ volatile("strb %w0, [%1]" :: "r"(v), "r"((volatile char *)base + at) : "memory");
}
