/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/space_model.c
/* The address space against an array of pages, and the limits the array does not reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/space_model.h"
#include "unikernel/mm/space.h"
#include "unikernel/mm/stack.h"
#include "uk_pte.h"
#include "lib/err.h"

#define STEPS 3000

static int setup(void **state)
{
    space_model_begin();
    return 0;
}

/* regression: uk 11, 16 */
static void any_life_keeps_the_rules(void **state)
{
    for (unsigned seed = 1; seed <= 4; seed++) {
        srand(seed);
        space_model_begin();
        for (unsigned i = 0; i < STEPS; i++) {
            struct space_op op = {
                .what = (uint8_t)(rand() % 8),
                .rights = (uint8_t)(rand() % 8),
                .how = (uint8_t)rand(),
                .off = (uint8_t)rand(),
                .page = (uint16_t)rand(),
                .pages = (uint16_t)rand(),
            };

            if (op.what > SPACE_ACCESS) op.what = SPACE_ACCESS;
            if (rand() % 4 != 0) op.how &= 35;
            space_model_step(&op);
        }
    }
    for (unsigned i = 0; i < SPACE_WHATS; i++) assert_true(space_model_done[i] > STEPS / 20);
    assert_true(space_model_backed > STEPS / 20);
}

static void what_lies_outside_is_refused(void **state)
{
    uint64_t at;

    at = LOW_END - PAGE_SIZE;
    assert_int_equal(space_map(&at, 2 * PAGE_SIZE, SPACE_R, true), -EINVAL);
    at = PAGE_SIZE / 2;
    assert_int_equal(space_map(&at, PAGE_SIZE, SPACE_R, true), -EINVAL);
    at = 0;
    assert_int_equal(space_map(&at, LOW_END, SPACE_R, true), -ENOMEM);
    assert_int_equal(space_map(&at, UINT64_MAX - PAGE_SIZE, SPACE_R, true), -ENOMEM);
    assert_int_equal(space_map(&at, UINT64_MAX, SPACE_R, true), -EINVAL);
    assert_int_equal(at, 0);
    assert_int_equal(space_unmap(0, PAGE_SIZE), -EINVAL);
    assert_int_equal(space_unmap(LOW_END - PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
    assert_int_equal(space_unmap(PAGE_SIZE, UINT64_MAX), -EINVAL);
    assert_int_equal(space_protect(UINT64_MAX - PAGE_SIZE + 1, PAGE_SIZE, SPACE_R), -EINVAL);
    assert_int_equal(space_discard(LOW_END, PAGE_SIZE), -EINVAL);
    assert_int_equal(space_fault(0, SPACE_R), -EFAULT);
    assert_int_equal(space_fault(LOW_END, SPACE_R), -EFAULT);
    assert_int_equal(space_fault(UINT64_MAX, SPACE_R), -EFAULT);
}

static void what_the_kernel_wants_is_there_or_refused(void **state)
{
    uint64_t at = MMAP_BASE;

    assert_int_equal(space_map(&at, 2 * PAGE_SIZE, SPACE_R, true), 0);
    assert_int_equal(space_back(at + 10, 2 * PAGE_SIZE - 10, SPACE_R), 0);
    assert_int_equal(space_back(at + 10, 2 * PAGE_SIZE, SPACE_R), -EFAULT);
    assert_int_equal(space_back(at, 1, SPACE_W), -EFAULT);
    assert_int_equal(space_back(at, 0, SPACE_W), 0);
    assert_int_equal(space_back(UINT64_MAX - 1, 10, SPACE_R), -EFAULT);
    assert_int_equal(space_unmap(at, 2 * PAGE_SIZE), 0);
}

/* regression: uk 16 */
static void more_than_is_free_is_refused_unless_it_is_asked_for_so(void **state)
{
    uint64_t at = 0;

    assert_int_equal(space_map(&at, GIB, SPACE_R | SPACE_W, false), -ENOMEM);
    assert_int_equal(at, 0);
    assert_int_equal(space_map(&at, GIB, SPACE_R | SPACE_W | SPACE_LAZY, false), 0);
    assert_int_equal(space_unmap(at, GIB), 0);
    at = 0;
    assert_int_equal(space_map(&at, GIB, 0, false), 0);
    assert_int_equal(space_unmap(at, GIB), 0);
}

static uint64_t map_anywhere(uint64_t pages, unsigned rights)
{
    uint64_t at = 0;

    return space_map(&at, pages * PAGE_SIZE, rights, false) == 0 ? at : 0;
}

static void unmap(uint64_t at, uint64_t pages)
{
    assert_int_equal(space_unmap(at, pages * PAGE_SIZE), 0);
}

/* regression: uk 16 */
static void what_fits_alone_is_refused_together(void **state)
{
    uint64_t half = space_model_left() / 2 + 10, a = map_anywhere(half, SPACE_R | SPACE_W), left;

    assert_int_not_equal(a, 0);
    left = space_model_left();
    assert_int_equal(map_anywhere(half, SPACE_R | SPACE_W), 0);
    assert_int_equal(map_anywhere(half, SPACE_R), 0);
    assert_int_equal(space_model_left(), left);
    for (uint64_t i = 0; i < half; i++) assert_int_equal(space_fault(a + i * PAGE_SIZE, SPACE_W), 0);
    assert_int_equal(space_model_left(), left);         /* all of it had been counted, with its tables */
    unmap(a, half);
    a = map_anywhere(half, SPACE_R | SPACE_W);
    assert_int_not_equal(a, 0);
    unmap(a, half);
}

static void what_replaces_something_is_not_counted_beside_it(void **state)
{
    uint64_t most = space_model_left() - 20, at = map_anywhere(most, SPACE_R | SPACE_W), left;

    assert_int_not_equal(at, 0);
    for (uint64_t i = 0; i < most; i += 2) assert_int_equal(space_fault(at + i * PAGE_SIZE, SPACE_W), 0);
    left = space_model_left();
    assert_int_equal(space_map(&at, most * PAGE_SIZE, SPACE_R, false), 0);
    assert_int_equal(space_model_left(), left);
    assert_int_equal(space_map(&at, most * PAGE_SIZE, 0, false), 0);
    assert_int_equal(space_model_left(), left + most);
    unmap(at, most);
}

/* What cannot be replaced stays. */
static void a_refusal_changes_nothing(void **state)
{
    uint64_t most = space_model_left() - 20, at = map_anywhere(most + 600, 0), low, left;

    low = at + 300 * PAGE_SIZE;
    assert_int_equal(space_protect(low, PAGE_SIZE, SPACE_R | SPACE_W), 0);
    assert_int_equal(space_fault(low, SPACE_W), 0);
    left = space_model_left();
    assert_int_equal(space_map(&at, (most + 600) * PAGE_SIZE, SPACE_R, false), -ENOMEM);
    assert_int_equal(space_protect(at, (most + 600) * PAGE_SIZE, SPACE_R), -ENOMEM);
    assert_int_equal(space_model_left(), left);
    assert_int_equal(space_fault(at, SPACE_R), -EFAULT);
    assert_int_equal(space_fault(low, SPACE_W), 0);
    unmap(at, most + 600);
}

static void a_promise_lasts_as_long_as_access_is_allowed(void **state)
{
    uint64_t at = map_anywhere(4 * 512, 0), left = space_model_left();

    assert_int_equal(space_protect(at, 512 * PAGE_SIZE, SPACE_R), 0);
    assert_int_equal(space_model_left(), left - 513);
    assert_int_equal(space_protect(at, 512 * PAGE_SIZE, 0), 0);
    assert_int_equal(space_model_left(), left);
    assert_int_equal(space_protect(at, 10 * PAGE_SIZE, SPACE_W), 0);
    left -= 1;                                          /* a table */
    assert_int_equal(space_model_left(), left - 10);
    assert_int_equal(space_fault(at, SPACE_W), 0);
    assert_int_equal(space_model_left(), left - 10);
    assert_int_equal(space_discard(at, 10 * PAGE_SIZE), 0);
    assert_int_equal(space_model_left(), left - 10);
    assert_int_equal(space_fault(at, SPACE_W), 0);
    assert_int_equal(space_protect(at, 10 * PAGE_SIZE, 0), 0);
    assert_int_equal(space_model_left(), left - 1);     /* what it has it keeps */
    unmap(at, 4 * 512);
    assert_int_equal(space_model_left(), left);
}

static void what_is_mapped_without_a_promise_never_has_one(void **state)
{
    uint64_t all = space_model_left();
    uint64_t at = map_anywhere(512, SPACE_R | SPACE_W | SPACE_LAZY), left = space_model_left();

    assert_in_range(left, all - 8, all);        /* nothing but tables */
    assert_int_equal(space_protect(at, PAGE_SIZE, 0), 0);
    assert_int_equal(space_protect(at, PAGE_SIZE, SPACE_W), 0);
    left -= 1;                                          /* a table */
    assert_int_equal(space_model_left(), left);
    assert_int_equal(space_fault(at, SPACE_W), 0);
    assert_int_equal(space_model_left(), left - 1);
    assert_int_equal(space_discard(at, PAGE_SIZE), 0);
    assert_int_equal(space_model_left(), left);
    unmap(at, 512);
}

/* regression: uk 16 */
static void stacks_that_are_only_kept_are_given_up_first(void **state)
{
    struct stack s = { .len = 64 * PAGE_SIZE, .guard = PAGE_SIZE };
    uint64_t all, at;

    assert_int_equal(stack_make(&s), 0);
    assert_int_equal(stack_give(&s), 0);
    all = space_model_left() + 50;
    at = map_anywhere(all, SPACE_R | SPACE_W);
    assert_int_not_equal(at, 0);
    unmap(at, all);

    assert_int_equal(stack_make(&s), 0);
    assert_int_equal(stack_give(&s), 0);
    at = map_anywhere(all, 0);
    assert_int_equal(space_protect(at, all * PAGE_SIZE, SPACE_R), 0);
    unmap(at, all);
}

/* Also when the search begins less than that below the end. */
static void nothing_is_given_beyond_the_end(void **state)
{
    uint64_t all = 0, at = 0;

    assert_int_equal(space_map(&all, LOW_END - MMAP_BASE - PAGE_SIZE, 0, false), 0);
    assert_int_equal(space_map(&at, 2 * PAGE_SIZE, 0, false), -ENOMEM);
    assert_int_equal(space_map(&at, PAGE_SIZE, 0, false), 0);
    assert_int_equal(at, LOW_END - PAGE_SIZE);
    at = 0;
    assert_int_equal(space_map(&at, PAGE_SIZE, 0, false), -ENOMEM);
    assert_int_equal(space_unmap(all, LOW_END - all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_life_keeps_the_rules, setup),
        cmocka_unit_test_setup(what_lies_outside_is_refused, setup),
        cmocka_unit_test_setup(what_the_kernel_wants_is_there_or_refused, setup),
        cmocka_unit_test_setup(more_than_is_free_is_refused_unless_it_is_asked_for_so, setup),
        cmocka_unit_test_setup(what_fits_alone_is_refused_together, setup),
        cmocka_unit_test_setup(what_replaces_something_is_not_counted_beside_it, setup),
        cmocka_unit_test_setup(a_refusal_changes_nothing, setup),
        cmocka_unit_test_setup(a_promise_lasts_as_long_as_access_is_allowed, setup),
        cmocka_unit_test_setup(what_is_mapped_without_a_promise_never_has_one, setup),
        cmocka_unit_test_setup(stacks_that_are_only_kept_are_given_up_first, setup),
        cmocka_unit_test_setup(nothing_is_given_beyond_the_end, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
