/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/shell/editor.c unikernel/shell/history.c unikernel/shell/complete.c
// sources: unikernel/shell/words.c lib/fmt.c
/* Keys are typed, and what a terminal of 80 columns shows then is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/fmt.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "unikernel/shell/commands.h"
#include "unikernel/shell/complete.h"

#define PROMPT_COLS 9

static struct editor e;
static char printed[1 << 16];
static size_t printed_len;

void console_write(const char *text, size_t len)
{
    assert_true(printed_len + len < sizeof(printed));
    memcpy(printed + printed_len, text, len);
    printed_len += len;
}

static void put(void *to, char c) { console_write(&c, 1); }

void log_text(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_vput(put, NULL, format, args);
    va_end(args);
}

void command_offer(struct candidates *c) { }

static void offer(struct candidates *c, char *path)
{
    static const char *const names[] = { "aä", "aö", "ä", "ö", "beta" };

    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        candidates_take(c, names[i], strlen(names[i]), false);
    }
}

const struct shell_files shell_files = { NULL, offer };

/* The row of the prompt as a terminal shows it; cells hold a character in UTF-8 each. */
static char cells[EDITOR_COLUMNS][5];
static unsigned column, bells;

static unsigned parameter(const char **c)
{
    unsigned n = 0;

    while (**c >= '0' && **c <= '9') n = n * 10 + (unsigned)(*(*c)++ - '0');
    return n;
}

static void sequence(const char **c)
{
    unsigned n = parameter(c);

    switch (**c) {
    case 'C': column += n; break;
    case 'K': memset(cells[column], 0, sizeof(cells) - column * sizeof(cells[0])); break;
    case 'H': column = 0; break;
    case 'J': assert_int_equal(n, 2); memset(cells, 0, sizeof(cells)); break;
    default: fail_msg("sequence with %c", **c);
    }
}

static void show(char c)
{
    if (((uint8_t)c & 0xc0) == 0x80) {
        assert_true(column > 0);
        strncat(cells[column - 1], &c, 1);
        return;
    }
    assert_true(column < EDITOR_COLUMNS);
    cells[column][0] = c;
    cells[column++][1] = '\0';
}

static void terminal(void)
{
    printed[printed_len] = '\0';
    for (const char *c = printed; *c != '\0'; c++) {
        if (*c == '\033') {
            assert_int_equal(c[1], '[');
            c += 2;
            sequence(&c);
        } else if (*c == '\r') {
            column = 0;
        } else if (*c == '\b') {
            column--;
        } else if (*c == '\a') {
            bells++;
        } else {
            show(*c);
        }
    }
    printed_len = 0;
}

static void begin(void)
{
    memset(cells, 0, sizeof(cells));
    column = bells = 0;
    printed_len = 0;
    editor_begin(&e);
}

static enum editor_event type(const char *keys)
{
    enum editor_event last = EDITOR_MORE;

    for (; *keys != '\0'; keys++) last = editor_take(&e, *keys);
    return last;
}

/* Shown behind the prompt: the text, and the cursor so far behind its begin. */
static void expect_shown(const char *text, unsigned at)
{
    char row[sizeof(cells)] = "";

    editor_draw(&e);
    terminal();
    for (unsigned i = PROMPT_COLS; i < EDITOR_COLUMNS; i++) {
        strcat(row, cells[i][0] != '\0' ? cells[i] : "");
    }
    assert_string_equal(row, text);
    assert_int_equal(column, PROMPT_COLS + at);
}

static void expect(const char *keys, const char *text, unsigned at)
{
    begin();
    assert_int_equal(type(keys), EDITOR_MORE);
    expect_shown(text, at);
    assert_int_equal(type("\r"), EDITOR_LINE_END);
    assert_string_equal(e.text, text);
}

static void what_is_typed_at_the_end_is_echoed_as_it_is(void **state)
{
    begin();
    printed_len = 0;
    type("ps x\b\177\xc3\xa9\b\r");
    printed[printed_len] = '\0';
    assert_string_equal(printed, "ps x\b \b\b \b\xc3\xa9\b \b\n");
    assert_string_equal(e.text, "ps");
}

static void the_cursor_moves_and_text_goes_in_where_it_is(void **state)
{
    expect("bc\001a\005d", "abcd", 4);
    expect("ac\002b", "abc", 2);
    expect("ad\002\002\006b\033[C\033[Dc\033[D", "abcd", 2);
    expect("b\033[Ha\033[Fc\033OHx\033OFy", "xabcy", 5);
    expect("b\033[1~a\033[4~c\033[7~x\033[8~y", "xabcy", 5);
    expect("\002\002\006\006a\006\006", "a", 1);
}

static void text_goes_away_on_either_side_of_the_cursor(void **state)
{
    expect("abc\002\b", "ac", 1);
    expect("abc\002\002\004", "ac", 1);
    expect("abc\002\033[3~", "ab", 2);
    expect("abc\002\013", "ab", 2);
    expect("abc\002\025", "c", 0);
    expect("echo one  two  \027", "echo one  ", 10);
    expect("echo one\002\027", "echo e", 5);
    expect("\b\177\004\013\025\027\033[3~a\004", "a", 1);
}

static void a_character_of_several_bytes_is_one(void **state)
{
    expect("\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x97\002\002x", "\xc3\xa9x\xe2\x82\xac\xf0\x9f\x92\x97", 2);
    expect("a\xe2\x82\xac" "b\002\b", "ab", 1);
    expect("\xe2\x82\xac\001\004b", "b", 1);
}

static void earlier_lines_come_back(void **state)
{
    memset(&e.history, 0, sizeof(e.history));
    expect("one", "one", 3);
    expect("two", "two", 3);
    expect("two", "two", 3);
    expect("", "", 0);
    expect("new\033[A\033[A", "one", 3);
    expect("new\020\020\020\020\016", "two", 3);       /* of one, two, one */
    assert_int_equal(e.history.lines, 4);
    expect("draft\033[A\033[B", "draft", 5);
    expect("\033[B\033OAx", "draftx", 6);
}

static void sequences_that_are_none_do_nothing(void **state)
{
    expect("a\033[200~b\033[1;5Pc\033[99999999999999999999~d\033Oxe\033zf", "abcdef", 6);
    expect("a\033[[Ab\033[?25hc\033[<1;2;3Md", "abcd", 4);
    expect("a\033[1;5Db", "ba", 1);                    /* left, with the control key */
    expect("a\033\033[Db", "ba", 1);
    expect("a\033[\033[12\033Ob", "a", 1);             /* b ends the last */
    expect("a\033\xc3\xa9" "b\033[1\xc3\xa9", "a\xc3\xa9" "b\xc3\xa9", 4);
    begin();
    assert_int_equal(type("a\033[\r"), EDITOR_LINE_END);
    assert_string_equal(e.text, "a");
    begin();
    assert_int_equal(type("a\033\003"), EDITOR_ABANDONED);
    begin();
    for (unsigned c = 0; c < 32; c++) {
        static const char used[] = "\001\002\003\004\005\006\b\t\n\013\014\r\016\020\025\027\033";

        if (memchr(used, (int)c, sizeof(used) - 1) == NULL) {
            assert_int_equal(editor_take(&e, (char)c), EDITOR_MORE);
        }
    }
    expect_shown("", 0);
}

static void of_a_wide_line_the_part_around_the_cursor_is_shown(void **state)
{
    char line[200 + 1], shown[80];

    for (unsigned i = 0; i < 200; i++) line[i] = (char)('a' + i % 26);
    line[200] = '\0';
    begin();
    type(line);
    expect_shown(line + 130, 70);
    type("\001");
    snprintf(shown, sizeof(shown), "%.70s", line);
    expect_shown(shown, 0);
    type("\005\002\002X");
    snprintf(shown, sizeof(shown), "%.*sX", 69, line + 129);
    expect_shown(shown, 70);
    type("\b\001");
    printed_len = 0;
    assert_int_equal(type("\r"), EDITOR_LINE_END);
    assert_string_equal(e.text, line);
    printed[printed_len] = '\0';
    assert_non_null(strstr(printed, line));             /* all of it, for who reads what was printed */
    begin();
    type("\020");
    for (unsigned i = 0; i < 150; i++) type("\b");
    line[50] = '\0';
    expect_shown(line, 50);
}

/* regression: uk 58 */
static void what_does_not_fit_is_refused_and_the_next_line_works(void **state)
{
    begin();
    for (unsigned i = 0; i < 100000; i++) {
        assert_int_equal(editor_take(&e, 'x'), EDITOR_MORE);
        if (i % 1000 == 0) terminal();
    }
    editor_draw(&e);
    terminal();
    assert_int_equal(bells, 1);
    type("\by");
    type("y");
    terminal();
    assert_int_equal(bells, 2);
    assert_int_equal(type("\r"), EDITOR_LINE_LOST);
    assert_int_equal(strlen(e.text), EDITOR_LINE - 1);
    expect("ps", "ps", 2);
    begin();
    for (unsigned i = 0; i < EDITOR_LINE - 1; i++) type("x");
    assert_int_equal(bells, 0);
    assert_int_equal(type("\r"), EDITOR_LINE_END);
    begin();
    for (unsigned i = 0; i < EDITOR_LINE; i++) type("x");
    assert_int_equal(type("\025ps\r"), EDITOR_LINE_END);
    assert_string_equal(e.text, "ps");
}

static void history_is_bounded(void **state)
{
    char line[16], all[EDITOR_LINE + 1];

    memset(&e.history, 0, sizeof(e.history));
    for (unsigned i = 0; i < 100; i++) {
        snprintf(line, sizeof(line), "line %u", i);
        history_add(&e.history, line);
    }
    assert_int_equal(e.history.lines, HISTORY_LINES);
    assert_string_equal(history_get(&e.history, 1), "line 99");
    assert_string_equal(history_get(&e.history, HISTORY_LINES), "line 68");
    for (unsigned i = 0; i < 10; i++) {
        memset(all, 'a' + (int)i, EDITOR_LINE - 1);
        all[EDITOR_LINE - 1] = '\0';
        history_add(&e.history, all);
        assert_string_equal(history_get(&e.history, 1), all);
    }
    assert_int_equal(e.history.lines, 4);
    assert_true(e.history.bytes <= HISTORY_BYTES);
}

static void the_screen_is_cleared_and_the_line_stays(void **state)
{
    expect("abc\002\014", "abc", 2);
    begin();
    assert_int_equal(type("abc\003"), EDITOR_ABANDONED);
    begin();
    assert_int_equal(type("a\t"), EDITOR_TAB);
    assert_int_equal(e.tabs, 1);
    assert_int_equal(type("\t"), EDITOR_TAB);
    assert_int_equal(e.tabs, 2);
    type("b\t");
    assert_int_equal(e.tabs, 1);
}

static void cr_lf_is_one_end(void **state)
{
    begin();
    assert_int_equal(type("ps\r"), EDITOR_LINE_END);
    begin();
    assert_int_equal(type("\n"), EDITOR_MORE);
    assert_int_equal(type("\n"), EDITOR_LINE_END);
    begin();
    assert_int_equal(type("\r"), EDITOR_LINE_END);
    begin();
    assert_int_equal(type("\r"), EDITOR_LINE_END);
}

static void complete_to(const char *typed, const char *line)
{
    begin();
    assert_int_equal(type(typed), EDITOR_TAB);
    complete(&e);
    assert_int_equal(e.len, strlen(line));
    assert_memory_equal(e.text, line, e.len);
}

/* Of a character of which the first byte was typed it could be any. */
static void names_are_completed_by_whole_characters(void **state)
{
    complete_to("cat b\t", "cat beta ");
    complete_to("cat a\t", "cat a");
    complete_to("cat ä\t", "cat ä ");
    complete_to("cat a\xc3\t", "cat a\xc3");
    complete_to("cat \xc3\t", "cat \xc3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_at_the_end_is_echoed_as_it_is),
        cmocka_unit_test(the_cursor_moves_and_text_goes_in_where_it_is),
        cmocka_unit_test(text_goes_away_on_either_side_of_the_cursor),
        cmocka_unit_test(a_character_of_several_bytes_is_one),
        cmocka_unit_test(earlier_lines_come_back),
        cmocka_unit_test(sequences_that_are_none_do_nothing),
        cmocka_unit_test(of_a_wide_line_the_part_around_the_cursor_is_shown),
        cmocka_unit_test(what_does_not_fit_is_refused_and_the_next_line_works),
        cmocka_unit_test(history_is_bounded),
        cmocka_unit_test(the_screen_is_cleared_and_the_line_stays),
        cmocka_unit_test(cr_lf_is_one_end),
        cmocka_unit_test(names_are_completed_by_whole_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
