/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/symbols.c -Wl,--defsym=hv_text_end=hv_image_start+0x400
/* Names of addresses, from a table of four functions. */
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

static const uint32_t offset[] = { 0x10, 0x40, 0x44, 0x200 }, name[] = { 0, 5, 8, 16 };
const struct symbol_table hv_symbols = {
    .count = 4, .names_bytes = 21, .offset = offset, .name = name, .names = "main\0go\0go_back\0last",
};

static const char *at(uint64_t inside, uint64_t *distance)
{
    return symbol_at((uintptr_t)hv_image_start + inside, distance);
}

static void each_address_belongs_to_the_function_before_it(void **state)
{
    for (uint64_t i = 0; i < 0x400; i++) {
        uint64_t distance = 99;
        const char *found = at(i, &distance);
        int k = i < 0x10 ? -1 : i < 0x40 ? 0 : i < 0x44 ? 1 : i < 0x200 ? 2 : 3;

        if (k < 0) {
            assert_null(found);
            continue;
        }
        assert_string_equal(found, hv_symbols.names + name[k]);
        assert_int_equal(distance, i - offset[k]);
    }
}

static void addresses_outside_the_code_have_no_name(void **state)
{
    uint64_t distance;

    assert_null(at(0x400, &distance));
    assert_null(at(UINT64_MAX, &distance));
    assert_null(symbol_at(0, &distance));
    assert_null(symbol_at(UINT64_MAX, &distance));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_belongs_to_the_function_before_it),
        cmocka_unit_test(addresses_outside_the_code_have_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
