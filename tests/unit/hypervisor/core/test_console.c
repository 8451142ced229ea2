/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/console.c tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/vm.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "tests/unit/hypervisor/fake/fake_uart.h"

struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;
static uint32_t notified;

void mvm_notify(uint32_t events)
{
    assert_int_equal(events, SHYPER_EVENT_CONSOLE);
    /* The doorbell takes locks of the vGIC and of a core, which come before that of a console. */
    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) {
        if (vms[i] != NULL) assert_int_equal(vms[i]->console.lock.next, vms[i]->console.lock.owner);
    }
    notified++;
}

static struct vm *vm_new(uint32_t id, const char *name, bool is_mvm)
{
    struct vm *vm = calloc(1, sizeof(*vm));
    vm->id = id;
    vm->is_mvm = is_mvm;
    strcpy(vm->config.name, name);
    assert_int_equal(console_vm_init(vm), 0);
    vms[id] = vm;
    return vm;
}

static int no_vms(void **state)
{
    (void)state;
    notified = 0;
    (void)fake_uart_taken();
    return 0;
}

/* Every test gives back what it took, the focus included. */
static int all_freed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) {
        struct vm *vm = vms[i];
        vms[i] = NULL;
        if (vm != NULL) console_vm_destroy(vm);
        free(vm);
    }
    return fake_page_live() != 0;
}

static void say(struct vm *vm, const char *s)
{
    while (*s != '\0') console_vm_put(vm, (uint8_t)*s++);
}

static void type(const char *s)
{
    while (*s != '\0') console_uart_rx((uint8_t)*s++);
}

static const char *heard(struct vm *vm)
{
    static char text[512];
    uint32_t n = 0;
    uint8_t c;

    while (console_vm_get(vm, &c)) text[n++] = (char)c;
    text[n] = '\0';
    return text;
}

static const char *shown(struct vm *vm, uint64_t *cursor, uint64_t *lost)
{
    static char text[CONSOLE_OUT_BYTES + 1];

    text[console_read(vm, cursor, (uint8_t *)text, CONSOLE_OUT_BYTES, lost)] = '\0';
    return text;
}

static void the_mvm_has_the_uart_to_itself(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);

    console_start(mvm);
    say(mvm, "login: ");
    say(guest, "hello\n");
    say(mvm, "a\r\n");
    assert_string_equal(fake_uart_taken(), "login: a\r\n");
    type("x\x1d" "1\x1d\x1d");
    assert_string_equal(heard(mvm), "x\x1d" "1\x1d\x1d");
    assert_string_equal(heard(guest), "");
}

static void a_guest_is_read_by_the_mvm_from_any_cursor(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint64_t at = 0, again = 2, lost = 9;

    console_start(mvm);
    say(guest, "hello\n");
    assert_string_equal(shown(guest, &at, &lost), "hello\n");
    assert_int_equal(at, 6);
    assert_int_equal(lost, 0);
    assert_string_equal(shown(guest, &at, &lost), "");
    assert_string_equal(shown(guest, &again, &lost), "llo\n");
    again = UINT64_MAX;
    assert_string_equal(shown(guest, &again, &lost), "hello\n");
    assert_string_equal(fake_uart_taken(), "");
    at = 0;
    assert_string_equal(shown(mvm, &at, &lost), "");
}

static void the_mvm_hears_once_until_it_has_read_everything(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint64_t at = 0, lost;
    uint8_t two[2];

    console_start(mvm);
    say(guest, "one two three");
    assert_int_equal(notified, 1);
    assert_int_equal(console_read(guest, &at, two, 2, &lost), 2);
    say(guest, "!");
    assert_int_equal(notified, 1);
    (void)shown(guest, &at, &lost);
    say(guest, "more");
    assert_int_equal(notified, 2);
}

/* regression: 50 */
static void a_full_ring_keeps_the_newest_and_counts_the_rest(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint64_t at = 0, lost;

    console_start(mvm);
    for (uint32_t i = 0; i < CONSOLE_OUT_BYTES + 100; i++) console_vm_put(guest, (uint8_t)('a' + i % 26));
    assert_int_equal(guest->console.lost, 100);
    assert_int_equal(notified, 1);
    assert_int_equal(shown(guest, &at, &lost)[0], 'a' + 100 % 26);
    assert_int_equal(lost, 100);
    assert_int_equal(at, CONSOLE_OUT_BYTES + 100);
    say(guest, "x");
    assert_int_equal(guest->console.lost, 100);
    assert_int_equal(notified, 2);
}

static uint32_t calls;
static void on_input(void *of) { calls += *(uint32_t *)of; }

/* regression: 50 */
static void input_from_the_mvm_is_taken_as_far_as_there_is_room(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint8_t many[CONSOLE_IN_BYTES + 50], c;
    uint32_t seven = 7;

    memset(many, 'x', sizeof(many));
    calls = 0;
    console_start(mvm);
    assert_int_equal(console_listen(guest, on_input, &seven), 0);
    assert_int_equal(console_listen(guest, on_input, &seven), -EBUSY);
    assert_int_equal(console_write(guest, many, sizeof(many)), CONSOLE_IN_BYTES);
    assert_int_equal(calls, 7);
    assert_int_equal(console_write(guest, many, 1), 0);
    assert_int_equal(calls, 7);
    assert_int_equal(notified, 0);
    for (uint32_t i = 1; i < CONSOLE_IN_BYTES / 2; i++) assert_true(console_vm_get(guest, &c));
    assert_int_equal(notified, 0);
    assert_true(console_vm_get(guest, &c));             /* half empty: there is room again */
    assert_int_equal(notified, 1);
    (void)heard(guest);
    assert_int_equal(notified, 1);
    console_unlisten(guest);
    assert_int_equal(console_write(guest, many, 1), 1);
    assert_int_equal(calls, 7);
}

static void fill(void)
{
    for (uint32_t i = 0; i < CONSOLE_IN_BYTES; i++) console_uart_rx((uint8_t)('a' + i % 26));
}

/* regression: 50 */
static void input_the_mvm_does_not_read_stays_in_the_uart(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true);
    uint8_t c;

    console_start(mvm);
    for (uint32_t i = 1; i < CONSOLE_IN_BYTES; i++) type("x");
    assert_true(fake_uart_rx);
    type("y");                                          /* the last one that fits */
    assert_false(fake_uart_rx);
    for (uint32_t i = 1; i < CONSOLE_IN_BYTES / 2; i++) assert_true(console_vm_get(mvm, &c));
    assert_false(fake_uart_rx);
    assert_true(console_vm_get(mvm, &c));
    assert_true(fake_uart_rx);
    for (uint32_t i = 0; i < CONSOLE_IN_BYTES / 2; i++) type("z");
    assert_false(fake_uart_rx);
    assert_int_equal(strlen(heard(mvm)), CONSOLE_IN_BYTES);
    assert_true(fake_uart_rx);
    assert_int_equal(notified, 0);
}

static void the_uart_is_read_again_when_the_mvm_that_did_not_read_is_reset_or_gone(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint8_t none = 0, whole[CONSOLE_IN_BYTES] = { 0 };

    console_start(mvm);
    fill();
    assert_false(fake_uart_rx);
    console_vm_reset(mvm);
    assert_true(fake_uart_rx);
    fill();
    assert_false(fake_uart_rx);
    console_vm_input_restore(mvm, &none, 0);
    assert_true(fake_uart_rx);
    console_vm_input_restore(mvm, whole, sizeof(whole));
    assert_false(fake_uart_rx);
    console_start(NULL);                                /* it panicked, and is not started again */
    assert_true(fake_uart_rx);
    type("\x1d" "1x");
    assert_string_equal(heard(guest), "x");
    console_start(mvm);
    console_vm_reset(mvm);
    fill();
    assert_false(fake_uart_rx);
    vms[0] = NULL;
    console_vm_destroy(mvm);
    free(mvm);
    assert_true(fake_uart_rx);
}

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

static void the_mvm_hears_of_room_that_a_reset_makes(void **state)
{
    (void)state;
    struct vm *mvm = vm_new(0, "mvm", true), *guest = vm_new(1, "g", false);
    uint8_t many[CONSOLE_IN_BYTES + 1] = { 0 };

    console_start(mvm);
    assert_int_equal(console_write(guest, many, sizeof(many)), CONSOLE_IN_BYTES);
    console_vm_reset(guest);
    assert_int_equal(notified, 1);
    assert_true(fake_uart_rx);
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

static void reset_drops_input_and_ends_the_line(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false);

    console_start(NULL);
    say(a, "dying\r");
    type("rest of a command");
    (void)fake_uart_taken();
    console_vm_reset(a);
    assert_string_equal(fake_uart_taken(), "\r\n");
    assert_false(console_vm_has_input(a));
    say(a, "again");
    assert_string_equal(fake_uart_taken(), "[a] again");
}

static void input_survives_save_and_restore(void **state)
{
    (void)state;
    struct vm *a = vm_new(1, "a", false);
    uint8_t copy[CONSOLE_IN_BYTES];

    console_start(NULL);
    for (uint32_t i = 0; i < CONSOLE_IN_BYTES + 5; i++) type("q");
    assert_int_equal(console_vm_input_save(a, copy), CONSOLE_IN_BYTES);
    (void)heard(a);
    type("abc");
    assert_int_equal(console_vm_input_save(a, copy), 3);
    assert_string_equal(heard(a), "abc");
    type("x");
    console_vm_input_restore(a, copy, 3);
    assert_string_equal(heard(a), "abc");
}

static void no_memory_for_the_ring_leaves_nothing(void **state)
{
    (void)state;
    struct vm *vm = calloc(1, sizeof(*vm));

    fake_page_fail(1);
    assert_int_equal(console_vm_init(vm), -ENOMEM);
    assert_int_equal(fake_page_live(), 0);
    free(vm);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, no_vms, all_freed)

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
        TEST(our_text_does_not_break_into_the_mvms_line),
        TEST(what_the_uart_does_not_take_is_counted_and_who_waits_is_told),
        TEST(the_mvm_has_the_uart_to_itself),
        TEST(a_guest_is_read_by_the_mvm_from_any_cursor),
        TEST(the_mvm_hears_once_until_it_has_read_everything),
        TEST(a_full_ring_keeps_the_newest_and_counts_the_rest),
        TEST(input_from_the_mvm_is_taken_as_far_as_there_is_room),
        TEST(input_the_mvm_does_not_read_stays_in_the_uart),
        TEST(the_uart_is_read_again_when_the_mvm_that_did_not_read_is_reset_or_gone),
        TEST(without_an_mvm_the_escape_key_passes_a_full_queue),
        TEST(the_mvm_hears_of_room_that_a_reset_makes),
        TEST(without_an_mvm_lines_never_mix),
        TEST(a_vm_without_focus_does_not_steer_the_terminal),
        TEST(a_prompt_of_the_vm_in_focus_shows_at_once),
        TEST(a_very_long_line_is_shown_in_pieces),
        TEST(the_escape_key_moves_the_input_or_is_sent_when_doubled),
        TEST(a_vm_that_goes_leaves_its_last_words_and_the_focus),
        TEST(reset_drops_input_and_ends_the_line),
        TEST(input_survives_save_and_restore),
        TEST(no_memory_for_the_ring_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
