/* SPDX-License-Identifier: Apache-2.0 */
/* The host has no CRC-32 instructions of its own worth having in a test. */
#include "hypervisor/core/arch.h"
#include "lib/crc32.h"

uint32_t arch_crc32(uint32_t crc, const void *at, uint64_t len)
{
    return crc32(crc, at, len);
}
