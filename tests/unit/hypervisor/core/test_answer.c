/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Answers into the caller's memory: as much as there is room for, and nothing beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/answer.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define AT (BOARD_MVM_RAM + MIB)

static struct vcpu *v;
static uint8_t *there;

static int board(void **state)
{
    board_init(3, 1);
    v = board_mvm(1)->vcpu[0];
    there = host_ram(PA(AT));
    return 0;
}

static int end(void **state)
{
    board_clear();
    return 0;
}

static void a_structure_fills_the_room_and_no_more(void **state)
{
    uint8_t what[40];

    for (uint8_t i = 0; i < sizeof(what); i++) what[i] = (uint8_t)(i + 1);
    for (uint64_t room = 0; room < 60; room++) {
        uint64_t value = 99, n = room < sizeof(what) ? room : sizeof(what);

        memset(there, 0xee, 64);
        assert_int_equal(answer_struct(v, AT, room, what, sizeof(what), &value), 0);
        assert_int_equal(value, n);
        assert_memory_equal(there, what, n);
        for (uint64_t i = n; i < 64; i++) assert_int_equal(there[i], 0xee);
    }
}

/* regression: 5 */
static void the_value_is_untouched_when_the_place_is_bad(void **state)
{
    uint64_t value = 99;

    assert_int_equal(answer_struct(v, 0x80000000, 8, "1234567", 8, &value), -EFAULT);
    assert_int_equal(answer_struct(v, 0x7ffffffc, 8, "1234567", 8, &value), -EFAULT);
    assert_int_equal(answer_struct(v, UINT64_MAX, 8, "1234567", 8, &value), -EFAULT);
    assert_int_equal(value, 99);
}

static void text_has_room_behind_its_head(void **state)
{
    assert_int_equal(answer_room(0), 0);
    assert_int_equal(answer_room(sizeof(struct shyper_text)), 0);
    assert_int_equal(answer_room(sizeof(struct shyper_text) + 1), 1);
    assert_int_equal(answer_room(sizeof(struct shyper_text) + ANSWER_TEXT_MAX), ANSWER_TEXT_MAX);
    assert_int_equal(answer_room(UINT64_MAX), ANSWER_TEXT_MAX);
}

static void text_comes_with_its_head(void **state)
{
    struct answer_text t;
    struct shyper_text head;
    uint64_t value = 0;

    t.head.next = 1234;
    t.lost = UINT64_C(5) << 32;
    memcpy(t.text, "hello", 5);
    assert_int_equal(answer_text(v, AT, sizeof(head) - 1, &t, 0, &value), -EINVAL);
    memset(there, 0xee, 64);
    assert_int_equal(answer_text(v, AT, 100, &t, 5, &value), 0);
    assert_int_equal(value, sizeof(head) + 5);
    memcpy(&head, there, sizeof(head));
    assert_int_equal(head.next, 1234);
    assert_int_equal(head.bytes, 5);
    assert_int_equal(head.lost, UINT32_MAX);
    assert_memory_equal(there + sizeof(head), "hello", 5);
    assert_int_equal(there[sizeof(head) + 5], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_structure_fills_the_room_and_no_more),
        cmocka_unit_test(the_value_is_untouched_when_the_place_is_bad), cmocka_unit_test(text_has_room_behind_its_head),
        cmocka_unit_test(text_comes_with_its_head),
    };

    return cmocka_run_group_tests(tests, board, end);
}
