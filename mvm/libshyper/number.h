/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them. Each takes the whole string, refuses overflow, and leaves *out
 * alone when it fails. */
#pragma once

#include "lib/compiler.h"

/** Decimal, "0x…" or "0b…". */
bool number_from_text(const char *s, uint64_t *out);

/** The same with an optional K, M or G behind it: bytes. */
bool size_from_text(const char *s, uint64_t *out);
