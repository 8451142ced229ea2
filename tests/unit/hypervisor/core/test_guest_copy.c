/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/guest_mem.c hypervisor/core/stage2.c
// sources: tests/unit/hypervisor/fake/fake_page.c hypervisor/core/platform.c
// sources: hypervisor/core/platform_node.c hypervisor/core/platform_reader.c
// sources: hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/ranges.c libfdt arch/host/cpu.c arch/host/memory.c arch/host/tables.c
/* Copies to and from guest RAM. */
#include "tests/unit/hypervisor/core/guest_mem_try.h"

/* regression: 10 */
static void what_is_written_is_read_across_pieces(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    uint8_t *in = malloc(9 * MIB), *out = malloc(9 * MIB);

    for (uint32_t i = 0; i < 9 * MIB; i++) in[i] = (uint8_t)(i * 7 + i / 4096);
    assert_int_equal(guest_write(vm, IPA(RAM + 2 * MIB + 5), in, 9 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB + 5), out, 9 * MIB), 0);
    assert_memory_equal(in, out, 9 * MIB);
    for (uint64_t i = 0; i < 9 * MIB; i += 3001)
        assert_int_equal(*(uint8_t *)host_ram(PA(pa_of(vm, RAM + 2 * MIB + 5 + i))), in[i]);
    assert_int_equal(guest_load(vm, IPA(RAM + 4 * MIB - 3), "abcdef", 6), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 4 * MIB - 4), out, 8), 0);
    assert_memory_equal(out + 1, "abcdef", 6);
    free(in);
    free(out);
}

static void loading_cleans_exactly_what_it_wrote(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    uint64_t before = host_cleaned_bytes;
    uint8_t text[5000] = { 1 };

    assert_int_equal(guest_write(vm, IPA(RAM), text, sizeof(text)), 0);
    assert_int_equal(host_cleaned_bytes, before);
    assert_int_equal(guest_load(vm, IPA(RAM + 4 * MIB - 100), text, sizeof(text)), 0);
    assert_int_equal(host_cleaned_bytes, before + sizeof(text));
}

/* regression: 5 */
static void outside_means_refused_and_nothing_copied(void **state)
{
    struct vm *vm = vm_with(1, 14 * MIB);
    static const struct { uint64_t at, len;
    } bad[] = {
        { RAM - 1, 2 },
        { RAM - 1, 1 },
        { RAM + 14 * MIB - 1, 2 },
        { RAM + 14 * MIB, 1 },
        { 0, 1 },
        { UINT64_MAX, 1 },
        { RAM, UINT64_MAX },
        { UINT64_MAX - 3, 8 },
        { RAM, 14 * MIB + 1 },
        { RAM + 4 * MIB - 1, UINT64_MAX - RAM },
        { 0x88000000, 8 },
        { RAM + 5, UINT64_MAX - RAM - 4 },
    };
    uint64_t zeroed = host_zeroed_bytes;
    uint8_t buffer[4] = { 1, 2, 3, 4 };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(guest_read(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
        assert_int_equal(guest_write(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
        assert_int_equal(guest_load(vm, IPA(bad[i].at), buffer, bad[i].len), -EFAULT);
    }
    assert_memory_equal(buffer, "\1\2\3\4", 4);
    assert_int_equal(host_zeroed_bytes, zeroed);
    assert_int_equal(guest_read(vm, IPA(RAM + 14 * MIB - 4), buffer, 4), 0);
    assert_memory_equal(buffer, "\0\0\0\0", 4);
    assert_int_equal(guest_read(vm, IPA(0), buffer, 0), 0);
}

static void regions_with_a_gap_are_not_one(void **state)
{
    struct vm *vm = vm_with(1, 2 * MIB);
    uint8_t buffer[8];

    assert_int_equal(add(vm, RAM + 4 * MIB, 2 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 4), buffer, 8), -EFAULT);
    assert_int_equal(add(vm, RAM + 2 * MIB, 2 * MIB), 0);
    assert_int_equal(guest_read(vm, IPA(RAM + 2 * MIB - 4), buffer, 8), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read_across_pieces),
        TEST(loading_cleans_exactly_what_it_wrote),
        TEST(outside_means_refused_and_nothing_copied),
        TEST(regions_with_a_gap_are_not_one),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
