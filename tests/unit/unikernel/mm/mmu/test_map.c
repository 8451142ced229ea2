/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/mm/mmu/map.c unikernel/kernel/lock.c lib/ranges.c
// sources: tests/unit/unikernel/fake/kernel.c
/* What the kernel maps for itself, with memory that may end at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/region.h"
#include "unikernel/mm/image.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/mmu/table.h"
#include "lib/err.h"

#define FRAMES 2048U
#define STACKS 256U
#define IMAGE  (UINT64_C(1) << 40)
#define TEXT(x)  TEXT_(x)
#define TEXT_(x) #x

pte_t boot_tables[PTES] __attribute__((aligned(4096)));
unsigned pte_largest = 1;

/* The kernel's bss is all tables of the boot, at physical addresses that are no RAM here. */
char __kbss[EARLY_PAGES * PAGE_SIZE] __attribute__((aligned(4096)));
__asm__(".globl __early_pages, __kbss_end\n.set __early_pages, __kbss\n"
        ".set __kbss_end, __kbss + " TEXT(EARLY_PAGES) " * " TEXT(PAGE_SIZE));
const struct image_segment image_segments[] = { { .va = (uint64_t)__kbss }, { 0 } };

static uint64_t frames[FRAMES];
static unsigned left, budget;

int pages_alloc(unsigned order, uint64_t *pa)
{
    if (left == 0 || budget == 0) return -ENOMEM;
    budget--;
    *pa = frames[--left];
    return 0;
}

void pages_free(uint64_t pa, unsigned order) { frames[left++] = pa; }
void arch_tlb_flush(uint64_t from, uint64_t end) { }

static int start(void **state)
{
    fake_memory(FRAMES * PAGE_SIZE);
    for (left = 0; left < FRAMES; left++) frames[left] = left * PAGE_SIZE;
    budget = UINT32_MAX;
    map_start(IMAGE);
    for (uint64_t i = 0; i < EARLY_PAGES; i++) {        /* the boot's tables are used up */
        assert_int_equal(map_range(LINEAR_BASE + (100 + i) * 512 * GIB, 0, PAGE_SIZE, ATTR_W), 0);
    }
    assert_int_equal(FRAMES - left, 2 * EARLY_PAGES);
    return 0;
}

static int end(void **state)
{
    fake_memory_free();
    return 0;
}

static bool is_there(uint64_t va)
{
    unsigned level;

    return pte_is_valid(*map_find(va, &level)) && level == 3;
}

static void a_stack_has_its_pages_and_nothing_below(void **state)
{
    uint64_t a = (uint64_t)kstack_alloc(3), b = (uint64_t)kstack_alloc(2);
    unsigned before;

    for (unsigned i = 1; i <= 3; i++) assert_true(is_there(a - i * PAGE_SIZE));
    assert_false(is_there(a - 4 * PAGE_SIZE));
    assert_false(is_there(a));
    assert_true(is_there(b - 2 * PAGE_SIZE));
    assert_false(is_there(b - 3 * PAGE_SIZE));
    before = left;
    kstack_free((void *)a);
    assert_int_equal(left, before + 3);
    assert_false(is_there(a - PAGE_SIZE));
    assert_int_equal(kstack_alloc(1), a);               /* the place serves again */
    kstack_free((void *)a);
    kstack_free((void *)b);
    assert_null(kstack_alloc(16));                      /* no room for the page that is not there */
}

/* regression: uk 16 */
static void without_memory_there_is_no_stack_and_nothing_is_lost(void **state)
{
    unsigned before = left;

    for (unsigned n = 0; n < 4; n++) {
        budget = n;
        assert_null(kstack_alloc(4));
        budget = UINT32_MAX;
        assert_int_equal(left, before);                 /* tables were made by the test before */
    }
}

static void there_is_a_limit_of_stacks(void **state)
{
    static void *top[STACKS];
    unsigned before = left;

    for (unsigned i = 0; i < STACKS; i++) {
        top[i] = kstack_alloc(1);
        assert_non_null(top[i]);
        for (unsigned j = 0; i % 64 == 0 && j < i; j++) assert_ptr_not_equal(top[i], top[j]);
    }
    assert_null(kstack_alloc(1));
    for (unsigned i = 0; i < STACKS; i++) kstack_free(top[i]);
    assert_in_range(before - left, 0, STACKS / 32);     /* tables stay */
}

static void registers_are_seen_at_their_offset(void **state)
{
    const struct region two_pages = { 0x9000ff8, 16 }, none = { 0x9000000, 0 };
    uint64_t va = (uint64_t)io_map(&two_pages);
    unsigned level;

    assert_int_equal(va % PAGE_SIZE, 0xff8);
    assert_int_equal(pte_pa(*map_find(va, &level)), 0x9000000);
    assert_int_equal(pte_pa(*map_find(va + 8, &level)), 0x9001000);
    assert_true(*map_find(va, &level) & PTE_DEVICE);
    assert_null(io_map(&none));
}

static void registers_without_room_or_memory_are_not_mapped(void **state)
{
    const struct region all = { 0, IO_END - IO_BASE },
                        block = { 0x10000000, BLOCK_SIZE + PAGE_SIZE };

    assert_null(io_map(&all));
    budget = 0;
    assert_null(io_map(&block));
    budget = UINT32_MAX;
    assert_non_null(io_map(&block));
}

static void blocks_are_as_large_as_they_fit(void **state)
{
    uint64_t pa = GIB - BLOCK_SIZE - PAGE_SIZE;
    uint64_t len = PAGE_SIZE + BLOCK_SIZE + 2 * GIB + BLOCK_SIZE + PAGE_SIZE;
    const struct { uint64_t at; unsigned level;
    } parts[] = {
        { 0, 3 },
        { PAGE_SIZE, 2 },
        { PAGE_SIZE + BLOCK_SIZE, 1 },
        { PAGE_SIZE + BLOCK_SIZE + GIB, 1 },
        { PAGE_SIZE + BLOCK_SIZE + 2 * GIB, 2 },
        { len - PAGE_SIZE, 3 },
    };
    unsigned level;

    assert_int_equal(map_range(LINEAR_BASE + pa, pa, len, ATTR_W), 0);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const pte_t *e = map_find(LINEAR_BASE + pa + parts[i].at, &level);

        assert_int_equal(level, parts[i].level);
        assert_int_equal(pte_pa(*e), pa + parts[i].at);
        assert_int_equal(pte_rights(*e), ATTR_W);
    }
    assert_int_equal(*map_find(LINEAR_BASE + pa - 1, &level), 0);
    assert_int_equal(*map_find(LINEAR_BASE + pa + len, &level), 0);
    budget = 0;
    assert_int_equal(map_range(LINEAR_BASE + 600 * GIB, 0, PAGE_SIZE, ATTR_W), -ENOMEM);
    budget = UINT32_MAX;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_has_its_pages_and_nothing_below),
        cmocka_unit_test(without_memory_there_is_no_stack_and_nothing_is_lost),
        cmocka_unit_test(there_is_a_limit_of_stacks),
        cmocka_unit_test(registers_are_seen_at_their_offset),
        cmocka_unit_test(registers_without_room_or_memory_are_not_mapped),
        cmocka_unit_test(blocks_are_as_large_as_they_fit),
    };

    return cmocka_run_group_tests(tests, start, end);
}
