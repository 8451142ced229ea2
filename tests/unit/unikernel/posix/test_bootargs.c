/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/posix/bootargs.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "unikernel/posix/bootargs.h"

static char text[256];
static char *argv[8];

static unsigned split(const char *s)
{
    strcpy(text, s);
    return bootargs_split(text, argv, 8);
}

static void words_are_separated_by_blanks(void **state)
{
    assert_int_equal(split("  one\ttwo   three "), 3);
    assert_string_equal(argv[0], "one");
    assert_string_equal(argv[1], "two");
    assert_string_equal(argv[2], "three");
}

static void nothing_gives_no_words(void **state)
{
    assert_int_equal(split(""), 0);
    assert_int_equal(split("  \t "), 0);
}

static void quotes_keep_blanks_and_disappear(void **state)
{
    assert_int_equal(split("a\"b  c\"d '\"' \"it's\" ''"), 4);
    assert_string_equal(argv[0], "ab  cd");
    assert_string_equal(argv[1], "\"");
    assert_string_equal(argv[2], "it's");
    assert_string_equal(argv[3], "");
}

static void backslash_takes_the_next_character(void **state)
{
    assert_int_equal(split("a\\ b \"\\\"\" '\\' end\\"), 4);
    assert_string_equal(argv[0], "a b");
    assert_string_equal(argv[1], "\"");
    assert_string_equal(argv[2], "\\");
    assert_string_equal(argv[3], "end\\");
}

static void an_open_quote_ends_with_the_text(void **state)
{
    assert_int_equal(split("x 'open quote"), 2);
    assert_string_equal(argv[1], "open quote");
}

static void too_many_words_are_dropped(void **state)
{
    assert_int_equal(split("1 2 3 4 5 6 7 8 9 10"), 8);
    assert_string_equal(argv[7], "8");
}

static void assignments_in_front_are_the_environment(void **state)
{
    unsigned n = split("A=1 _b2='two words' C= 3=x D=4");

    assert_int_equal(n, 5);
    assert_int_equal(bootargs_environment(argv, n), 3);
    assert_string_equal(argv[1], "_b2=two words");
    assert_int_equal(bootargs_environment(argv + 3, 2), 0);
    assert_int_equal(bootargs_environment(argv, 2), 2);
    assert_int_equal(bootargs_environment(argv, split("=x A=1")), 0);
    assert_int_equal(bootargs_environment(argv, split("word A=1")), 0);
    assert_int_equal(bootargs_environment(argv, split("a-b=1")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_separated_by_blanks),
        cmocka_unit_test(nothing_gives_no_words),
        cmocka_unit_test(quotes_keep_blanks_and_disappear),
        cmocka_unit_test(backslash_takes_the_next_character),
        cmocka_unit_test(an_open_quote_ends_with_the_text),
        cmocka_unit_test(too_many_words_are_dropped),
        cmocka_unit_test(assignments_in_front_are_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
