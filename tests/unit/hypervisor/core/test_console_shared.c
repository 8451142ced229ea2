/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/console.c tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
#include "tests/unit/hypervisor/core/console_try.h"

static void without_an_mvm_the_escape_key_passes_a_full_queue(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false), *b = vm_new(2, "b", false);

    console_start(NULL);
    fill();
    type("dropped");
    assert_true(fake_uart_rx);
    type("\x1d" "2x");
    assert_string_equal(heard(b), "x");
    assert_int_equal(strlen(heard(a)), CONSOLE_IN_BYTES);
}

/* regression: 80 */
static void without_an_mvm_lines_never_mix(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false), *b = vm_new(2, "b", false);

    console_start(NULL);
    (void)fake_uart_taken();
    say(a, "first ");
    say(b, "other ");
    assert_string_equal(fake_uart_taken(), "[a] first ");
    say(b, "line\r\n");
    assert_string_equal(fake_uart_taken(), "\r\n[b] other line\r\n");
    say(a, "rest\n\n");
    assert_string_equal(fake_uart_taken(), "[a] first rest\r\n[a] \r\n");
    say(b, "\n");
    assert_string_equal(fake_uart_taken(), "[b] \r\n");
    say(a, "half");
    console_text("[    0.100] I test: note\n");
    assert_string_equal(fake_uart_taken(), "[a] half\r\n[    0.100] I test: note\r\n");
    assert_int_equal(notified, 0);
}

static void a_vm_without_focus_does_not_steer_the_terminal(void **state)
{
    (void)state;
    (void)vm_new(1, "a", false);
    struct vm *b = vm_new(2, "b", false);

    console_start(NULL);
    (void)fake_uart_taken();
    say(b, "\x1b[2J\x1b[H[a] paid\b\x7f\tend\n");
    assert_string_equal(fake_uart_taken(), "[b] ?[2J?[H[a] paid??\tend\r\n");
    say(b, "\xc2\x9b" "2J\xc2\xa0\xe2\x82\xac\n");
    assert_string_equal(fake_uart_taken(), "[b] \xc2?2J\xc2\xa0\xe2\x82\xac\r\n");
}

static void a_prompt_of_the_vm_in_focus_shows_at_once(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false), *b = vm_new(2, "b", false);

    console_start(NULL);
    assert_string_equal(fake_uart_taken(), "[shyper] input goes to a\r\n");
    say(a, "$ ");
    assert_string_equal(fake_uart_taken(), "[a] $ ");
    say(b, "# ");
    assert_string_equal(fake_uart_taken(), "");
    type("\x1d" "2");
    assert_string_equal(fake_uart_taken(), "\r\n[shyper] input goes to b\r\n[b] # ");
    say(b, "ls\r\n");
    assert_string_equal(fake_uart_taken(), "ls\r\n");
    say(b, "abc\rxy");
    assert_string_equal(fake_uart_taken(), "[b] abc\r[b] xy");
    say(a, "made\n");
    assert_string_equal(fake_uart_taken(), "\r\n[a] $ made\r\n");
    say(b, "z");
    assert_string_equal(fake_uart_taken(), "[b] xyz");
}

static void a_very_long_line_is_shown_in_pieces(void **state)
{
    (void)state;
    (void)vm_new(1, "a", false);
    struct vm *b = vm_new(2, "b", false);
    char expect[CONSOLE_LINE_BYTES + 16] = "[b] ";

    console_start(NULL);
    (void)fake_uart_taken();
    for (uint32_t i = 0; i < CONSOLE_LINE_BYTES + 3; i++) console_vm_put(b, 'y');
    memset(expect + 4, 'y', CONSOLE_LINE_BYTES);
    strcat(expect, "\r\n");
    assert_string_equal(fake_uart_taken(), expect);
    say(b, "\n");
    assert_string_equal(fake_uart_taken(), "[b] yyy\r\n");
}

static void the_escape_key_moves_the_input_or_is_sent_when_doubled(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false), *b = vm_new(2, "b", false);

    console_start(NULL);
    type("1\x1d\x1d" "2");
    assert_string_equal(heard(a), "1\x1d" "2");
    type("\x1d" "2x");
    assert_string_equal(heard(a), "");
    assert_string_equal(heard(b), "x");
    (void)fake_uart_taken();
    type("\x1d" "7y\x1dqz");
    assert_string_equal(heard(b), "yz");
    assert_non_null(strstr(fake_uart_taken(), "[shyper] Ctrl-]"));
}

static void a_vm_that_goes_leaves_its_last_words_and_the_focus(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false), *b = vm_new(2, "b", false);

    console_start(NULL);
    say(a, "bye");
    say(b, "unfinished");
    (void)fake_uart_taken();
    vms[1] = NULL;
    console_vm_destroy(a);
    free(a);
    assert_string_equal(fake_uart_taken(), "\r\n");
    type("k");
    assert_string_equal(heard(b), "k");
    assert_string_equal(fake_uart_taken(), "[shyper] input goes to b\r\n[b] unfinished");
    vms[2] = NULL;
    console_vm_destroy(b);
    free(b);
    type("nobody");
}

static void count_call(void *of)
{
    ++*(uint32_t *)of;
}

/* regression: 80 */
static void our_text_does_not_break_into_the_mvms_line(void **state)
{
    struct vm *mvm = vm_new(0, "mvm", true);

    (void)state;
    console_start(mvm);
    (void)fake_uart_taken();
    console_vm_put(mvm, '$');
    console_text("note\n");
    assert_string_equal(fake_uart_taken(), "$\r\nnote\r\n");
    console_vm_put(mvm, '\n');
    console_text("again\n");
    assert_string_equal(fake_uart_taken(), "\nagain\r\n");
    console_vm_put(mvm, '\n');
}

/* regression: 50 */
static void what_the_uart_does_not_take_is_counted_and_who_waits_is_told(void **state)
{
    struct vm *a = vm_new(1, "a", false);
    uint32_t told = 0;

    (void)state;
    assert_int_equal(console_listen(a, count_call, &told), 0);
    console_start(NULL);
    (void)fake_uart_taken();
    assert_true(console_vm_can_put(a));
    fake_uart_room = 511;
    assert_false(console_vm_can_put(a));
    console_uart_tx();
    assert_int_equal(told, 0);
    fake_uart_room = 0;
    for (int i = 0; i < 10; i++) console_vm_put(a, 'x');
    console_text("nor this\n");
    assert_true(a->console.lost >= 10);
    assert_string_equal(fake_uart_taken(), "");
    fake_uart_room = 4096;
    console_uart_tx();
    assert_int_equal(told, 1);
    console_uart_tx();
    assert_int_equal(told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_an_mvm_the_escape_key_passes_a_full_queue),
        TEST(without_an_mvm_lines_never_mix),
        TEST(a_vm_without_focus_does_not_steer_the_terminal),
        TEST(a_prompt_of_the_vm_in_focus_shows_at_once),
        TEST(a_very_long_line_is_shown_in_pieces),
        TEST(the_escape_key_moves_the_input_or_is_sent_when_doubled),
        TEST(a_vm_that_goes_leaves_its_last_words_and_the_focus),
        TEST(our_text_does_not_break_into_the_mvms_line),
        TEST(what_the_uart_does_not_take_is_counted_and_who_waits_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
