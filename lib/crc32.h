/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32/ISO-HDLC (the one of zip and Ethernet): finds damage, not malice. */
#pragma once

#include "lib/compiler.h"

/** CRC of n bytes. Start with crc = 0; feed the result back to continue over the next piece. */
uint32_t crc32(uint32_t crc, const void *at, size_t n);
