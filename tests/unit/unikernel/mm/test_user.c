/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/mm/user.c
/* The application's memory is an array whose second half may come and go; the kernel is told of it as
 * by user.S, in the middle of a copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "unikernel/mm/space.h"
#include "unikernel/mm/user.h"
#include "uk_layout.h"
#include "lib/err.h"

#define HALF     32U
#define LOW_BASE 0x10000000UL

static char *memory, other[2 * HALF];
static bool there;                  /* the second half */
static unsigned may, backed, vanishes;

int user_copy(void *to, const void *from, uint64_t len)
{
    const char *in = (char *)to >= memory && (char *)to < memory + 2 * HALF ? to : from;
    uint64_t now = there ? len : MIN(len, (uint64_t)(memory + HALF - in));

    memcpy(to, from, now);
    return now == len ? 0 : -EFAULT;
}

int space_back(uint64_t at, uint64_t len, unsigned access)
{
    backed++;
    if (access & ~may) return -EFAULT;
    there = vanishes == 0;
    if (vanishes > 0) vanishes--;
    return 0;
}

/* Where an application's memory can be. */
static int begin(void **state)
{
    memory = mmap((void *)LOW_BASE, 2 * HALF, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return memory == MAP_FAILED;
}

static int setup(void **state)
{
    for (unsigned i = 0; i < 2 * HALF; i++) memory[i] = (char)i;
    memset(other, 0, sizeof(other));
    there = false;
    may = SPACE_R | SPACE_W;
    backed = vanishes = 0;
    return 0;
}

static void what_is_there_is_not_looked_up(void **state)
{
    assert_int_equal(user_read(other, (uint64_t)memory, HALF), 0);
    assert_memory_equal(other, memory, HALF);
    assert_int_equal(user_write((uint64_t)memory, "new", 4), 0);
    assert_string_equal(memory, "new");
    assert_int_equal(backed, 0);
}

static void what_is_not_there_yet_is_made_so_as_often_as_it_takes(void **state)
{
    vanishes = 3;
    assert_int_equal(user_read(other, (uint64_t)memory, 2 * HALF), 0);
    assert_memory_equal(other, memory, 2 * HALF);
    assert_int_equal(backed, 4);
}

static void what_may_not_be_there_is_an_error(void **state)
{
    may = SPACE_R;
    assert_int_equal(user_write((uint64_t)memory + HALF, other, 4), -EFAULT);
    may = 0;
    assert_int_equal(user_read(other, (uint64_t)memory + HALF, 4), -EFAULT);
    assert_int_equal(backed, 2);
}

static void addresses_that_are_not_the_application_s_are_not_even_tried(void **state)
{
    there = true;
    assert_int_equal(user_read(other, LOW_END - 4, 8), -EFAULT);
    assert_int_equal(user_write(LOW_END, other, 1), -EFAULT);
    assert_int_equal(user_write(UINT64_MAX - 3, other, 8), -EFAULT);
    assert_int_equal(user_read(other, UINT64_MAX, 1), -EFAULT);
    assert_int_equal(backed, 0);
}

static void a_text_ends_in_time_or_is_refused(void **state)
{
    memcpy(memory + HALF - 2, "text", 5);
    assert_int_equal(user_text(other, (uint64_t)memory + HALF - 2, 5), 0);
    assert_string_equal(other, "text");
    assert_int_equal(user_text(other, (uint64_t)memory + HALF - 2, 4), -E2BIG);
    there = false;
    may = 0;
    assert_int_equal(user_text(other, (uint64_t)memory + HALF - 2, 5), -EFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_there_is_not_looked_up, setup),
        cmocka_unit_test_setup(what_is_not_there_yet_is_made_so_as_often_as_it_takes, setup),
        cmocka_unit_test_setup(what_may_not_be_there_is_an_error, setup),
        cmocka_unit_test_setup(addresses_that_are_not_the_application_s_are_not_even_tried, setup),
        cmocka_unit_test_setup(a_text_ends_in_time_or_is_refused, setup),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
