/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/chacha20.c
/* The test vectors of RFC 8439: 2.3.2, and A.1 number 1, 2 and 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/chacha20.h"

static void blocks_are_those_of_the_standard(void **state)
{
    static const struct {
        uint8_t key_first, key_step, key_last;
        uint32_t counter;
        uint8_t nonce[12], begin[16];
    } vectors[] = {
        { 0, 1, 31, 1, { 0, 0, 0, 9, 0, 0, 0, 0x4a },
          { 0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4 } },
        { 0, 0, 0, 0, { 0 },
          { 0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28 } },
        { 0, 0, 0, 1, { 0 },
          { 0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a, 0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d } },
        { 0, 0, 1, 1, { 0 },
          { 0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92, 0x9b, 0x9d, 0x82, 0x8d, 0xb1, 0xce, 0xd4, 0xdd } },
    };

    for (unsigned v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
        uint8_t key[32], out[64];

        for (unsigned i = 0; i < 32; i++) key[i] = (uint8_t)(vectors[v].key_first + i * vectors[v].key_step);
        key[31] = vectors[v].key_last;
        chacha20_block(key, vectors[v].counter, vectors[v].nonce, out);
        assert_memory_equal(out, vectors[v].begin, 16);
    }
}

static void a_block_is_whole(void **state)
{
    static const uint8_t key[32], nonce[12], end[16] = { 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c,
                                                         0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86 };
    uint8_t out[64];

    chacha20_block(key, 0, nonce, out);
    assert_memory_equal(out + 48, end, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_those_of_the_standard),
        cmocka_unit_test(a_block_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
