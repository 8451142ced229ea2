/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a guest's functions, from the symbol table of an ELF file. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

struct symbols;

/** Read the table. ENOEXEC: no 64-bit little-endian ELF file, or damaged; ENOENT may also mean that
 * it has no symbols. The image was loaded to `load`: addresses from there on are known too, as a
 * kernel uses them before its MMU is on, or always if it was linked for no address. */
int symbols_open(const char *path, uint64_t load, struct symbols **out) must_check;
void symbols_close(struct symbols *s);

/** "name+0x10" of the function an address is in; `to` holds at least 64 bytes. False, and `to` untouched: in none. */
bool symbols_find(const struct symbols *s, uint64_t address, char *to, size_t size) must_check;
