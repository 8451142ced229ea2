/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/chacha20.h"
#include "lib/str.h"

static uint32_t rotated(uint32_t x, unsigned by) { return x << by | x >> (32 - by); }

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    static const uint8_t by[4] = { 16, 12, 8, 7 };

    for (unsigned i = 0; i < 4; i += 2) {
        *a += *b;
        *d = rotated(*d ^ *a, by[i]);
        *c += *d;
        *b = rotated(*b ^ *c, by[i + 1]);
    }
}

/* Words are little-endian in memory, as in all machines we run on. */
void chacha20_block(const uint8_t key[32], uint32_t counter, const uint8_t nonce[12], uint8_t out[64])
{
    uint32_t words[32], *first = words, *s = words + 16;

    memcpy(first, "expand 32-byte k", 16);
    memcpy(first + 4, key, 32);
    first[12] = counter;
    memcpy(first + 13, nonce, 12);
    memcpy(s, first, 64);
    for (unsigned round = 0; round < 20; round++) {
        unsigned turn = round % 2;          /* columns, then diagonals */

        for (unsigned i = 0; i < 4; i++) {
            quarter_round(&s[i], &s[4 + (i + turn) % 4], &s[8 + (i + 2 * turn) % 4],
                          &s[12 + (i + 3 * turn) % 4]);
        }
    }
    for (unsigned i = 0; i < 16; i++) s[i] += first[i];
    memcpy(out, s, 64);
    mem_wipe(words, sizeof(words));
}
