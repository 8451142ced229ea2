/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/mm/pages.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/mm/pages.h"
#include "lib/err.h"

#define PAGE  4096ULL
#define CHUNK (2 * MIB)
#define RAM   (64 * MIB)

/* One set of banks serves all tests: what a test takes it gives back; its teardown proves it. */
static uint64_t all_free;

static int setup(void **state)
{
    fake_memory(RAM);
    assert_int_equal(pages_add(PAGE * 3, 5 * MIB), 0); /* begins and ends inside chunks */
    assert_int_equal(pages_add(8 * MIB, 24 * MIB + 12 * PAGE), 0);
    assert_int_equal(pages_add(40 * MIB, 40 * MIB + PAGE), 0); /* not even room for its own bits */
    struct pages_stat s;
    pages_stat(&s);
    all_free = s.free;
    assert_int_equal(s.free, s.total);
    assert_int_equal(s.free, s.untouched);
    return 0;
}

static int teardown(void **state)
{
    fake_memory_free();
    return 0;
}

static int nothing_leaked(void **state)
{
    struct pages_stat s;

    pages_stat(&s);
    assert_int_equal(s.free, all_free);
    return 0;
}

static void blocks_are_aligned_and_inside_a_bank(void **state)
{
    for (unsigned order = 0; order <= PAGES_MAX_ORDER; order++) {
        uint64_t pa;

        assert_int_equal(pages_alloc(order, &pa), 0);
        assert_true(is_aligned(pa, PAGE << order));
        assert_true((pa >= 3 * PAGE && pa + (PAGE << order) <= 5 * MIB) ||
                    (pa >= 8 * MIB && pa + (PAGE << order) <= 24 * MIB + 12 * PAGE));
        pages_free(pa, order);
    }
}

static void every_page_is_given_once(void **state)
{
    static uint8_t given[RAM / PAGE];
    static uint64_t at[RAM / PAGE];
    uint64_t n = 0, pa;

    memset(given, 0, sizeof(given));
    while (pages_alloc(0, &pa) == 0) {
        assert_false(given[pa / PAGE]);
        given[pa / PAGE] = 1;
        at[n++] = pa;
        memset(arch_linear(pa), 0xee, PAGE); /* whoever keeps notes in it loses them */
    }
    assert_int_equal(n, all_free);
    while (n > 0) pages_free(at[--n], 0);
    assert_int_equal(pages_alloc(PAGES_MAX_ORDER, &pa), 0); /* merged back to the largest */
    pages_free(pa, PAGES_MAX_ORDER);
}

static void no_memory_leaves_the_result_alone(void **state)
{
    uint64_t held[16], n = 0, pa = 77;

    while (n < 16 && pages_alloc(PAGES_MAX_ORDER, &held[n]) == 0) n++;
    assert_int_equal(pages_alloc(PAGES_MAX_ORDER, &pa), -ENOMEM);
    assert_int_equal(pa, 77);
    while (n > 0) pages_free(held[--n], PAGES_MAX_ORDER);
}

static void a_block_comes_back_in_parts(void **state)
{
    uint64_t pa, again;

    assert_int_equal(pages_alloc(4, &pa), 0);
    for (unsigned i = 0; i < 16; i++) pages_free(pa + (15 - i) * PAGE, 0);
    assert_int_equal(pages_alloc(4, &again), 0);
    pages_free(again, 4);
}

static void what_is_promised_is_kept(void **state)
{
    struct pages_stat s;
    uint64_t pa;

    assert_int_equal(pages_promise(all_free + 1), -ENOMEM);
    assert_int_equal(pages_promise(UINT64_MAX), -ENOMEM);
    assert_int_equal(pages_promise(all_free - 1), 0);
    pages_stat(&s);
    assert_int_equal(s.free, all_free);
    assert_int_equal(s.left, 1);
    assert_int_equal(pages_alloc(1, &pa), -ENOMEM);     /* although there are */
    assert_int_equal(pages_alloc(0, &pa), 0);
    assert_int_equal(pages_alloc(0, &pa), -ENOMEM);
    pages_free(pa, 0);
    pa = pages_take();
    pages_return(pa);
    pages_stat(&s);
    assert_int_equal(s.left, 1);
    pages_unpromise(all_free - 1);
    pages_stat(&s);
    assert_int_equal(s.left, all_free);
}

static void freeing_twice_is_noticed(void **state)
{
    uint64_t pa;

    assert_int_equal(pages_alloc(0, &pa), 0);
    pages_free(pa, 0);
    EXPECT_PANIC(pages_free(pa, 0));
}

static void random_use_never_overlaps(void **state)
{
    static struct { uint64_t pa; unsigned order; } held[200];
    static uint8_t owner[RAM / PAGE];
    unsigned n = 0;

    srand(1);
    memset(owner, 0, sizeof(owner));
    fake_cpus(4);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned order = rand() % 2 ? 0 : (unsigned)rand() % 6;

        host_self = cpus[rand() % 4]->idle;
        if (n < 200 && rand() % 2 && pages_alloc(order, &held[n].pa) == 0) {
            for (uint64_t i = 0; i < 1u << order; i++) {
                assert_int_equal(owner[held[n].pa / PAGE + i], 0);
                owner[held[n].pa / PAGE + i] = 1;
            }
            memset(arch_linear(held[n].pa), 0xdd, PAGE << order);
            held[n++].order = order;
        } else if (n > 0) {
            unsigned i = (unsigned)rand() % n;

            memset(&owner[held[i].pa / PAGE], 0, 1u << held[i].order);
            pages_free(held[i].pa, held[i].order);
            held[i] = held[--n];
        }
    }
    while (n > 0) {
        n--;
        pages_free(held[n].pa, held[n].order);
    }
}

/* Takes all there is of single pages, as CPU 0, and gives it back. */
static uint64_t count_of_all(void)
{
    static uint64_t at[RAM / PAGE];
    uint64_t n = 0, count;

    host_self = cpus[0]->idle;
    while (pages_alloc(0, &at[n]) == 0) n++;
    for (count = n; n > 0;) pages_free(at[--n], 0);
    return count;
}

static void what_other_cpus_keep_is_given_out_when_memory_is_short(void **state)
{
    fake_cpus(4);
    for (unsigned i = 1; i < 4; i++) {
        uint64_t pa[12];

        host_self = cpus[i]->idle;
        for (unsigned n = 0; n < 12; n++) assert_int_equal(pages_alloc(0, &pa[n]), 0);
        for (unsigned n = 0; n < 12; n++) pages_free(pa[n], 0);
    }
    assert_int_equal(count_of_all(), all_free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(blocks_are_aligned_and_inside_a_bank, nothing_leaked),
        cmocka_unit_test_teardown(every_page_is_given_once, nothing_leaked),
        cmocka_unit_test_teardown(no_memory_leaves_the_result_alone, nothing_leaked),
        cmocka_unit_test_teardown(a_block_comes_back_in_parts, nothing_leaked),
        cmocka_unit_test_teardown(random_use_never_overlaps, nothing_leaked),
        cmocka_unit_test_teardown(what_other_cpus_keep_is_given_out_when_memory_is_short,
                                  nothing_leaked),
        cmocka_unit_test_teardown(what_is_promised_is_kept, nothing_leaked),
        cmocka_unit_test(freeing_twice_is_noticed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
