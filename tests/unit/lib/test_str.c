/* SPDX-License-Identifier: Apache-2.0 */
// sources: tests/unit/lib/own_str.c
/* Our string functions beside the C library's, at every alignment; buffers end at the end of their allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/str.h"
#include "tests/unit/lib/own_str.h"

#define SIZE 300u

static uint8_t any_byte(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint8_t)(*seed >> 16);
}

static void fill(uint8_t *at, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) at[i] = any_byte(&seed);
}

static int sign(int v) { return (v > 0) - (v < 0); }

static void copies_are_exact_at_every_alignment(void **state)
{
    for (size_t a = 0; a < 9; a++) {
        for (size_t b = 0; b < 9; b++) {
            for (size_t n = 0; n < 200; n += n < 20 ? 1 : 7) {
                uint8_t *from = malloc(a + n + 1), *to = malloc(b + n + 1), *want = malloc(b + n + 1);

                fill(from, a + n + 1, 1);
                fill(to, b + n + 1, 2);
                memcpy(want, to, b + n + 1);
                memcpy(want + b, from + a, n);
                assert_ptr_equal(own_memcpy(to + b, from + a, n), to + b);
                assert_memory_equal(to, want, b + n + 1);
                own_memset(to + b, 0x1a7, n);
                memset(want + b, 0xa7, n);
                assert_memory_equal(to, want, b + n + 1);
                free(from);
                free(to);
                free(want);
            }
        }
    }
}

static void moves_may_overlap_both_ways(void **state)
{
    for (size_t from = 0; from < 40; from++) {
        for (size_t to = 0; to < 40; to++) {
            for (size_t n = 0; n < 90; n += 1 + n / 8) {
                uint8_t a[SIZE], b[SIZE];

                fill(a, SIZE, 3);
                memcpy(b, a, SIZE);
                assert_ptr_equal(own_memmove(a + to, a + from, n), a + to);
                memmove(b + to, b + from, n);
                assert_memory_equal(a, b, SIZE);
            }
        }
    }
}

static void comparing_finds_the_first_difference(void **state)
{
    uint8_t a[64], b[64];

    fill(a, sizeof(a), 4);
    for (size_t at = 0; at < sizeof(a); at++) {
        for (int by = -3; by <= 3; by++) {
            memcpy(b, a, sizeof(a));
            b[at] = (uint8_t)(b[at] + by);
            for (size_t n = 0; n <= sizeof(a); n += 9) assert_int_equal(sign(own_memcmp(a, b, n)), sign(memcmp(a, b, n)));
        }
    }
}

static void strings_compare_as_unsigned_bytes(void **state)
{
    static const char *const s[] = { "", "a", "ab", "abc", "abd", "b", "\x80", "\xff", "a\xff", "abc\x01" };

    for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
        for (size_t k = 0; k < sizeof(s) / sizeof(s[0]); k++) {
            assert_int_equal(sign(own_strcmp(s[i], s[k])), sign(strcmp(s[i], s[k])));
            for (size_t n = 0; n < 6; n++) assert_int_equal(sign(own_strncmp(s[i], s[k], n)), sign(strncmp(s[i], s[k], n)));
        }
    }
}

static void lengths_and_places_are_the_librarys(void **state)
{
    char *s = malloc(33);

    for (size_t len = 0; len <= 32; len++) {
        for (size_t i = 0; i < len; i++) s[i] = (char)('a' + i % 5);
        s[len] = '\0';
        assert_int_equal(own_strlen(s), len);
        for (size_t max = 0; max < 40; max++) assert_int_equal(own_strnlen(s, max), len < max ? len : max);
        for (int c = 'a'; c < 'g'; c++) {
            assert_ptr_equal(own_strchr(s, c), strchr(s, c));
            assert_ptr_equal(own_strrchr(s, c), strrchr(s, c));
            assert_ptr_equal(own_memchr(s, c + 256, len), memchr(s, c, len));
        }
        assert_ptr_equal(own_strchr(s, 0), s + len);
        assert_ptr_equal(own_strrchr(s, 0), s + len);
    }
    memset(s, 'x', 33);
    assert_int_equal(own_strnlen(s, 33), 33);           /* no end: not read beyond */
    assert_null(own_memchr(s, 'y', 33));
    free(s);
}

static void a_copied_string_is_terminated_and_says_if_it_was_cut(void **state)
{
    char out[5];

    assert_true(str_copy(out, sizeof(out), "four"));
    assert_string_equal(out, "four");
    assert_false(str_copy(out, sizeof(out), "fiver"));
    assert_string_equal(out, "five");
    assert_false(str_copy(out, 1, "x"));
    assert_string_equal(out, "");
    assert_true(str_copy(out, 1, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_exact_at_every_alignment), cmocka_unit_test(moves_may_overlap_both_ways),
        cmocka_unit_test(comparing_finds_the_first_difference), cmocka_unit_test(strings_compare_as_unsigned_bytes),
        cmocka_unit_test(lengths_and_places_are_the_librarys),
        cmocka_unit_test(a_copied_string_is_terminated_and_says_if_it_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
