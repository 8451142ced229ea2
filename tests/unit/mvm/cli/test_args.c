/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/args.c mvm/cli/commands.c tests/unit/mvm/fake/commands.c
/* The command line as a table: what is typed, and what is understood or refused with which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/cli.h"

static struct request request;
static const char *group;
static char why[256];

/* Splits at spaces; "_" stands for an empty word. */
static enum parsed parse(const char *line)
{
    static char copy[256];
    char *argv[16] = { (char[]){ "shyper" } };
    int argc = 1;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        if (strcmp(word, "_") == 0) {
            *word = 0;
        }
        argv[argc++] = word;
    }
    return args_parse(argc, argv, &request, &group, why, sizeof(why));
}

static void every_command_is_found_and_takes_what_it_says(void **state)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        char line[64];

        snprintf(line, sizeof(line), "%s %s%s", c->group, c->name, c->operand != NULL ? " x" : "");
        assert_int_equal(parse(line), PARSED_RUN);
        assert_ptr_equal(request.command, c);
        assert_true(c->operand == NULL || strcmp(request.operand, "x") == 0);
        assert_int_equal(request.timeout_ms, -1);
        assert_non_null(c->run);

        strcat(line, " more");
        assert_int_equal(parse(line), PARSED_BAD);
        snprintf(line, sizeof(line), "%s %s --help", c->group, c->name);
        assert_int_equal(parse(line), PARSED_HELP);
        assert_ptr_equal(request.command, c);
    }
}

static void options_may_stand_anywhere(void **state)
{
    static const char *const lines[] = { "-o json vm boot 3", "vm -o json boot 3",
                                         "vm boot 3 -o json", "vm boot 3 --output=json",
                                         "vm boot --output json -- 3" };

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        assert_int_equal(parse(lines[i]), PARSED_RUN);
        assert_true(request.json);
        assert_string_equal(request.operand, "3");
    }
    assert_int_equal(parse("vm boot 3 -o table"), PARSED_RUN);
    assert_false(request.json);
}

static void an_operand_after_two_dashes_is_no_option(void **state)
{
    assert_int_equal(parse("vm boot -- -o"), PARSED_RUN);
    assert_string_equal(request.operand, "-o");
}

static void times_and_texts_are_taken(void **state)
{
    assert_int_equal(parse("vm console a --until ready --timeout 1.5"), PARSED_RUN);
    assert_string_equal(request.until, "ready");
    assert_int_equal(request.timeout_ms, 1500);
    assert_int_equal(parse("vm console a --timeout 0"), PARSED_RUN);
    assert_int_equal(request.timeout_ms, 0);
}

static void help_and_version_need_no_command(void **state)
{
    assert_int_equal(parse("--help"), PARSED_HELP);
    assert_null(group);
    assert_int_equal(parse("vm -h"), PARSED_HELP);
    assert_string_equal(group, "vm");
    assert_int_equal(parse("--version"), PARSED_VERSION);
    assert_int_equal(parse("-V"), PARSED_VERSION);
}

static void what_makes_no_sense_is_refused_with_the_word_named(void **state)
{
    static const struct {
        const char *line, *why;
    } cases[] = {
        { "", "say what to do" },
        { "vm", "vm COMMAND" },
        { "wm list", "'wm'" },
        { "vm lst", "'vm lst'" },
        { "system list", "'system list'" },
        { "vm lst --help", "'vm lst'" },
        { "vm list 3", "'3'" },
        { "vm boot", "needs VM" },
        { "vm config", "needs FILE" },
        { "vm boot 1 2", "'2' is one argument too many" },
        { "vm list -f", "does not take --force" },
        { "vm remove 1 -o json", "does not take --output" },
        { "vm list -x", "-x" },
        { "vm list --outpu json", "--outpu" },
        { "vm list -o", "-o needs a value" },
        { "vm list -o xml", "xml" },
        { "vm list --output=", "json or table" },
        { "vm stop 1 --force=yes", "--force takes no value" },
        { "vm console 1 --timeout soon", "soon" },
        { "vm console 1 --timeout -1", "-1" },
        { "vm console 1 --timeout nan", "nan" },
        { "vm console 1 --timeout 1e300", "1e300" },
        { "vm console 1 --timeout _", "--timeout" },
        { "vm console 1 --until _", "empty" },
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (parse(cases[i].line) != PARSED_BAD || strstr(why, cases[i].why) == NULL) {
            fail_msg("`%s` gave: %s", cases[i].line, why);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_found_and_takes_what_it_says),
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(an_operand_after_two_dashes_is_no_option),
        cmocka_unit_test(times_and_texts_are_taken),
        cmocka_unit_test(help_and_version_need_no_command),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_the_word_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
