/* SPDX-License-Identifier: Apache-2.0 */
/* Which sizes there are: steps of 16 bytes up to 1 KiB, then four per doubling up to 8 KiB. What is
 * larger is mapped by itself. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define STEP        16U
#define FINE_MAX    1024U
#define SMALL_MAX   8192U
#define CLASSES     (FINE_MAX / STEP + 12U)

/** bytes <= SMALL_MAX; the smallest class that holds them. */
static inline unsigned class_of(size_t bytes)
{
    unsigned top;

    if (bytes <= FINE_MAX) return bytes == 0 ? 0 : (unsigned)((bytes - 1) / STEP);
    top = 63U - (unsigned)__builtin_clzl(bytes - 1);            /* 10, 11 or 12 */
    return FINE_MAX / STEP + (top - 10) * 4 + (unsigned)((bytes - 1) >> (top - 2) & 3);
}

static inline uint32_t class_size(unsigned c)
{
    unsigned coarse = c - FINE_MAX / STEP;

    if (c < FINE_MAX / STEP) return (c + 1) * STEP;
    return (5 + coarse % 4) << (8 + coarse / 4);
}
