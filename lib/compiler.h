/* SPDX-License-Identifier: Apache-2.0 */
/* The GNU attributes and small helpers that all our C uses, freestanding and on the host. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must_check      __attribute__((warn_unused_result))
#define noreturn_fn     __attribute__((noreturn))
#define cold_fn         __attribute__((cold, noinline))
#define known_outside   __attribute__((noinline, used))    /* stays in the image under its name */
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define aligned_to(n)   __attribute__((aligned(n)))
#define in_section(s)   __attribute__((section(s), used))
#define likely(x)       __builtin_expect(!!(x), 1)
#define unlikely(x)     __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define BIT64(n)        (UINT64_C(1) << (n))
#define MASK64(hi, lo)  ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))
#define FIELD(v, hi, lo) (((v) & MASK64(hi, lo)) >> (lo))
#define MIN(a, b)       ((a) < (b) ? (a) : (b))
#define MAX(a, b)       ((a) > (b) ? (a) : (b))

#define container_of(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

/** *end = base + len, or false when the sum does not fit 64 bits. */
static inline must_check bool add_ok(uint64_t *end, uint64_t base, uint64_t len)
{
    return !__builtin_add_overflow(base, len, end);
}

static inline uint64_t align_up(uint64_t v, uint64_t to)   { return (v + to - 1) & ~(to - 1); }
static inline uint64_t align_down(uint64_t v, uint64_t to) { return v & ~(to - 1); }
static inline bool is_aligned(uint64_t v, uint64_t to)     { return (v & (to - 1)) == 0; }
