/* SPDX-License-Identifier: Apache-2.0 */
/* The ChaCha20 block function (RFC 8439, 2.3): 64 bytes that nobody can tell from random ones who
 * does not know the key. Leaves nothing of the key on the stack. */
#pragma once

#include "lib/compiler.h"

void chacha20_block(const uint8_t key[32], uint32_t counter, const uint8_t nonce[12], uint8_t out[64]);
