/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/arch/x86_64/start_info.c unikernel/arch/x86_64/acpi.c
// sources: unikernel/arch/x86_64/mptable.c unikernel/arch/x86_64/fs/modules.c unikernel/fs/boot.c lib/ranges.c
// sources: lib/fdt_cursor.c
/* What boot loader and firmware of a PC leave in memory: understood, or passed over when it is
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unikernel/arch/x86_64/boot.h"
#include "lib/err.h"

#define ENTRIES  0x100U             /* of the memory map */
#define TEXT     0x400U
#define RSDP     0x1000U
#define ROOT     0x1100U
#define MADT     0x1200U
#define BASE_TOP 0x9fc00U

static uint8_t memory[0x100000];
static struct machine m;
static const char *why;
static uint64_t rsdp;

const void *boot_window(uint64_t pa, uint64_t len)
{
    return pa < sizeof(memory) && len != 0 && len <= sizeof(memory) - pa ? memory + pa : NULL;
}

static void put(uint64_t at, uint64_t value, unsigned bytes) { memcpy(memory + at, &value, bytes); }

static void entry(unsigned n, uint64_t pa, uint64_t len, uint32_t type)
{
    put(ENTRIES + n * 24, pa, 8);
    put(ENTRIES + n * 24 + 8, len, 8);
    put(ENTRIES + n * 24 + 16, type, 4);
}

static void sum_to_zero(uint64_t at, size_t len, unsigned where)
{
    memory[at + where] = 0;
    for (size_t i = 0; i < len; i++) {
        if (i != where) memory[at + where] = (uint8_t)(memory[at + where] - memory[at + i]);
    }
}

static void header(uint64_t at, const char *name, uint32_t len)
{
    memcpy(memory + at, name, 4);
    put(at + 4, len, 4);
    sum_to_zero(at, len, 9);
}

static void count_entries(uint32_t n) { put(48, n, 4); }

static int setup(void **state)
{
    memset(memory, 0, sizeof(memory));
    memset(&m, 0, sizeof(m));
    put(0, 0x336ec578, 4);
    put(4, 1, 4);
    put(24, TEXT, 8);
    put(32, RSDP, 8);
    put(40, ENTRIES, 8);
    strcpy((char *)memory + TEXT, "one two");
    entry(0, 0, 0x9fc00, 1);
    entry(1, 0x100000, 0x7f00000, 1);
    entry(2, 0xfffc0000, 0x40000, 2);
    count_entries(3);

    memcpy(memory + RSDP, "RSD PTR ", 8);
    put(RSDP + 16, ROOT, 4);
    sum_to_zero(RSDP, 20, 8);
    put(ROOT + 36, MADT, 4);
    header(ROOT, "RSDT", 40);
    memcpy(memory + MADT + 44, (const uint8_t[]){ 0, 8, 0, 0, 1, 0, 0, 0 }, 8);
    memcpy(memory + MADT + 52, (const uint8_t[]){ 0, 8, 1, 7, 1, 0, 0, 0 }, 8);
    memcpy(memory + MADT + 60, (const uint8_t[]){ 0, 8, 2, 9, 0, 0, 0, 0 }, 8);     /* not there */
    memcpy(memory + MADT + 68, (const uint8_t[]){ 9, 16, 0, 0, 0, 1, 0, 0, 1 }, 9); /* id 256 */
    memcpy(memory + MADT + 84, (const uint8_t[]){ 1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 24 }, 9);
    memcpy(memory + MADT + 96, (const uint8_t[]){ 2, 10, 0, 4, 20, 0, 0, 0, 0, 0 }, 10);
    header(MADT, "APIC", 106);
    return 0;
}

static int start(void) { return start_info_read(&m, 0, &rsdp, &why); }

static void the_start_info_tells_ram_and_arguments(void **state)
{
    assert_int_equal(start(), 0);
    assert_int_equal(rsdp, RSDP);
    assert_int_equal(m.ram.count, 2);
    assert_int_equal(m.ram.at[0].end, 0x9f000);         /* whole pages only */
    assert_int_equal(m.ram.at[1].base, 0x100000);
    assert_int_equal(m.ram.at[1].end, 0x8000000);
    assert_string_equal(m.bootargs, "one two");
    assert_true(ranges_contain(&m.reserved, 0, 0x100000));
}

static void a_start_info_that_is_none_is_refused_with_the_reason(void **state)
{
    put(0, 1, 4);
    assert_int_equal(start(), -EINVAL);
    assert_string_equal(why, "the boot loader gave no PVH start info");
    setup(NULL);
    assert_int_equal(start_info_read(&m, sizeof(memory) - 8, &rsdp, &why), -EINVAL);
}

static void the_first_module_is_the_initrd(void **state)
{
    put(12, 1, 4);
    put(16, ROOT, 8);
    put(ROOT, 0x400100, 8);
    put(ROOT + 8, 0x2000, 8);
    assert_int_equal(start(), 0);
    assert_int_equal(m.initrd.pa, 0x400100);
    assert_int_equal(m.initrd.len, 0x2000);
    assert_true(ranges_contain(&m.reserved, 0x400000, 0x403000));
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        memset(&m, 0, sizeof(m));
        put(16, wrong == 0 ? sizeof(memory) - 8 : ROOT, 8);     /* a list that is nowhere */
        put(ROOT + 8, wrong == 1 ? 0 : UINT64_MAX, 8); /* nothing; more than there can be */
        assert_int_equal(start(), 0);
        assert_int_equal(m.initrd.len, 0);
    }
}

static void no_memory_in_it_is_refused_with_the_reason(void **state)
{
    put(4, 0, 4);                       /* a version without a map */
    assert_int_equal(start(), -ENODEV);
    assert_string_equal(why, "the start info describes no memory");
    setup(NULL);
    put(40, sizeof(memory) - 24, 8);    /* the map ends outside */
    assert_int_equal(start(), -ENODEV);
    setup(NULL);
    count_entries(129);
    assert_int_equal(start(), -ENODEV);
    setup(NULL);
    count_entries(0);
    assert_int_equal(start(), -ENODEV);
    setup(NULL);
    entry(1, UINT64_MAX - 5, 7, 1);
    assert_int_equal(start(), -EINVAL);
}

static void a_piece_in_the_last_page_is_no_ram(void **state)
{
    entry(0, UINT64_MAX - 10, 5, 1);
    assert_int_equal(start(), 0);
    assert_int_equal(m.ram.count, 1);
    assert_int_equal(m.ram.at[0].base, 0x100000);
}

static void arguments_without_end_are_none(void **state)
{
    memset(memory + TEXT, 'a', 4096);
    assert_int_equal(start(), 0);
    assert_null(m.bootargs);
    setup(NULL);
    put(24, sizeof(memory) - 4, 8);
    assert_int_equal(start(), 0);
    assert_null(m.bootargs);
}

static void the_madt_tells_cpus_and_interrupts(void **state)
{
    acpi_read(&m, RSDP);
    assert_int_equal(m.cpus, 3);
    assert_int_equal(m.cpu_ids[0], 0);
    assert_int_equal(m.cpu_ids[1], 7);
    assert_int_equal(m.cpu_ids[2], 256);
    assert_int_equal(m.arch.ioapic.pa, 0xfec00000);
    assert_int_equal(m.arch.ioapic_base, 24);
    assert_int_equal(m.arch.isa_irq[4], 20);
}

static void addresses_have_64_bits_from_revision_2_on(void **state)
{
    memory[RSDP + 15] = 2;
    put(RSDP + 24, ROOT, 8);
    sum_to_zero(RSDP, 20, 8);
    put(ROOT + 36, UINT64_C(1) << 40, 8);               /* passed over */
    put(ROOT + 44, MADT, 8);
    header(ROOT, "XSDT", 52);
    acpi_read(&m, RSDP);
    assert_int_equal(m.cpus, 3);
}

static void a_cpu_named_in_both_forms_is_one_cpu(void **state)
{
    put(MADT + 72, 7, 4);
    header(MADT, "APIC", 106);
    acpi_read(&m, RSDP);
    assert_int_equal(m.cpus, 2);
    assert_int_equal(m.cpu_ids[1], 7);
}

static void ninth_and_further_cpus_are_only_counted(void **state)
{
    for (uint8_t i = 0; i < 20; i++) {
        memcpy(memory + MADT + 44 + i * 8, (const uint8_t[]){ 0, 8, i, i, 1, 0, 0, 0 }, 8);
    }
    header(MADT, "APIC", 44 + 20 * 8);
    acpi_read(&m, RSDP);
    assert_int_equal(m.cpus, 20);
    assert_int_equal(m.cpu_ids[7], 7);
}

static void what_is_wrong_in_acpi_is_passed_over(void **state)
{
    static const struct { uint32_t at; uint8_t value; } wrong[] = {
        { RSDP, 'X' }, { RSDP + 9, 1 }, { RSDP + 19, 0x80 }, { ROOT, 'X' }, { ROOT + 9, 1 },
        { ROOT + 4, 35 }, { ROOT + 6, 2 }, { ROOT + 38, 0xff }, { MADT, 'X' }, { MADT + 50, 1 },
        { MADT + 7, 1 },
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        setup(NULL);
        memory[wrong[i].at] ^= wrong[i].value;
        acpi_read(&m, RSDP);
        assert_int_equal(m.cpus, 0);
    }
    setup(NULL);
    acpi_read(&m, 0);
    acpi_read(&m, sizeof(memory) - 8);
    assert_int_equal(m.cpus, 0);
}

static void an_entry_without_length_ends_the_madt(void **state)
{
    for (uint8_t len = 0; len < 3; len++) {
        setup(NULL);
        memory[MADT + 53] = len == 2 ? 255 : len; /* of the second; none, one, beyond the end */
        header(MADT, "APIC", 106);
        acpi_read(&m, RSDP);
        assert_int_equal(m.cpus, 1);
    }
}

static void mp(uint64_t at, uint16_t len)
{
    memcpy(memory + at, "_MP_", 4);
    put(at + 4, MADT, 4);
    sum_to_zero(at, 16, 10);
    memset(memory + MADT, 0, 256);
    memcpy(memory + MADT, "PCMP", 4);
    put(MADT + 4, len, 2);
    memcpy(memory + MADT + 44, (const uint8_t[]){ 0, 5, 0, 1 }, 4);
    memcpy(memory + MADT + 64, (const uint8_t[]){ 0, 6, 0, 0 }, 4);         /* not there */
    memcpy(memory + MADT + 84, (const uint8_t[]){ 1, 0 }, 2);
    memcpy(memory + MADT + 92, (const uint8_t[]){ 2, 0, 0, 1, 0, 0, 0xc0, 0xfe }, 8);
    memcpy(memory + MADT + 100, (const uint8_t[]){ 3, 0, 0, 0, 0, 4, 0, 9 }, 8);
}

static void the_mp_table_is_found_in_base_memory_and_in_the_rom(void **state)
{
    static const uint32_t places[] = { BASE_TOP, BASE_TOP + 0x3f0, 0xf0000, 0xffff0 };

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        setup(NULL);
        mp(places[i], 108);
        mptable_read(&m);
        assert_int_equal(m.cpus, 1);
        assert_int_equal(m.cpu_ids[0], 5);
        assert_int_equal(m.arch.ioapic.pa, 0xfec00000);
        assert_int_equal(m.arch.isa_irq[4], 9);
    }
}

static void what_is_wrong_in_an_mp_table_is_passed_over(void **state)
{
    mp(BASE_TOP + 8, 108);              /* not where it has to begin */
    mptable_read(&m);
    assert_int_equal(m.cpus, 0);
    setup(NULL);
    mp(BASE_TOP, 108);
    memory[BASE_TOP + 11]++;
    mptable_read(&m);
    assert_int_equal(m.cpus, 0);
    setup(NULL);
    mp(BASE_TOP, 108);
    memory[MADT] = 'X';
    mptable_read(&m);
    assert_int_equal(m.cpus, 0);
    setup(NULL);
    mp(BASE_TOP, 63);                   /* the first entry ends outside */
    mptable_read(&m);
    assert_int_equal(m.cpus, 0);
    setup(NULL);
    mp(BASE_TOP, 108);
    memory[MADT + 84] = 5; /* a kind that does not exist: nothing is known of its length */
    mptable_read(&m);
    assert_int_equal(m.cpus, 1);
    assert_int_equal(m.arch.ioapic.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_start_info_tells_ram_and_arguments, setup),
        cmocka_unit_test_setup(a_start_info_that_is_none_is_refused_with_the_reason, setup),
        cmocka_unit_test_setup(the_first_module_is_the_initrd, setup),
        cmocka_unit_test_setup(no_memory_in_it_is_refused_with_the_reason, setup),
        cmocka_unit_test_setup(a_piece_in_the_last_page_is_no_ram, setup),
        cmocka_unit_test_setup(arguments_without_end_are_none, setup),
        cmocka_unit_test_setup(the_madt_tells_cpus_and_interrupts, setup),
        cmocka_unit_test_setup(addresses_have_64_bits_from_revision_2_on, setup),
        cmocka_unit_test_setup(ninth_and_further_cpus_are_only_counted, setup),
        cmocka_unit_test_setup(a_cpu_named_in_both_forms_is_one_cpu, setup),
        cmocka_unit_test_setup(what_is_wrong_in_acpi_is_passed_over, setup),
        cmocka_unit_test_setup(an_entry_without_length_ends_the_madt, setup),
        cmocka_unit_test_setup(the_mp_table_is_found_in_base_memory_and_in_the_rom, setup),
        cmocka_unit_test_setup(what_is_wrong_in_an_mp_table_is_passed_over, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
