/* SPDX-License-Identifier: Apache-2.0 */
/* Names of our own functions for panics. The table is made by tools/symbols.py from the linked
 * image and linked in a second time, behind the code, so that addresses do not move.
 *
 * It is written to be small, and read once in a lifetime, from its start. Each entry is the
 * distance from the function before (from the image's start for the first) in words of four bytes,
 * as a little-endian base-128 number, and its name, ended by 0. In names, a byte from 0x80 on
 * stands for a pair of bytes, which may stand for pairs themselves. */
#pragma once

#include "lib/compiler.h"

#define SYMBOL_NAME_MAX   64u
#define SYMBOL_FIRST_PAIR 0x80u

struct symbol_table {
    uint32_t count;
    const uint8_t (*pair)[2];
    const uint8_t *entries;
};

extern const struct symbol_table hv_symbols;

/** Name of the function around an address of the image, cut to fit, and the distance from its
 * start; false when unknown. */
bool symbol_at(uint64_t address, char name[SYMBOL_NAME_MAX], uint64_t *distance);
