/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/fmt.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/fmt.h"

static void text_is_terminated_when_cut(void **state)
{
    (void)state;
    char out[4];
    assert_int_equal(fmt_text(out, sizeof out, "%d", 123456), 6);
    assert_string_equal(out, "123");
}

static void no_room_means_nothing_written(void **state)
{
    (void)state;
    char out = 'x';
    assert_int_equal(fmt_text(&out, 0, "%s", "long"), 4);
    assert_int_equal(out, 'x');
}

static void numbers_have_width_and_flags(void **state)
{
    (void)state;
    char out[64];
    fmt_text(out, sizeof out, "[%5d][%-5d][%05d][%x][%08llx]", -42, -42, -42, 0xbeefu, 0x12345ull);
    assert_string_equal(out, "[  -42][-42  ][-0042][beef][00012345]");
}

static void extreme_numbers_are_whole(void **state)
{
    (void)state;
    char out[96];
    fmt_text(out, sizeof out, "%lld %llu %zu", (long long)INT64_MIN, (unsigned long long)UINT64_MAX, (size_t)7);
    assert_string_equal(out, "-9223372036854775808 18446744073709551615 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_terminated_when_cut),
        cmocka_unit_test(no_room_means_nothing_written),
        cmocka_unit_test(numbers_have_width_and_flags),
        cmocka_unit_test(extreme_numbers_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
