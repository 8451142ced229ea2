/* SPDX-License-Identifier: Apache-2.0 */
/* Which sizes there are: steps of 16 bytes up to 1 KiB, then four per doubling up to 8 KiB. What is
 * larger is mapped by itself. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define STEP        16U
#define FINE_MAX    1024U
#define SMALL_MAX   8192U
#define COARSE      (FINE_MAX / STEP + 1U)      /* the first class of more than FINE_MAX */
#define CLASSES     (COARSE + 12U)

/** bytes <= SMALL_MAX; the smallest class that holds them. No bytes have a class of their own. */
static inline size_t class_of(size_t bytes)
{
    size_t of_2k = (bytes - 1) >> 11, doublings = of_2k - (of_2k & of_2k >> 1);    /* 0, 1, 2, 2 */

    if (__builtin_expect(bytes <= FINE_MAX, 1)) return (bytes + STEP - 1) / STEP;
    return COARSE + doublings * 4 + ((bytes - 1) >> (8 + doublings) & 3);
}

static inline uint32_t class_size(size_t c)
{
    uint32_t coarse = (uint32_t)(c - COARSE);

    if (c < COARSE) return c == 0 ? STEP : (uint32_t)c * STEP;
    return (5 + coarse % 4) << (8 + coarse / 4);
}
