/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers. Accesses are volatile and of exactly the width asked for; ordering against normal memory is the
 * caller's matter. On AArch64 they are loads and stores with a plain base register: those that also change the base are
 * ones whose syndrome describes nothing, so a hypervisor below could not emulate the device. */
#pragma once

#include "lib/compiler.h"

#if defined(__aarch64__)
#define MMIO_LOAD(bits, insn, reg)                                                                 \
    uint##bits##_t v;                                                                              \
    __asm__ volatile(insn " %" reg "0, %1" : "=r"(v) : "Q"(*at));                                  \
    return v
#define MMIO_STORE(insn, reg) __asm__ volatile(insn " %" reg "1, %0" : "=Q"(*at) : "rZ"(v))
#else
#define MMIO_LOAD(bits, insn, reg) return *at
#define MMIO_STORE(insn, reg)      *at = v
#endif

#define MMIO_ACCESSORS(bits, load, store, reg)                                                     \
    static inline uint##bits##_t mmio_read##bits(const volatile void *base, uint64_t offset)       \
    {                                                                                              \
        const volatile uint##bits##_t *at = (const volatile uint##bits##_t *)((uintptr_t)base + offset); \
                                                                                                   \
        MMIO_LOAD(bits, load, reg);                                                                \
    }                                                                                              \
    static inline void mmio_write##bits(volatile void *base, uint64_t offset, uint##bits##_t v)    \
    {                                                                                              \
        volatile uint##bits##_t *at = (volatile uint##bits##_t *)((uintptr_t)base + offset);       \
                                                                                                   \
        MMIO_STORE(store, reg);                                                                    \
    }

MMIO_ACCESSORS(8, "ldrb", "strb", "w")
MMIO_ACCESSORS(16, "ldrh", "strh", "w")
MMIO_ACCESSORS(32, "ldr", "str", "w")
MMIO_ACCESSORS(64, "ldr", "str", "x")
