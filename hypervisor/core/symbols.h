/* SPDX-License-Identifier: Apache-2.0 */
/* Names of our own functions for panics. The table is made by tools/symbols.py from the linked
 * image and linked in a second time, behind the code, so that addresses do not move. */
#pragma once

#include "lib/compiler.h"

struct symbol_table {
    uint32_t count, names_bytes;
    const uint32_t *offset;         /* from the image's start, ascending */
    const uint32_t *name;           /* into names */
    const char *names;
};

extern const struct symbol_table hv_symbols;

/** Name of the function around an address of the image and the distance from its start; NULL when
 * unknown. */
const char *symbol_at(uint64_t address, uint64_t *distance);
