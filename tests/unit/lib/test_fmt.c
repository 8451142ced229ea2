/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/fmt.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"

/* One conversion with one argument, by us and by the C library, into rooms of every size. */
#define SAME(format, value)                                                                        \
    for (size_t room = 0; room < 48; room++) {                                                     \
        char ours[64], theirs[64];                                                                 \
        memset(ours, 'x', sizeof ours);                                                            \
        memset(theirs, 'x', sizeof theirs);                                                        \
        assert_int_equal(fmt_text(ours, room, format, value), snprintf(theirs, room, format, value)); \
        assert_memory_equal(ours, theirs, sizeof ours);                                            \
    }

static void every_conversion_is_the_librarys(void **state)
{
    static const char *const flags[] = { "", "0", "-" }, *const widths[] = { "", "1", "7", "16", "21" };
    static const char *const kinds[] = { "d", "i", "u", "x", "X" };
    static const uint64_t values[] = { 0, 1, 9, 10, 42, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, UINT64_C(1) << 63,
                                       UINT64_MAX };

    (void)state;
    for (size_t f = 0; f < 3; f++) {
        for (size_t w = 0; w < 5; w++) {
            for (size_t k = 0; k < 5; k++) {
                for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                    char format[32];

                    snprintf(format, sizeof format, "<%%%s%s%s>", flags[f], widths[w], kinds[k]);
                    SAME(format, (unsigned)values[v]);
                    snprintf(format, sizeof format, "<%%%s%sl%s>", flags[f], widths[w], kinds[k]);
                    SAME(format, values[v]);
                }
            }
        }
    }
}

static void texts_and_characters_are_the_librarys(void **state)
{
    static const char *const formats[] = { "<%s>", "<%8s>", "<%-8s>", "<%.3s>", "<%8.3s>", "<%-8.0s>" };
    static const char *const texts[] = { "", "a", "abc", "abcdefgh", "abcdefghij" };

    (void)state;
    for (size_t f = 0; f < 6; f++) {
        for (size_t t = 0; t < 5; t++) SAME(formats[f], texts[t]);
    }
    SAME("<%c>", 'x');
    SAME("<%4c>", 'x');
    SAME("<%-4c>", 'x');
    SAME("%%<%s", "x");
    SAME("%p", (void *)0xdeadbeef);
}
#pragma GCC diagnostic pop

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_terminated_when_cut),
        cmocka_unit_test(no_room_means_nothing_written),
        cmocka_unit_test(numbers_have_width_and_flags),
        cmocka_unit_test(extreme_numbers_are_whole),
        cmocka_unit_test(every_conversion_is_the_librarys),
        cmocka_unit_test(texts_and_characters_are_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
