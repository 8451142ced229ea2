/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/shell/parse.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "unikernel/shell/shell.h"
#include "lib/err.h"

static char text[256];

static struct shell_line parse(const char *s)
{
    strcpy(text, s);
    return shell_parse(text);
}

static void first_word_is_the_command(void **state)
{
    struct shell_line l = parse("  kill\t 12 13 14");

    assert_string_equal(l.command, "kill");
    assert_string_equal(l.argument, "12");
}

static void a_command_may_stand_alone(void **state)
{
    struct shell_line l = parse("ps ");

    assert_string_equal(l.command, "ps");
    assert_null(l.argument);
}

static void an_empty_line_has_no_command(void **state)
{
    assert_null(parse("").command);
    assert_null(parse(" \t ").command);
}

static void ids_are_decimal_and_fit(void **state)
{
    uint32_t id = 5;

    assert_int_equal(shell_parse_id("0", &id), 0);
    assert_int_equal(id, 0);
    assert_int_equal(shell_parse_id("4294967295", &id), 0);
    assert_int_equal(id, UINT32_MAX);
    id = 5;
    static const char *const bad[] = { "",     "-1",         "12x",
                                       "0x10", "4294967296", "99999999999999999999999",
                                       " 1" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(shell_parse_id(bad[i], &id), -EINVAL);
        assert_int_equal(id, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_word_is_the_command),
        cmocka_unit_test(a_command_may_stand_alone),
        cmocka_unit_test(an_empty_line_has_no_command),
        cmocka_unit_test(ids_are_decimal_and_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
