/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/space_model.c
/* Stacks that are kept for the next thread, in a real address space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/space_model.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "uk_layout.h"
#include "lib/err.h"

#define KEPT  8
#define LEN   (4 * PAGE_SIZE)
#define GUARD PAGE_SIZE

static int setup(void **state)
{
    (void)stacks_drop();
    space_model_begin();
    return 0;
}

static struct stack made(uint64_t len, uint64_t guard)
{
    struct stack s = { .len = len, .guard = guard };

    assert_int_equal(stack_make(&s), 0);
    return s;
}

static uint64_t backed(void)
{
    struct space_stat stat;

    space_stat(&stat);
    return stat.backed;
}

static bool is_unmapped(uint64_t base)
{
    return space_map(&base, PAGE_SIZE, 0, true) == 0 && space_unmap(base, PAGE_SIZE) == 0;
}

static void a_new_stack_has_a_guard_and_comes_when_touched(void **state)
{
    uint64_t had = backed();
    struct stack s = made(LEN, GUARD);

    assert_int_equal(backed(), had);
    assert_int_equal(space_fault(s.base + LEN - 1, SPACE_W), 0);
    assert_int_equal(space_fault(s.base + GUARD, SPACE_W), 0);
    assert_int_equal(space_fault(s.base + GUARD - 1, SPACE_R), -EFAULT);
    assert_int_equal(stack_give(&s), 0);
}

static void one_that_was_given_serves_again_once(void **state)
{
    struct stack s = made(LEN, GUARD);

    assert_int_equal(stack_take(LEN, GUARD), 0);
    assert_int_equal(stack_give(&s), 0);
    assert_int_equal(stack_take(LEN + PAGE_SIZE, GUARD), 0);
    assert_int_equal(stack_take(LEN, 2 * GUARD), 0);
    assert_int_equal(stack_take(LEN, GUARD), s.base);
    assert_int_equal(stack_take(LEN, GUARD), 0);
    assert_int_equal(stack_give(&s), 0);
}

static void sizes_are_not_mixed_up(void **state)
{
    const struct stack all[] = { made(2 * PAGE_SIZE, GUARD), made(64 * PAGE_SIZE, 63 * PAGE_SIZE),
                                 made(64 * PAGE_SIZE, GUARD), made(3 * PAGE_SIZE, 2 * PAGE_SIZE) };

    for (unsigned i = 0; i < ARRAY_LEN(all); i++) assert_true(stack_keep(&all[i]));
    for (unsigned i = ARRAY_LEN(all); i-- > 0;) {
        assert_int_equal(stack_take(all[i].len, all[i].guard), all[i].base);
        assert_int_equal(space_unmap(all[i].base, all[i].len), 0);
    }
}

static void only_a_few_are_kept(void **state)
{
    struct stack s[KEPT + 1];

    for (unsigned i = 0; i < ARRAY_LEN(s); i++) s[i] = made(LEN, GUARD);
    for (unsigned i = 0; i < ARRAY_LEN(s); i++) {
        assert_int_equal(stack_give(&s[i]), 0);
        assert_int_equal(is_unmapped(s[i].base), i == KEPT);
    }
    assert_true(stacks_drop());
    assert_false(stacks_drop());
    for (unsigned i = 0; i < ARRAY_LEN(s); i++) assert_true(is_unmapped(s[i].base));
}

static void large_ones_and_those_without_a_guard_are_not_kept(void **state)
{
    const struct stack all[] = { made(65 * PAGE_SIZE, GUARD), made(LEN, 0) };

    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        assert_false(stack_keep(&all[i]));
        assert_int_equal(stack_take(all[i].len, all[i].guard), 0);
        assert_int_equal(stack_give(&all[i]), 0);
        assert_true(is_unmapped(all[i].base));
    }
    assert_int_equal(stack_give(&(struct stack){ 123, LEN, GUARD }), -EINVAL);
}

static void without_memory_there_is_none_and_nothing_is_lost(void **state)
{
    uint64_t had = backed();
    struct stack s = { .len = LEN, .guard = GUARD };

    for (unsigned pages = 0;; pages++) {
        int err;

        space_model_memory(pages);
        err = stack_make(&s);
        space_model_memory(UINT32_MAX);
        if (err == 0) break;
        assert_int_equal(err, -ENOMEM);
        assert_int_equal(backed(), had);
        assert_true(is_unmapped(MMAP_BASE));
    }
    for (uint64_t at = GUARD; at < LEN; at += PAGE_SIZE) {
        assert_int_equal(space_fault(s.base + at, SPACE_W), 0);
    }
    assert_int_equal(backed(), had + LEN / PAGE_SIZE - 1);
    assert_int_equal(stack_give(&s), 0);
}

/* Whoever asks for memory: for an access, for the kernel's own, for another stack. */
static void they_go_back_when_memory_is_short(void **state)
{
    uint64_t page = 0;

    assert_int_equal(space_map(&page, 2 * PAGE_SIZE, SPACE_R | SPACE_W | SPACE_LAZY, false), 0);
    for (unsigned who = 0; who < 3; who++) {
        struct stack s = made(LEN, GUARD), other = { .len = LEN, .guard = 2 * GUARD };

        assert_int_equal(stack_give(&s), 0);
        space_model_memory(0);
        if (who == 0) assert_int_equal(space_fault(page, SPACE_W), 0);
        if (who == 1) assert_int_equal(space_back(page + PAGE_SIZE, 8, SPACE_W), 0);
        if (who == 2) {
            assert_int_equal(stack_make(&other), 0);
            assert_int_equal(space_unmap(other.base, other.len), 0);
        }
        assert_int_equal(stack_take(LEN, GUARD), 0);
        space_model_memory(UINT32_MAX);
    }
}

/* It would be handed on with rights its next user does not expect. */
static void one_whose_rights_were_changed_is_not_kept(void **state)
{
    struct stack a = made(LEN, GUARD), b = made(LEN, GUARD), c = made(LEN, GUARD);

    stacks_changed(b.base + LEN - 1, 1);
    assert_true(stack_keep(&a));
    assert_false(stack_keep(&b));
    assert_true(stack_keep(&c));
    stacks_changed(b.base + 1, 1);
    assert_false(stack_keep(&b));
    assert_int_equal(space_unmap(b.base, b.len), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_stack_has_a_guard_and_comes_when_touched, setup),
        cmocka_unit_test_setup(one_that_was_given_serves_again_once, setup),
        cmocka_unit_test_setup(sizes_are_not_mixed_up, setup),
        cmocka_unit_test_setup(only_a_few_are_kept, setup),
        cmocka_unit_test_setup(large_ones_and_those_without_a_guard_are_not_kept, setup),
        cmocka_unit_test_setup(without_memory_there_is_none_and_nothing_is_lost, setup),
        cmocka_unit_test_setup(they_go_back_when_memory_is_short, setup),
        cmocka_unit_test_setup(one_whose_rights_were_changed_is_not_kept, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
