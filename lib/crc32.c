/* SPDX-License-Identifier: Apache-2.0 */
/* Half a byte per step: a table of 64 bytes stays in the cache and in the image size budget.
 * Polynomial 0x04C11DB7, reflected; each entry is what four shifts make of its index. */
#include "lib/crc32.h"

static const uint32_t nibble[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t crc32(uint32_t crc, const void *at, size_t n)
{
    const uint8_t *byte = at;

    crc = ~crc;
    while (n-- > 0) {
        crc ^= *byte++;
        crc = nibble[crc & 15] ^ (crc >> 4);
        crc = nibble[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}
