/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/guest_mem.c hypervisor/core/stage2.c
// sources: tests/unit/hypervisor/fake/fake_page.c hypervisor/core/platform.c
// sources: hypervisor/core/platform_node.c hypervisor/core/platform_reader.c
// sources: hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/ranges.c libfdt arch/host/cpu.c arch/host/memory.c arch/host/tables.c
/* What of memory and devices the management VM sees: its own, and guests' while they are open. */
#include "tests/unit/hypervisor/core/guest_mem_try.h"

static void the_mvm_has_its_ram_without_cleaning(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);
    uint64_t before = host_zeroed_bytes;

    assert_int_equal(touch(mvm, 0x40400000), 1);
    assert_int_equal(leaf_of(mvm, 0x40400000, 0x40400000), 2 * MIB);
    assert_int_equal(host_zeroed_bytes, before);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x40000000)), -EFAULT);       /* EL2 */
    assert_int_equal(guest_mem_fault(mvm, IPA(0x403fffff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x80000000)), -EFAULT);       /* nobody's */
    assert_int_equal(guest_mem_fault(mvm, IPA(0x90000000)), -EFAULT);       /* a free chunk */
}

/* regression: 52 */
static void the_mvm_sees_devices_but_not_those_of_el2(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);

    assert_int_equal(guest_mem_fault(mvm, IPA(0x8000000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x800ffff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x80a0000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x9000fff)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x9050000)), -EFAULT);
    assert_int_equal(guest_mem_fault(mvm, IPA(0x906fffc)), -EFAULT);
    assert_int_equal(touch(mvm, 0x9010004), 1);
    assert_int_equal(leaf_of(mvm, 0x9010000, 0x9010000), PAGE_SIZE);
    assert_int_equal(touch(mvm, 0xa000000), 1);
    assert_int_equal(leaf_of(mvm, 0xa000000, 0xa000000), 2 * MIB);
    assert_int_equal(guest_mem_fault(mvm, IPA(UINT64_C(1) << 40)), -ERANGE);
    for (uint64_t at = 0x8000000; at < 0x8010000; at += PAGE_SIZE) assert_false(is_mapped(mvm, at));
    assert_false(is_mapped(mvm, 0x9000000));
}

static void ram_among_devices_does_not_come_with_them(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID);

    assert_int_equal(touch(mvm, 0x20000000), 1);
    assert_int_equal(leaf_of(mvm, 0x20000000, 0x20000000), PAGE_SIZE);
    assert_false(is_mapped(mvm, 0x20080000));
    assert_int_equal(guest_mem_fault(mvm, IPA(0x20080000)), -EFAULT);
}

/* regression: 52 */
static void guest_memory_is_the_mvms_while_open_only(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 4 * MIB);
    uint64_t pa = pa_of(vm, RAM);

    assert_int_equal(guest_mem_fault(mvm, IPA(pa)), -EFAULT);
    guest_mem_open(vm);
    *(uint8_t *)host_ram(PA(pa + 77)) = 0x5e;
    assert_int_equal(touch(mvm, pa), 8);
    assert_int_equal(*(uint8_t *)host_ram(PA(pa + 77)), 0); /* the MVM sees no stale bytes either */
    assert_int_equal(leaf_of(mvm, pa, pa), 2 * MIB);
    assert_int_equal(guest_mem_close_some(vm, mvm), -EAGAIN);
    assert_int_equal(guest_mem_close_some(vm, mvm), 0);
    assert_false(is_mapped(mvm, pa));
}

static void closing_is_done_in_pieces_and_leaves_nothing_mapped(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 250 * MIB);
    uint32_t calls = 0;
    int err;

    guest_mem_open(vm);
    for (uint64_t at = RAM; at < RAM + 250 * MIB; at += 16 * MIB) touch(mvm, pa_of(vm, at));
    do {
        uint32_t flushes = host_flushes;

        err = guest_mem_close_some(vm, mvm);
        assert_true(host_flushes - flushes <= 1);
        calls++;
        for (uint64_t at = RAM; err == -EAGAIN && at < RAM + 250 * MIB; at += 2 * MIB) {
            uint64_t pa = pa_of(vm, at);

            if (!is_mapped(mvm, pa))
                assert_int_equal(guest_mem_fault(mvm, IPA(pa)), -EFAULT); /* no way back */
        }
    } while (err == -EAGAIN);
    assert_int_equal(err, 0);
    assert_in_range(calls, 4, 8);
    for (uint64_t at = RAM; at < RAM + 250 * MIB; at += 2 * MIB)
        assert_false(is_mapped(mvm, pa_of(vm, at)));
}

static void opening_again_while_closing_starts_over(void **state)
{
    struct vm *mvm = vm_new(SHYPER_MVM_ID), *vm = vm_with(1, 14 * MIB);

    guest_mem_open(vm);
    touch(mvm, pa_of(vm, RAM));
    assert_int_equal(guest_mem_close_some(vm, mvm), -EAGAIN);
    guest_mem_open(vm);
    touch(mvm, pa_of(vm, RAM));
    touch(mvm, pa_of(vm, RAM + 12 * MIB));
    assert_int_equal(vm->mem.opens, 2);
    while (guest_mem_close_some(vm, mvm) == -EAGAIN) continue;
    for (uint64_t at = RAM; at < RAM + 14 * MIB; at += 2 * MIB)
        assert_false(is_mapped(mvm, pa_of(vm, at)));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(the_mvm_has_its_ram_without_cleaning),
        TEST(the_mvm_sees_devices_but_not_those_of_el2),
        TEST(ram_among_devices_does_not_come_with_them),
        TEST(guest_memory_is_the_mvms_while_open_only),
        TEST(closing_is_done_in_pieces_and_leaves_nothing_mapped),
        TEST(opening_again_while_closing_starts_over),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
