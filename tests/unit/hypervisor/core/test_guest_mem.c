/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/guest_mem.c hypervisor/core/stage2.c
// sources: tests/unit/hypervisor/fake/fake_page.c hypervisor/core/platform.c
// sources: hypervisor/core/platform_node.c hypervisor/core/platform_reader.c
// sources: hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/ranges.c libfdt arch/host/cpu.c arch/host/memory.c arch/host/tables.c
/* Where guest RAM comes from, and that it is clean when a guest sees it. */
#include "tests/unit/hypervisor/core/guest_mem_try.h"

static void memory_is_taken_from_all_pieces_of_the_pool(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);

    assert_int_equal(vm->mem.run_count, 3);
    assert_int_equal(vm->mem.run[0].ipa, RAM);
    assert_int_equal(vm->mem.run[0].pa, 0x88000000);
    assert_int_equal(vm->mem.run[0].bytes, 4 * MIB);
    assert_int_equal(vm->mem.run[1].ipa, RAM + 4 * MIB);
    assert_int_equal(vm->mem.run[1].pa, 0x88600000);
    assert_int_equal(vm->mem.run[1].bytes, 6 * MIB);
    assert_int_equal(vm->mem.run[2].ipa, RAM + 10 * MIB);
    assert_int_equal(vm->mem.run[2].pa, 0x90000000);
    assert_int_equal(vm->mem.run[2].bytes, 4 * MIB);
    assert_int_equal(vm->mem.bytes, 14 * MIB);
    assert_int_equal(guest_pool_bytes() - guest_pool_free(), 14 * MIB);
}

static void no_byte_of_memory_belongs_to_two(void **state)
{
    struct vm *vm[4];

    for (uint32_t i = 0; i < 4; i++) vm[i] = vm_with(i + 1, 3 * MIB + 4 * KIB * i);
    assert_int_equal(guest_pool_bytes() - guest_pool_free(), 4 * 4 * MIB); /* by whole chunks */
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t k = 0; k < i; k++) {
            for (uint64_t at = RAM; at < RAM + 3 * MIB; at += 2 * MIB)
                assert_true(pa_of(vm[i], at) / BLOCK_SIZE != pa_of(vm[k], RAM) / BLOCK_SIZE &&
                            pa_of(vm[i], at) / BLOCK_SIZE !=
                                pa_of(vm[k], RAM + 2 * MIB) / BLOCK_SIZE);
        }
    }
}

static void too_much_is_refused_and_changes_nothing(void **state)
{
    static const uint64_t too_much[] = { 267 * MIB, GIB, UINT64_C(1) << 52, UINT64_MAX - 4095,
                                         UINT64_MAX - 2 * MIB + 1 };
    struct vm *vm = vm_with(1, 4 * KIB);

    for (size_t i = 0; i < ARRAY_LEN(too_much); i++) {
        assert_int_equal(add(vm, 2 * RAM, too_much[i]), -ENOMEM);
        assert_int_equal(vm->mem.run_count, 1);
        assert_int_equal(vm->mem.bytes, 4 * KIB);
        assert_int_equal(guest_pool_bytes() - guest_pool_free(), 2 * MIB);
    }
    assert_int_equal(add(vm, 2 * RAM, guest_pool_free()), 0);
    assert_int_equal(guest_pool_free(), 0);
}

/* Every second chunk is taken: a VM that needs more than sixteen pieces is refused. */
static void too_many_pieces_are_refused_and_given_back(void **state)
{
    struct vm *odd = vm_new(1), *even = vm_new(2), *big;

    assert_int_equal(add(vm_new(4), RAM, 10 * MIB), 0);       /* the small pieces of the pool */
    for (uint32_t i = 0; i < MEM_RUN_MAX; i++) {
        assert_int_equal(add(odd, RAM + i * 2 * MIB, 2 * MIB), 0);
        assert_int_equal(add(even, RAM + i * 2 * MIB, 2 * MIB), 0);
    }
    assert_int_equal(add(odd, 2 * RAM, 2 * MIB), -E2BIG);
    free_all(odd);
    big = vm_new(3);
    assert_int_equal(add(big, 2 * RAM, 2 * MIB), 0);
    assert_int_equal(add(big, RAM, 34 * MIB), -E2BIG);
    assert_int_equal(big->mem.run_count, MEM_RUN_MAX);
    free_all(big);
    assert_int_equal(big->mem.run_count, 0);
    assert_int_equal(add(big, 2 * RAM, 2 * MIB), 0);
    assert_int_equal(add(big, RAM, 30 * MIB), 0);
    assert_int_equal(big->mem.run_count, MEM_RUN_MAX);
}

static void a_secret_is_gone_before_the_next_vm_sees_the_chunk(void **state)
{
    for (int way = 0; way < 3; way++) {
        struct vm *vm = vm_with(1, 4 * MIB);
        uint64_t pa = pa_of(vm, RAM);
        uint8_t byte = 1, *page = malloc(4 * MIB);

        memset(page, 0x5e, 4 * MIB);
        assert_int_equal(guest_write(vm, IPA(RAM), page, 4 * MIB), 0);
        touch(vm, RAM);
        assert_int_equal(*(uint8_t *)host_ram(PA(pa + MIB)), 0x5e);
        while (!s2_destroy_some(&vm->s2)) continue;
        free_all(vm);
        free(vm);
        vms[1] = NULL;

        vm = vm_with(2, 4 * MIB);
        assert_int_equal(pa_of(vm, RAM), pa);
        if (way == 0) touch(vm, RAM + MIB);
        if (way == 1) assert_int_equal(guest_write(vm, IPA(RAM), &byte, 1), 0);
        if (way == 2) assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 1), &byte, 1), 0);
        memcpy(page, host_ram(PA(pa)), 2 * MIB);
        for (uint64_t i = 1; i < 2 * MIB; i++) assert_int_equal(page[i], 0);
        assert_int_equal(page[0], way == 1);
        assert_int_equal(*(uint8_t *)host_ram(PA(pa + 2 * MIB)),
                         0x5e); /* not touched: not cleaned, not visible */
        assert_false(is_mapped(vm, RAM + 2 * MIB));
        free(page);
        all_back(NULL);
    }
}

static void one_fault_cleans_64_pages_at_most(void **state)
{
    struct vm *vm = vm_with(1, 4 * MIB);
    uint64_t before = host_zeroed_bytes;

    assert_int_equal(touch(vm, RAM + 123), 8);
    assert_int_equal(host_zeroed_bytes - before, 2 * MIB);
    assert_int_equal(vm->mem.touched_bytes, 2 * MIB);
    assert_int_equal(leaf_of(vm, RAM + 123, pa_of(vm, RAM + 123)), 2 * MIB);
    assert_int_equal(touch(vm, RAM + 2 * MIB - 1), 0);
    assert_int_equal(touch(vm, RAM + 2 * MIB), 8);
    assert_int_equal(vm->mem.touched_bytes, 4 * MIB);
}

static void two_cores_may_fault_on_the_same_chunk(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);
    uint64_t before = host_zeroed_bytes;

    for (uint32_t i = 0; i < 9; i++) {
        host_cpu_set(i % 2);
        assert_int_equal(guest_mem_fault(vm, IPA(RAM + i * PIECE / 2)), 0);
    }
    host_cpu_set(0);
    assert_int_equal(host_zeroed_bytes - before, 2 * MIB);
    assert_true(is_mapped(vm, RAM));
}

static void a_vm_gets_its_ram_and_not_a_byte_more(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB + 12 * KIB);

    touch(vm, RAM + 2 * MIB);
    assert_true(is_mapped(vm, RAM + 2 * MIB + 8 * KIB));
    assert_false(is_mapped(vm, RAM + 2 * MIB + 12 * KIB));
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 2 * MIB + 12 * KIB)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM - 1)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(0x9000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(0x88000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(vm, IPA(UINT64_MAX)), -EFAULT);
}

/* Whatever a guest touches becomes writable RAM or stays absent: there is no page whose writes
 * could fault again and again. */
/* regression: 14 */
static void no_page_of_a_guest_is_read_only(void **state)
{
    struct vm *vm = vm_with(1, 6 * MIB);

    for (uint64_t at = RAM; at < RAM + 6 * MIB; at += 64 * KIB) {
        enum s2_attr attr;
        uint64_t leaf;
        pa_t to;

        touch(vm, at);
        assert_int_equal(s2_lookup(&vm->s2, IPA(at), &to, &attr, &leaf), 0);
        assert_int_equal(attr, S2_RAM);
    }
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 6 * MIB)), -EFAULT);
}

static void ram_at_an_odd_place_is_mapped_by_pages(void **state)
{
    struct vm *vm = vm_new(1);

    assert_int_equal(add(vm, RAM + 12 * KIB, 6 * MIB), 0);
    touch(vm, RAM + 2 * MIB);
    assert_int_equal(leaf_of(vm, RAM + 2 * MIB, pa_of(vm, RAM + 2 * MIB)), PAGE_SIZE);
    assert_true(is_mapped(vm, RAM + 2 * MIB +
                                  8 * KIB)); /* the end of a chunk of the pool, which is clean */
    assert_false(is_mapped(vm, RAM + 2 * MIB + 12 * KIB));      /* the next chunk is not */
    touch(vm, RAM + 12 * KIB);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM + 11 * KIB)), -EFAULT);
    for (uint64_t at = RAM + 12 * KIB; at < RAM + 12 * KIB + 6 * MIB; at += 4 * KIB) {
        touch(vm, at);
        leaf_of(vm, at, pa_of(vm, at));
    }
}

/* regression: 54 */
static void no_memory_for_tables_is_reported(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);

    for (uint32_t i = 0; i < 7; i++) assert_int_equal(guest_mem_fault(vm, IPA(RAM)), 0);
    fake_page_fail(1);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM)), -ENOMEM);
    fake_page_fail(0);
    assert_int_equal(guest_mem_fault(vm, IPA(RAM)), 0);
    assert_true(is_mapped(vm, RAM));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(memory_is_taken_from_all_pieces_of_the_pool),
        TEST(no_byte_of_memory_belongs_to_two),
        TEST(too_much_is_refused_and_changes_nothing),
        TEST(too_many_pieces_are_refused_and_given_back),
        TEST(a_secret_is_gone_before_the_next_vm_sees_the_chunk),
        TEST(one_fault_cleans_64_pages_at_most),
        TEST(two_cores_may_fault_on_the_same_chunk),
        TEST(a_vm_gets_its_ram_and_not_a_byte_more),
        TEST(no_page_of_a_guest_is_read_only),
        TEST(ram_at_an_odd_place_is_mapped_by_pages),
        TEST(no_memory_for_tables_is_reported),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
