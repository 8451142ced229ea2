/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes. The first call gathers what the machine knows that others do not: the boot loader's
 * seed, the processor's generator where it has one, and how long things take. The last alone is weak:
 * an emulator may do the same again. */
#pragma once

#include "lib/compiler.h"

void random_bytes(uint8_t *out, size_t len);
