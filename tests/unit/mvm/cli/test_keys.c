/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/keys.c
/* The escape key in what is typed, however it is cut into pieces, and a text in what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mvm/cli/keys.h"

static struct keys k;

static int fresh(void **state)
{
    memset(&k, 0, sizeof(k));
    return 0;
}

static void type(const char *text)
{
    keys_add(&k, text, strlen(text), true);
}

static void pending_is(const char *text)
{
    assert_int_equal(k.bytes, strlen(text));
    assert_memory_equal(k.pending, text, k.bytes);
}

static void the_escape_key_and_q_leave(void **state)
{
    type("ab\x1dq" "c");
    assert_true(k.leave);
    pending_is("ab");
}

static void the_two_keys_may_come_apart(void **state)
{
    type("\x1d");
    assert_false(k.leave);
    pending_is("");
    type("q");
    assert_true(k.leave);
}

static void twice_the_escape_key_types_one(void **state)
{
    type("\x1d\x1dq");
    assert_false(k.leave);
    pending_is("\x1dq");
}

static void another_key_gets_both(void **state)
{
    type("\x1dx");
    pending_is("\x1dx");
}

static void a_pipe_has_no_escape_key(void **state)
{
    keys_add(&k, "\x1dq", 2, false);
    assert_false(k.leave);
    pending_is("\x1dq");
}

static void the_guest_takes_it_in_pieces(void **state)
{
    type("hello");
    keys_taken(&k, 2);
    pending_is("llo");
    keys_taken(&k, 3);
    pending_is("");
}

static void one_can_leave_a_guest_that_reads_nothing(void **state)
{
    for (int i = 0; i < 3000; i++) {
        type(i % 2 == 0 ? "x" : "\x1dy");
    }
    assert_int_equal(keys_room(&k), 0);
    assert_true(k.bytes <= sizeof(k.pending));
    type("\x1dq");
    assert_true(k.leave);
}

static void a_text_is_seen_across_pieces_and_only_once_complete(void **state)
{
    struct watch w = { 0 };

    assert_false(watch_sees(&w, "ready", "rea", 3));
    assert_false(watch_sees(&w, "ready", "rea", 3));
    assert_true(watch_sees(&w, "ready", "dy", 2));
}

static void a_text_is_seen_behind_a_lot_of_other_text(void **state)
{
    struct watch w = { 0 };

    for (int i = 0; i < 1000; i++) {
        assert_false(watch_sees(&w, "done", "don ", 4));
    }
    assert_true(watch_sees(&w, "done", "done", 4));
}

static void a_text_as_long_as_is_looked_at_is_seen(void **state)
{
    char text[WATCH_TEXT_MAX + 1];
    struct watch w = { 0 };

    memset(text, 'x', WATCH_TEXT_MAX);
    text[0] = 'y';
    text[WATCH_TEXT_MAX] = 0;
    assert_false(watch_sees(&w, text, "zzz", 3));
    assert_true(watch_sees(&w, text, text, WATCH_TEXT_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_escape_key_and_q_leave, fresh),
        cmocka_unit_test_setup(the_two_keys_may_come_apart, fresh),
        cmocka_unit_test_setup(twice_the_escape_key_types_one, fresh),
        cmocka_unit_test_setup(another_key_gets_both, fresh),
        cmocka_unit_test_setup(a_pipe_has_no_escape_key, fresh),
        cmocka_unit_test_setup(the_guest_takes_it_in_pieces, fresh),
        cmocka_unit_test_setup(one_can_leave_a_guest_that_reads_nothing, fresh),
        cmocka_unit_test(a_text_is_seen_across_pieces_and_only_once_complete),
        cmocka_unit_test(a_text_is_seen_behind_a_lot_of_other_text),
        cmocka_unit_test(a_text_as_long_as_is_looked_at_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
