/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/console.c unikernel/kernel/console_line.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
/* Line editing on a UART that is two strings. A read that would wait takes what a test has prepared,
 * as an interrupt would bring it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/drivers/uart.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/console_line.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/work.h"
#include "lib/err.h"

static char printed[8192];
static size_t printed_len;
static const char *typed;               /* what is still to come */
static void (*handler)(void *arg);
static bool interrupted;

/* An echo does not break into the line of another thread, which has the lock. */
static void uart_put(volatile void *regs, char c)
{
    assert_non_null(host_self->held);
    printed[printed_len++] = c;
}

static bool uart_get(volatile void *regs, char *c)
{
    if (*typed == '\0') return false;
    *c = *typed++;
    return true;
}

static bool receiving;

static void uart_receive(volatile void *regs, bool on) { receiving = on; }

static const struct uart_ops ops = { uart_put, uart_get, uart_receive };

const struct uart_ops *uart_init(const struct machine *m, volatile void **regs)
{
    *regs = printed;
    return &ops;
}

/* The handler is short: it asks for no more and leaves the rest to a thread. */
void work_queue(struct work *w)
{
    assert_false(receiving);
    w->fn(w->arg);
    assert_int_equal(receiving, *typed == '\0');
}

void irq_attach(struct irq_action *a, uint32_t irq, void (*fn)(void *), void *arg) { handler = fn; }

bool thread_wake(struct thread *t, int result)
{
    t->state = THREAD_RUNNING;
    return true;
}

static unsigned interrupts;

void thread_interrupt(struct thread *t)
{
    assert_ptr_equal(t, host_self);
    interrupts++;
}

int thread_block_finish(uint64_t deadline_ns)
{
    if (interrupted) return -EINTR;
    if (*typed == '\0') fail_msg("waits for input that never comes");
    handler(NULL);
    return 0;
}

static unsigned arrivals;

static void arrived(void) { arrivals++; }

static void type(const char *text)
{
    typed = text;
    printed_len = 0;
    memset(printed, 0, sizeof(printed));
    interrupted = false;
}

static void expect_line(const char *text, const char *line, const char *echo)
{
    char out[5000];

    type(text);
    assert_int_equal(console_read(out, sizeof(out)), strlen(line));
    assert_memory_equal(out, line, strlen(line));
    assert_string_equal(printed, echo);
}

static void a_line_ends_with_cr_or_lf_and_is_echoed(void **state)
{
    expect_line("ps\r", "ps\n", "ps\r\n");
    expect_line("ps\n", "ps\n", "ps\r\n");
    expect_line("\r", "\n", "\r\n");
}

static void both_erase_keys_take_one_character(void **state)
{
    expect_line("ax\bbx\177c\r", "abc\n", "ax\b \bbx\b \bc\r\n");
    expect_line("\b\177a\r", "a\n", "a\r\n");
}

static void a_character_of_several_bytes_is_erased_as_one(void **state)
{
    expect_line("a\xc3\xa9\bb\r", "ab\n", "a\xc3\xa9\b \bb\r\n");
    expect_line("\xf0\x9f\x92\x97\177x\r", "x\n", "\xf0\x9f\x92\x97\b \bx\r\n");
}

static void a_tab_is_taken_and_control_characters_are_shown_as_such(void **state)
{
    expect_line("a\tb\033[A\r", "a\tb\033[A\n", "a\tb^[[A\r\n");
    expect_line("a\001\177b\r", "ab\n", "a^A\b \b\b \bb\r\n");
}

static void control_u_erases_the_line(void **state)
{
    expect_line("ab\025c\r", "c\n", "ab\b \b\b \bc\r\n");
}

static void what_follows_control_v_is_taken_as_it_is(void **state)
{
    expect_line("\026\004\026\177\026\010\026\025\026\026\026\r\r", "\004\177\010\025\026\r\n", "^D^?^H^U^V^M\r\n");
    expect_line("\026a\026\004\177b\r", "ab\n", "a^D\b \b\b \bb\r\n");
}

static void what_does_not_fit_is_not_taken(void **state)
{
    char text[5000 + 2], line[4096 + 1] = "", echo[4095 + 3] = "";

    memset(text, 'x', 5000);
    memset(line, 'x', 4095);
    memset(echo, 'x', 4095);
    expect_line(strcpy(text + 5000, "\r") - 5000, strcat(line, "\n"), strcat(echo, "\r\n"));
}

static void control_d_ends_a_line_and_of_an_empty_one_the_file(void **state)
{
    expect_line("\004", "", "");
    expect_line("a\004", "a", "a");
    expect_line("b\r", "b\n", "b\r\n");
}

/* A paste is longer than the queue: the UART keeps what there is no room for. */
static void nothing_is_lost_however_much_comes(void **state)
{
    char line[1000 + 2], c;

    memset(line, 'a', sizeof(line));
    for (unsigned i = 0; i < 1000; i++) line[i] = (char)('a' + i % 26);
    line[1000] = '\r';
    line[1001] = '\0';
    type(line);
    assert_int_equal(console_typed(), 0);
    for (unsigned i = 0; i <= 1000; i++) {
        assert_int_equal(console_get(&c), 0);
        assert_int_equal(c, line[i]);
        assert_int_equal(console_typed() > 0, i < 1000);
    }
    assert_true(receiving);
}

static void control_c_interrupts_a_command_and_is_not_read(void **state)
{
    char c;

    type("\003a");
    assert_int_equal(console_get(&c), 0);
    assert_int_equal(c, 3);
    assert_int_equal(console_get(&c), 0);
    console_command(true);
    assert_false(console_interrupted());
    type("\003b");
    assert_int_equal(console_get(&c), 0);
    assert_int_equal(c, 'b');
    assert_true(console_interrupted());
    assert_int_equal(interrupts, 1);
    console_command(false);
    assert_false(console_interrupted());
}

static void a_thread_that_shall_end_stops_waiting(void **state)
{
    char out[16];

    type("");
    interrupted = true;
    assert_int_equal(console_read(out, sizeof(out)), -EINTR);
}

static void a_program_reads_lines_in_pieces(void **state)
{
    char out[4];

    type("hello\r");
    assert_int_equal(console_read(out, 4), 4);
    assert_memory_equal(out, "hell", 4);
    assert_int_equal(console_read(out, 4), 2);
    assert_memory_equal(out, "o\n", 2);
    assert_int_equal(console_read(out, 0), 0);
    assert_int_equal(arrivals, 0);
}

static void who_does_not_wait_finds_whole_lines_only(void **state)
{
    char out[4];

    console_on_input(arrived);
    type("hi");
    handler(NULL);
    assert_int_equal(arrivals, 1);
    assert_int_equal(console_take_line(out, 4), -EAGAIN);
    assert_string_equal(printed, "hi");
    assert_int_equal(console_typed(), 0);
    type("\bo\rnext");
    handler(NULL);
    assert_int_equal(arrivals, 2);
    for (unsigned i = 0; i < 2; i++) assert_int_equal(console_take_line(NULL, 0), 3);
    assert_int_equal(console_typed(), 4);
    assert_int_equal(console_take_line(out, 2), 2);
    assert_int_equal(console_take_line(NULL, 0), 1);
    assert_int_equal(console_read(out + 2, 2), 1);
    assert_memory_equal(out, "ho\n", 3);
    assert_int_equal(console_take_line(NULL, 0), -EAGAIN);
    type("\004\004");
    handler(NULL);
    assert_int_equal(console_take_line(out, 4), 4);
    assert_memory_equal(out, "next", 4);
    for (unsigned i = 0; i < 2; i++) assert_int_equal(console_take_line(NULL, 0), 0);
    assert_int_equal(console_take_line(out, 4), 0);
    assert_int_equal(console_take_line(out, 4), -EAGAIN);
    console_on_input(NULL);
}

static void what_is_typed_is_not_shown_without_echo(void **state)
{
    console_echo(false);
    expect_line("px\bs\r", "ps\n", "");
    console_echo(true);
}

static void a_program_beside_the_shell_finds_the_end(void **state)
{
    char out[4];

    type("x\r");
    handler(NULL);
    console_claim();
    assert_int_equal(console_read(out, 4), 0);
    assert_int_equal(console_take_line(NULL, 0), 0);
    assert_int_equal(console_typed(), 2);
}

static int setup(void **state)
{
    const struct machine m = { .uart = UART_PL011, .uart_irq = 33 };

    fake_memory(4096 * 512);
    return console_init(&m) != 0 || console_receive(&m) != 0;
}

static int teardown(void **state)
{
    fake_memory_free();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_ends_with_cr_or_lf_and_is_echoed),
        cmocka_unit_test(both_erase_keys_take_one_character),
        cmocka_unit_test(a_character_of_several_bytes_is_erased_as_one),
        cmocka_unit_test(a_tab_is_taken_and_control_characters_are_shown_as_such),
        cmocka_unit_test(control_u_erases_the_line),
        cmocka_unit_test(what_follows_control_v_is_taken_as_it_is),
        cmocka_unit_test(what_does_not_fit_is_not_taken),
        cmocka_unit_test(control_d_ends_a_line_and_of_an_empty_one_the_file),
        cmocka_unit_test(nothing_is_lost_however_much_comes),
        cmocka_unit_test(control_c_interrupts_a_command_and_is_not_read),
        cmocka_unit_test(a_thread_that_shall_end_stops_waiting),
        cmocka_unit_test(a_program_reads_lines_in_pieces),
        cmocka_unit_test(who_does_not_wait_finds_whole_lines_only),
        cmocka_unit_test(what_is_typed_is_not_shown_without_echo),
        cmocka_unit_test(a_program_beside_the_shell_finds_the_end),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
