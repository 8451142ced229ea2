/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/compiler.h"

/** The test's. */
bool arch_random(uint64_t *out, unsigned n);
