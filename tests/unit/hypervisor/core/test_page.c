/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/page.c arch/host/machine.c lib/fmt.c
/* The page pool, over memory of the test. Each test starts with a fresh pool of 256 pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "abi/vm.h"
#include "hypervisor/core/page.h"

#define POOL_PAGES 256u
#define POOL_PA    UINT64_C(0x48000000)

static uint8_t *memory;

void arch_zero_block(void *at, uint64_t len) { memset(at, 0, len); }

static int fresh_pool(void **state)
{
    memory = aligned_alloc(POOL_PAGES * PAGE_SIZE, POOL_PAGES * PAGE_SIZE);
    memset(memory, 0xa5, POOL_PAGES * PAGE_SIZE);
    page_pool_init(memory, POOL_PA, POOL_PAGES * PAGE_SIZE);
    return 0;
}

static int pool_gone(void **state)
{
    free(memory);
    return 0;
}

static uint64_t free_pages(void) { return page_bytes_free() / PAGE_SIZE; }

static bool is_zero(const uint8_t *p, uint32_t pages)
{
    for (uint64_t i = 0; i < (uint64_t)pages * PAGE_SIZE; i++) {
        if (p[i] != 0) return false;
    }
    return true;
}

static void pages_are_zeroed_and_inside_the_pool(void **state)
{
    for (uint32_t n = 1; n <= 17; n++) {
        uint8_t *p = page_alloc(PAGE_VM, 1, n);

        assert_non_null(p);
        assert_true(p >= memory && p + n * PAGE_SIZE <= memory + POOL_PAGES * PAGE_SIZE);
        assert_true(is_zero(p, n));
        memset(p, 0xff, n * PAGE_SIZE);
        page_free(p, n);
    }
    assert_true(is_zero(page_alloc(PAGE_VM, 1, 200), 200));     /* what others wrote before is gone */
}

static void powers_of_two_are_aligned_to_their_size(void **state)
{
    for (uint32_t n = 1; n <= 32; n *= 2) {
        void *odd = page_alloc(PAGE_VM, 1, 1), *p = page_alloc(PAGE_DEVICE, 1, n);

        assert_non_null(p);
        assert_true(is_aligned(page_pa(p).v, n * PAGE_SIZE));
        page_free(odd, 1);
    }
}

static void physical_and_virtual_addresses_correspond(void **state)
{
    uint8_t *p = page_alloc(PAGE_VM, 1, 1);

    assert_int_equal(page_pa(p).v, POOL_PA + (uint64_t)(p - memory));
    assert_int_equal(page_pa(p + 123).v, POOL_PA + (uint64_t)(p - memory) + 123);
    assert_ptr_equal(page_va(page_pa(p)), p);
}

static void pages_are_charged_to_their_vm(void **state)
{
    void *a = page_alloc(PAGE_VM, 1, 3), *b = page_alloc(PAGE_VCPU, 2, 5), *c = page_alloc(PAGE_RING, 1, 1);
    uint64_t own = page_bytes_total() - page_bytes_free();

    assert_int_equal(own, (9 + 1) * PAGE_SIZE);
    assert_int_equal(page_bytes_of_vm(1), 4 * PAGE_SIZE);
    assert_int_equal(page_bytes_of_vm(2), 5 * PAGE_SIZE);
    page_free(a, 3);
    assert_int_equal(page_bytes_of_vm(1), 1 * PAGE_SIZE);
    page_free(c, 1);
    page_free(b, 5);
    assert_int_equal(page_bytes_of_vm(1) + page_bytes_of_vm(2), 0);
}

static void the_owner_table_itself_is_never_handed_out(void **state)
{
    uint64_t own = page_bytes_total() - page_bytes_free();
    uint8_t *p;

    assert_int_equal(own, PAGE_SIZE);
    while ((p = page_alloc(PAGE_VM, 1, 1)) != NULL) {
        assert_true(p >= memory + own);
        memset(p, 0xff, PAGE_SIZE);
    }
    assert_int_equal(page_bytes_of_vm(1), POOL_PAGES * PAGE_SIZE - own);
}

static void an_exhausted_pool_says_so_and_recovers(void **state)
{
    void *p[POOL_PAGES];
    uint32_t n = 0;

    while ((p[n] = page_alloc(PAGE_VM, 1, 1)) != NULL) n++;
    assert_int_equal(n, POOL_PAGES - 1);
    assert_int_equal(page_bytes_free(), 0);
    assert_null(page_alloc(PAGE_VM, 1, 1));
    page_free(p[77], 1);
    assert_null(page_alloc(PAGE_VM, 1, 2));
    assert_ptr_equal(page_alloc(PAGE_VM, 1, 1), p[77]);         /* found although the search went past it */
    assert_null(page_alloc(PAGE_VM, 1, 1));
}

static void nothing_and_more_than_there_is_are_refused(void **state)
{
    uint64_t before = page_bytes_free();

    assert_null(page_alloc(PAGE_VM, 1, 0));
    assert_null(page_alloc(PAGE_VM, 1, POOL_PAGES));
    assert_null(page_alloc(PAGE_VM, 1, UINT32_MAX));
    assert_null(page_alloc(PAGE_VM, 1, 0x80000000u));
    assert_int_equal(page_bytes_free(), before);
}

static void search_goes_on_behind_the_last_and_comes_round(void **state)
{
    uint8_t *a = page_alloc(PAGE_VM, 1, 1), *b = page_alloc(PAGE_VM, 1, 1), *rest, *again;

    assert_ptr_equal(b, a + PAGE_SIZE);
    page_free(a, 1);
    assert_ptr_equal(page_alloc(PAGE_VM, 1, 1), b + PAGE_SIZE);
    rest = page_alloc(PAGE_VM, 1, POOL_PAGES - 4);
    assert_non_null(rest);
    again = page_alloc(PAGE_VM, 1, 1);
    assert_ptr_equal(again, a);
}

/* regression: 54 */
static void tables_come_out_of_what_was_set_aside_and_nothing_else_does(void **state)
{
    void *table[4], *rest;

    assert_null(page_alloc(PAGE_TABLE, 1, 1));                  /* nothing was */
    assert_int_equal(page_reserve(1, 4), 0);
    assert_int_equal(page_reserve(2, 10), 0);
    assert_int_equal(page_reserve(3, POOL_PAGES - 14), -ENOMEM);
    assert_null(page_alloc(PAGE_VM, 3, POOL_PAGES - 14));
    rest = page_alloc(PAGE_VM, 3, POOL_PAGES - 15);             /* one is the owner table's */
    assert_non_null(rest);
    assert_null(page_alloc(PAGE_VM, 1, 1));
    for (uint32_t i = 0; i < ARRAY_LEN(table); i++) assert_non_null(table[i] = page_alloc(PAGE_TABLE, 1, 1));
    assert_null(page_alloc(PAGE_TABLE, 1, 1));                  /* though ten are free */
    assert_int_equal(free_pages(), 0);
    page_free(table[2], 1);
    assert_non_null(table[2] = page_alloc(PAGE_TABLE, 1, 1));
    for (uint32_t i = 0; i < 10; i++) assert_non_null(page_alloc(PAGE_TABLE, 2, 1));
    for (uint32_t i = 0; i < ARRAY_LEN(table); i++) page_free(table[i], 1);
    assert_null(page_alloc(PAGE_VM, 3, 1));
    page_unreserve(1);
    assert_non_null(page_alloc(PAGE_VM, 3, 1));
    assert_int_equal(page_bytes_of_vm(1), 0);
}

/* Every run handed out is whole and apart from the others, whatever happened before. */
static void random_use_never_overlaps_and_loses_nothing(void **state)
{
    struct { uint8_t *p; uint32_t n; uint8_t mark; } held[SHYPER_VM_MAX] = { { 0 } };
    uint64_t start = free_pages(), used = 0;
    uint32_t seed = 7;

    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t i;

        seed = seed * 1664525u + 1013904223u;
        i = (seed >> 8) % ARRAY_LEN(held);
        if (held[i].p == NULL) {
            held[i].n = 1 + (seed >> 16) % 9;
            held[i].mark = (uint8_t)(1 + round % 255);
            held[i].p = page_alloc(PAGE_DEVICE, i, held[i].n);
            if (held[i].p == NULL) continue;
            used += held[i].n;
            for (uint32_t k = 0; k < held[i].n; k++) held[i].p[k * PAGE_SIZE] = held[i].mark;
            assert_int_equal(page_bytes_of_vm(i), held[i].n * PAGE_SIZE);
        } else {
            for (uint32_t k = 0; k < held[i].n; k++) assert_int_equal(held[i].p[k * PAGE_SIZE], held[i].mark);
            page_free(held[i].p, held[i].n);
            held[i].p = NULL;
            used -= held[i].n;
        }
        assert_int_equal(free_pages(), start - used);
    }
}

static void free_twice(void *p)     { page_free(p, 1); page_free(p, 1); }
static void free_too_much(void *p)  { page_free(p, 3); }
static void free_inside(void *p)    { page_free((uint8_t *)p + PAGE_SIZE, 1); }
static void free_between(void *p)   { page_free((uint8_t *)p + 8, 1); }
static void free_foreign(void *p)   { page_free(memory + POOL_PAGES * PAGE_SIZE, 1); }
static void free_before(void *p)    { page_free(memory - PAGE_SIZE, 1); }

static void wrong_frees_are_caught(void **state)
{
    assert_int_equal(host_run(free_twice, page_alloc(PAGE_VM, 1, 1)), HOST_PANIC);
    assert_non_null(strstr(host_last_words(), "page.c"));
    assert_int_equal(host_run(free_too_much, page_alloc(PAGE_VM, 1, 2)), HOST_PANIC);
    assert_int_equal(host_run(free_inside, page_alloc(PAGE_VM, 1, 2)), HOST_PANIC);
    assert_int_equal(host_run(free_between, page_alloc(PAGE_VM, 1, 1)), HOST_PANIC);
    assert_int_equal(host_run(free_foreign, NULL), HOST_PANIC);
    assert_int_equal(host_run(free_before, NULL), HOST_PANIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_are_zeroed_and_inside_the_pool, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(tables_come_out_of_what_was_set_aside_and_nothing_else_does, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(powers_of_two_are_aligned_to_their_size, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(physical_and_virtual_addresses_correspond, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(pages_are_charged_to_their_vm, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(the_owner_table_itself_is_never_handed_out, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(an_exhausted_pool_says_so_and_recovers, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(nothing_and_more_than_there_is_are_refused, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(search_goes_on_behind_the_last_and_comes_round, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(random_use_never_overlaps_and_loses_nothing, fresh_pool, pool_gone),
        cmocka_unit_test_setup_teardown(wrong_frees_are_caught, fresh_pool, pool_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
