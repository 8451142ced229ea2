/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/cli/guest_ram.c tests/unit/mvm/fake/shyper.c -ljansson
/* Guest memory by guest addresses: tables of every granule, frames on a stack, and tables and
 * frames a guest has made to confuse us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "mvm/cli/guest_ram.h"
#include "tests/unit/mvm/fake/shyper.h"

#define RAM    UINT64_C(0x40000000)
#define HIGH   UINT64_C(0xffff800000000000)
#define TABLES (RAM + 0x100000) /* one per level, 64 KiB apart */
#define STACK  (RAM + 0x200000)

static struct guest_ram ram;
static struct shyper_vm_fault fault;
static char *bytes; /* the RAM, to write to */

static int fresh(void **state)
{
    fake_start();
    fault = (struct shyper_vm_fault){ .size = sizeof(fault) };
    bytes = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fake.vm[0].memory, RAM);
    return bytes == MAP_FAILED ? -1 : guest_ram_open(fake.vm[0].memory, &ram);
}

static int clean(void **state)
{
    guest_ram_close(&ram);
    munmap(bytes, 64 * MIB);
    fake_end();
    return 0;
}

static void put(uint64_t ipa, uint64_t value)
{
    memcpy(bytes + (ipa - RAM), &value, sizeof(value));
}

static uint64_t table_of(unsigned level) { return TABLES + level * 0x10000; }

/* Map the block or page with HIGH + 0x5000... at `level` to RAM, through one table per level. */
static uint64_t mapped_at(unsigned page_bits, unsigned bits, unsigned level, uint64_t va)
{
    unsigned step = page_bits - 3, first = 4 - (bits - page_bits + step - 1) / step;

    for (unsigned l = first; l <= level; l++) {
        unsigned shift = page_bits + (3 - l) * step;
        uint64_t in_table = l == first ? va & (BIT64(bits) - 1) : va & (BIT64(shift + step) - 1);
        uint64_t entry = l < level ? table_of(l + 1) | 3 : RAM | (level == 3 ? 3 : 1);

        put(table_of(l) + (in_table >> shift) * 8, entry);
    }
    return table_of(first);
}

static void words_are_read_inside_ram_only(void **state)
{
    uint64_t value = 7;

    put(RAM, 1), put(RAM + 64 * MIB - 8, 2);
    assert_true(guest_ram_word(&ram, RAM, &value) && value == 1);
    assert_true(guest_ram_word(&ram, RAM + 64 * MIB - 8, &value) && value == 2);
    assert_false(guest_ram_word(&ram, RAM - 8, &value));
    assert_false(guest_ram_word(&ram, RAM + 64 * MIB, &value));
    assert_false(guest_ram_word(&ram, RAM + 4, &value));
    assert_false(guest_ram_word(&ram, UINT64_MAX - 7, &value));
    assert_int_equal(value, 2);
}

static void without_mmu_an_address_is_what_it_says(void **state)
{
    uint64_t ipa;

    assert_true(guest_translate(&ram, &fault, RAM + 0x1234, &ipa));
    assert_int_equal(ipa, RAM + 0x1234);
}

static void each_granule_translates_pages_and_blocks(void **state)
{
    static const struct {
        unsigned page_bits, bits;
        uint64_t tg1;
    } granules[] = { { 12, 48, 2 }, { 12, 39, 2 }, { 12, 36, 2 }, { 14, 48, 1 },
                     { 14, 47, 1 }, { 14, 36, 1 }, { 16, 48, 3 }, { 16, 42, 3 } };

    for (size_t i = 0; i < ARRAY_LEN(granules); i++) {
        unsigned page_bits = granules[i].page_bits, bits = granules[i].bits;

        for (unsigned level = 2; level <= 3; level++) {
            uint64_t va = ~(BIT64(bits) - 1) + 0x12345678, ipa = 0;
            uint64_t inside = BIT64(page_bits + (3 - level) * (page_bits - 3)) - 1;

            memset(bytes + (TABLES - RAM), 0, 0x40000);
            fault.sctlr = 1;
            fault.tcr = (uint64_t)(64 - bits) << 16 | granules[i].tg1 << 30;
            fault.ttbr1 = mapped_at(page_bits, bits, level, va) | UINT64_C(5) << 48;
            assert_true(guest_translate(&ram, &fault, va, &ipa));
            assert_int_equal(ipa, (RAM & ~inside) | (va & inside));
            assert_false(guest_translate(&ram, &fault, va ^ BIT64(bits - 1), &ipa));
            assert_false(
                guest_translate(&ram, &fault, va & (BIT64(bits) - 1), &ipa));    /* other half */
            assert_false(guest_translate(&ram, &fault, va ^ BIT64(bits), &ipa)); /* between */
            fault.tcr |= BIT64(23);
            assert_false(guest_translate(&ram, &fault, va, &ipa));
        }
    }
}

static void the_lower_half_has_its_own_table(void **state)
{
    uint64_t ipa;

    fault.sctlr = 1;
    fault.tcr = 25 | UINT64_C(2) << 30 | UINT64_C(16) << 16;
    fault.ttbr0 = mapped_at(12, 39, 1, 0x40000000);
    assert_true(guest_translate(&ram, &fault, 0x40001238, &ipa));
    assert_int_equal(ipa, RAM + 0x1238);
    assert_true(guest_translate(&ram, &fault, 0x7700000040001238, &ipa)); /* a tagged pointer */
}

static void tables_outside_ram_or_in_circles_end(void **state)
{
    uint64_t ipa;

    fault.sctlr = 1;
    fault.tcr = 16 | 16 << 16 | UINT64_C(2) << 30;
    fault.ttbr0 = 0x1000;
    assert_false(guest_translate(&ram, &fault, 0x1000, &ipa));
    fault.ttbr0 = TABLES;
    for (unsigned i = 0; i < 512; i++) {
        put(TABLES + 8 * i, TABLES | 3);
    }
    assert_true(guest_translate(&ram, &fault, 0x1238, &ipa));
    assert_int_equal(ipa, TABLES + 0x238);
    for (uint64_t tcr = 0; tcr < 64; tcr++) {
        fault.tcr = tcr | tcr << 16 | (tcr & 3) << 14 | (tcr & 3) << 30;
        if (guest_translate(&ram, &fault, HIGH | tcr << 12, &ipa) ||
            guest_translate(&ram, &fault, tcr << 12, &ipa)) {
            assert_true(ipa < BIT64(48));
        }
    }
}

static void frames_are_followed_to_their_end(void **state)
{
    uint64_t call[4];

    fault.x[29] = STACK;
    put(STACK, STACK + 0x40), put(STACK + 8, 0x1111);
    put(STACK + 0x40, STACK + 0x100), put(STACK + 0x48, 0x2222);
    put(STACK + 0x100, 0), put(STACK + 0x108, 0x3333);
    assert_int_equal(guest_backtrace(&ram, &fault, call, 4), 3);
    assert_true(call[0] == 0x1111 && call[1] == 0x2222 && call[2] == 0x3333);
    assert_int_equal(guest_backtrace(&ram, &fault, call, 2), 2);
}

static void frames_that_lead_nowhere_end(void **state)
{
    uint64_t call[32];

    put(STACK, STACK), put(STACK + 8, 1); /* a circle */
    fault.x[29] = STACK;
    assert_int_equal(guest_backtrace(&ram, &fault, call, 32), 1);
    put(STACK, 0x123);
    assert_int_equal(guest_backtrace(&ram, &fault, call, 32), 1);
    put(STACK, UINT64_MAX); /* outside RAM, not aligned */
    assert_int_equal(guest_backtrace(&ram, &fault, call, 32), 1);
    fault.x[29] = 0;
    assert_int_equal(guest_backtrace(&ram, &fault, call, 32), 0);
    fault.x[29] = RAM + 64 * MIB - 8;
    assert_int_equal(guest_backtrace(&ram, &fault, call, 32), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_are_read_inside_ram_only, fresh, clean),
        cmocka_unit_test_setup_teardown(without_mmu_an_address_is_what_it_says, fresh, clean),
        cmocka_unit_test_setup_teardown(each_granule_translates_pages_and_blocks, fresh, clean),
        cmocka_unit_test_setup_teardown(the_lower_half_has_its_own_table, fresh, clean),
        cmocka_unit_test_setup_teardown(tables_outside_ram_or_in_circles_end, fresh, clean),
        cmocka_unit_test_setup_teardown(frames_are_followed_to_their_end, fresh, clean),
        cmocka_unit_test_setup_teardown(frames_that_lead_nowhere_end, fresh, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
