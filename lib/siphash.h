/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 (Aumasson, Bernstein 2012) of one 8-byte message: without the key, outputs tell
 * nothing about each other. */
#pragma once

#include "lib/compiler.h"

uint64_t siphash(const uint64_t key[2], uint64_t message);
