/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/shell/words.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "unikernel/shell/words.h"
#include "lib/err.h"

static char line[256];
static struct words w;

static const char *cut(const char *s)
{
    strcpy(line, s);
    return words_cut(line, &w);
}

/* Words, each followed by a bar; then what comes behind > */
static void expect(const char *s, const char *words)
{
    char got[256] = "";

    assert_null(cut(s));
    assert_null(w.at[w.count]);
    for (unsigned i = 0; i < w.count; i++) strcat(strcat(got, w.at[i]), "|");
    if (w.to != NULL) strcat(strcat(got, w.append ? ">>" : ">"), w.to);
    assert_string_equal(got, words);
}

static void blanks_separate_words(void **state)
{
    expect("  kill\t 12 13", "kill|12|13|");
    expect("ps ", "ps|");
    expect("", "");
    expect(" \t ", "");
}

static void quotes_keep_what_is_in_them(void **state)
{
    expect("echo 'a  b' \"c  d\"", "echo|a  b|c  d|");
    expect("echo '\"\\' \"'\"", "echo|\"\\|'|");
    expect("e'c'h\"o\" ''", "echo||");
    expect("echo '>' \">>\"", "echo|>|>>|");
}

static void a_backslash_takes_what_follows(void **state)
{
    expect("a\\ b \\\\ \\' \\\" \\>", "a b|\\|'|\"|>|");
    expect("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|");
    expect("a\\", "a\\|");
}

static void output_is_told_with_or_without_blanks(void **state)
{
    expect("echo a > f", "echo|a|>f");
    expect("echo a>f", "echo|a|>f");
    expect("echo a>>'f g' b", "echo|a|b|>>f g");
    expect(">f", ">f");
}

static void what_is_wrong_is_said(void **state)
{
    char many[2 * (WORDS_MAX + 1) + 1] = "";

    assert_string_equal(cut("echo 'a"), "a quote is not closed");
    assert_string_equal(cut("echo \"a\\\""), "a quote is not closed");
    assert_string_equal(cut("echo > '"), "a quote is not closed");
    assert_string_equal(cut("echo >"), "a file name is missing behind >");
    assert_string_equal(cut("echo > > a"), "a file name is missing behind >");
    assert_string_equal(cut("echo >>>a"), "a file name is missing behind >");
    assert_string_equal(cut("echo >a >b"), "output can go to one file only");
    for (unsigned i = 0; i < WORDS_MAX; i++) strcat(many, "x ");
    assert_null(cut(many));
    assert_int_equal(w.count, WORDS_MAX);
    assert_string_equal(cut(strcat(many, "x ")), "too many words");
}

static void expect_last(const char *s, const char *word, unsigned begin, char quote, bool first)
{
    char *got, q;
    bool f;

    strcpy(line, s);
    words_last(line, &got, &q, &f);
    assert_int_equal(got - line, begin);
    assert_string_equal(got, word);
    assert_int_equal(q, quote);
    assert_int_equal(f, first);
}

static void the_last_word_may_be_unfinished(void **state)
{
    expect_last("", "", 0, 0, true);
    expect_last("  he", "he", 2, 0, true);
    expect_last("cat ", "", 4, 0, false);
    expect_last("cat a 'b c", "b c", 6, '\'', false);
    expect_last("cat a\\ b", "a b", 4, 0, false);
    expect_last("cat \"a\\", "a\\", 4, '"', false);
    expect_last("echo a>>f", "f", 8, 0, false);
    expect_last("> f", "f", 2, 0, false);
}

static void ids_are_decimal_and_fit(void **state)
{
    uint32_t id = 5;

    assert_int_equal(words_id("0", &id), 0);
    assert_int_equal(id, 0);
    assert_int_equal(words_id("4294967295", &id), 0);
    assert_int_equal(id, UINT32_MAX);
    id = 5;
    static const char *const bad[] = { "",     "-1",         "12x",
                                       "0x10", "4294967296", "99999999999999999999999",
                                       " 1" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(words_id(bad[i], &id), -EINVAL);
        assert_int_equal(id, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_separate_words),
        cmocka_unit_test(quotes_keep_what_is_in_them),
        cmocka_unit_test(a_backslash_takes_what_follows),
        cmocka_unit_test(output_is_told_with_or_without_blanks),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(the_last_word_may_be_unfinished),
        cmocka_unit_test(ids_are_decimal_and_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
