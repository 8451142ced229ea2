/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/crc32.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/crc32.h"

static void check_value_of_the_catalogue(void **state)
{
    (void)state;
    assert_int_equal(crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32(0, "", 0), 0);
    assert_int_equal(crc32(0, "\0", 1), 0xd202ef8d);
}

static void pieces_make_the_whole(void **state)
{
    static const char text[] = "123456789";

    (void)state;
    for (size_t cut = 0; cut <= 9; cut++) {
        assert_int_equal(crc32(crc32(0, text, cut), text + cut, 9 - cut), 0xcbf43926);
    }
}

/* Bit by bit, from the definition. */
static uint32_t slow(const uint8_t *at, size_t n)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < n * 8; i++) {
        uint32_t bit = ((uint32_t)at[i / 8] >> (i % 8)) & 1u;

        crc = (crc >> 1) ^ (((crc ^ bit) & 1u) != 0 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void every_byte_value_agrees_with_the_definition(void **state)
{
    uint8_t bytes[256];

    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        assert_int_equal(crc32(0, bytes, i + 1), slow(bytes, i + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_value_of_the_catalogue),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(every_byte_value_agrees_with_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
