/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/console.c tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
#include "tests/unit/hypervisor/core/console_try.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_mvm_has_the_uart_to_itself),
        TEST(a_guest_is_read_by_the_mvm_from_any_cursor),
        TEST(the_mvm_hears_once_until_it_has_read_everything),
        TEST(a_full_ring_keeps_the_newest_and_counts_the_rest),
        TEST(input_from_the_mvm_is_taken_as_far_as_there_is_room),
        TEST(input_the_mvm_does_not_read_stays_in_the_uart),
        TEST(the_uart_is_read_again_when_the_mvm_that_did_not_read_is_reset_or_gone),
        TEST(the_mvm_hears_of_room_that_a_reset_makes),
        TEST(reset_drops_input_and_ends_the_line),
        TEST(input_survives_save_and_restore),
        TEST(no_memory_for_the_ring_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
