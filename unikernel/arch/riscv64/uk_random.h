/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** No words of the processor's generator: whether firmware lets us have it (Zkr) cannot be asked. */
static inline bool arch_random(uint64_t *out, unsigned n) { return false; }
