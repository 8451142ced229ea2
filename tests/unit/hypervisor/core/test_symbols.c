/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/symbols.c -Wl,--defsym=hv_text_end=hv_image_start+0x800
/* Names of addresses, from a table of five functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/symbols.h"

extern const uint8_t hv_image_start[];
const uint8_t hv_image_start[0x1000];

/* 0x80 is "go", 0x81 "go_", 0x82 sixteen letters twice over, by way of 0x83 to 0x86. */
static const uint8_t pair[][2] = {
    { 'g', 'o' }, { 0x80, '_' }, { 'a', 'b' }, { 0x82, 0x82 }, { 0x83, 0x83 }, { 0x84, 0x84 }, { 0x85, 0x85 },
};
static const uint8_t entries[] = {
    4,    'm',  'a',  'i',  'n',  0,      /* 0x10 */
    12,   0x80, 0,                        /* 0x40 */
    1,    0x81, 'b',  0x82, 0,            /* 0x44 */
    0xef, 0,    'l',  'a',  's',  't', 0, /* 0x200: 111 words */
    0x80, 1,    0x86, 0x86, 0x86, 0,      /* 0x400: 128 words */
};
const struct symbol_table hv_symbols = { .count = 5, .pair = pair, .entries = entries };

static const uint32_t offset[] = { 0x10, 0x40, 0x44, 0x200, 0x400 };
static const char *const name[] = { "main", "go", "go_bab", "last" };

static bool at(uint64_t inside, char found[SYMBOL_NAME_MAX], uint64_t *distance)
{
    return symbol_at((uintptr_t)hv_image_start + inside, found, distance);
}

static void each_address_belongs_to_the_function_before_it(void **state)
{
    for (uint64_t i = 0; i < 0x400; i++) {
        uint64_t distance = 99;
        char found[SYMBOL_NAME_MAX];
        bool known = at(i, found, &distance);
        int k = i < 0x10 ? -1 : i < 0x40 ? 0 : i < 0x44 ? 1 : i < 0x200 ? 2 : 3;

        assert_int_equal(known, k >= 0);
        if (k < 0) continue;
        assert_string_equal(found, name[k]);
        assert_int_equal(distance, i - offset[k]);
    }
}

static void a_long_name_is_cut(void **state)
{
    uint64_t distance;
    char found[SYMBOL_NAME_MAX];

    assert_true(at(0x404, found, &distance));
    assert_int_equal(strlen(found), SYMBOL_NAME_MAX - 1);
    assert_memory_equal(found, "abababab", 8);
    assert_int_equal(distance, 4);
}

static void addresses_outside_the_code_have_no_name(void **state)
{
    uint64_t distance = 99;
    char found[SYMBOL_NAME_MAX];

    assert_false(at(0x800, found, &distance));
    assert_false(at(UINT64_MAX, found, &distance));
    assert_false(symbol_at(0, found, &distance));
    assert_false(symbol_at(UINT64_MAX, found, &distance));
    assert_int_equal(distance, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_belongs_to_the_function_before_it),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(addresses_outside_the_code_have_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
