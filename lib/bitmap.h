/* SPDX-License-Identifier: Apache-2.0 */
/* Bits in arrays of 64-bit words. No locking: the owner of the array holds its lock. */
#pragma once

#include "lib/compiler.h"

#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline void bitmap_set(uint64_t *b, uint32_t n)        { b[n / 64] |= BIT64(n % 64); }
static inline void bitmap_clear(uint64_t *b, uint32_t n)      { b[n / 64] &= ~BIT64(n % 64); }
static inline bool bitmap_test(const uint64_t *b, uint32_t n)
{
    return (b[n / 64] >> (n % 64)) & 1;
}

/** Index of the first clear bit below `bits`, or `bits` when all are set. */
static inline uint32_t bitmap_first_clear(const uint64_t *b, uint32_t bits)
{
    for (uint32_t w = 0; w < BITMAP_WORDS(bits); w++) {
        if (~b[w] != 0) {
            uint32_t n = w * 64 + (uint32_t)__builtin_ctzll(~b[w]);
            return MIN(n, bits);
        }
    }
    return bits;
}
