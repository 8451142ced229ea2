/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Making VMs and taking them away: all of it or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_board.h"

static struct board_count before;

static int board(void **state)
{
    board_init(3, 4);
    return 0;
}

static int start(void **state)
{
    board_set_gic(3);
    before = board_count();
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

static int make(struct vm_config *c, const char **why)
{
    struct vm *vm = NULL;
    int err;

    *why = NULL;
    err = vm_make(c, false, &vm, why);
    assert_true((err == 0) == (vm != NULL));
    assert_non_null(*why);
    return err;
}

static void a_vm_has_all_that_was_asked_for(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        struct vm *vm;

        board_set_gic(version);
        vm = board_guest("one", 2, 64 * MIB);
        assert_ptr_equal(vms[vm->id], vm);
        assert_true(vm->id != SHYPER_MVM_ID);
        assert_int_equal(vm->state, SHYPER_VM_CREATED);
        assert_int_equal(vm->vcpu_count, 2);
        assert_int_equal(vm->mem.bytes, 64 * MIB);
        assert_int_equal(vm->device_count, 3);          /* GICC or GICR, as the board has it */
        assert_non_null(vm->vgic);
        assert_non_null(vm->log.buf);
        assert_int_equal(vm->vcpu[1]->mpidr, 1);
        assert_ptr_not_equal(vm->vcpu[0]->cpu, vm->vcpu[1]->cpu);
        assert_int_equal(vm->vcpu[0]->state, VCPU_OFF);
        assert_int_equal(vm->s2.ipa_bits, 39);
        board_clear();
    }
}

/* regression: 11, 54 */
static void each_failing_allocation_leaves_nothing(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        uint32_t n;
        int err = -ENOMEM;

        board_set_gic(version);
        for (n = 1; err != 0; n++) {
            struct board_count now;
            const char *why;

            fake_page_fail(n);
            err = make(board_config("one", 3, 20 * MIB), &why);
            fake_page_fail(0);
            if (err == 0) break;
            assert_int_equal(err, -ENOMEM);
            assert_true(strlen(why) > 0);
            now = board_count();
            assert_true(board_count_same(&before, &now));
        }
        assert_true(n > 8);                 /* VM, log, console, root, three vCPUs, GICD, UART ... */
        board_clear();
    }
}

/* regression: 54 */
static void tables_set_aside_are_enough_for_any_access(void **state)
{
    static const struct vm_region regions[][3] = {
        { { BOARD_RAM, 2 * MIB } },
        { { BOARD_RAM, 64 * MIB + 4096 } },
        { { BOARD_RAM + 4096, 64 * MIB } },
        { { BOARD_RAM + 2 * MIB - 4096, 8192 } },
        { { GIB - MIB, 2 * MIB }, { 2 * GIB - 4096, 4 * MIB }, { 5 * GIB, 12 * MIB } },
        { { BOARD_RAM, 4096 }, { BOARD_RAM + 4096, 4096 }, { BOARD_RAM + 16 * MIB + 64 * KIB, 30 * MIB } },
        { { UINT64_C(1) << 39, 2 * MIB }, { (UINT64_C(1) << 40) - 2 * MIB, 2 * MIB } },
    };

    for (uint32_t version = 2; version <= 3; version++) {
        for (size_t k = 0; k < ARRAY_LEN(regions); k++) {
            struct vm_config *c = board_config("one", 1, 0);
            uint32_t set_aside;
            const char *why;

            board_set_gic(version);
            for (uint32_t i = 0; i < 3 && regions[k][i].bytes != 0; i++) c->memory[c->memory_count++] = regions[k][i];
            assert_int_equal(make(c, &why), 0);
            set_aside = fake_page_reserved();
            for (uint32_t i = 0; i < c->memory_count; i++) {
                uint64_t end = c->memory[i].ipa + c->memory[i].bytes;

                for (uint64_t at = c->memory[i].ipa; at < end; at += 4096) {
                    for (int n = 0; n < 9; n++) assert_int_equal(guest_mem_fault(vms[1], IPA(at)), 0);
                }
            }
            assert_in_range(vms[1]->s2.tables, 2, set_aside);
            board_clear();
        }
    }
}

static void a_name_can_be_taken_once(void **state)
{
    const char *why;

    board_guest("one", 1, 2 * MIB);
    assert_int_equal(make(board_config("one", 1, 2 * MIB), &why), -EEXIST);
    assert_non_null(strstr(why, "name"));
    board_guest("two", 1, 2 * MIB);
}

static void there_is_an_end_of_vms(void **state)
{
    char name[16];
    const char *why;

    for (uint32_t i = 1; i < SHYPER_VM_MAX; i++) {
        snprintf(name, sizeof(name), "vm%u", i);
        assert_int_equal(board_guest(name, 1, 2 * MIB)->id, i);
    }
    assert_int_equal(make(board_config("more", 1, 2 * MIB), &why), -ENOSPC);
    while (!vm_release_some(vms[7])) continue;
    assert_int_equal(board_guest("more", 1, 2 * MIB)->id, 7);
}

/* regression: 4, 11 */
static void what_cannot_be_served_is_refused_with_a_reason(void **state)
{
    struct board_count now;
    struct vm_config *c;
    const char *why;

    assert_int_equal(make(board_config("big", 1, 3 * GIB), &why), -ENOMEM);
    assert_non_null(strstr(why, "memory"));
    c = board_config("cpu", 1, 2 * MIB);
    c->cpu_bitmap = 0xf0;
    assert_int_equal(make(c, &why), -EINVAL);
    assert_non_null(strstr(why, "cpus"));
    c = board_config("dev", 1, 2 * MIB);
    c->device[3].type = 99;
    assert_int_equal(make(c, &why), -EINVAL);
    assert_non_null(strstr(why, "devices"));
    c = board_config("two uarts", 1, 2 * MIB);
    c->device[c->device_count] = c->device[3];
    c->device[c->device_count++].ipa = 0xa000000;
    assert_int_equal(make(c, &why), -EBUSY);
    c = board_config("two gics", 1, 2 * MIB);
    c->device[c->device_count] = c->device[0];
    c->device[c->device_count++].ipa = 0xa000000;
    assert_int_equal(make(c, &why), -EEXIST);
    c = board_config("short gicr", 4, 2 * MIB);
    c->device[2].len = 0x20000;
    assert_int_equal(make(c, &why), -EINVAL);
    now = board_count();
    assert_true(board_count_same(&before, &now));
}

static void addresses_beyond_the_cpus_reach_are_refused(void **state)
{
    struct vm_config *c = board_config("far", 1, 2 * MIB);
    const char *why;

    c->memory[0].ipa = UINT64_C(1) << 40;
    assert_int_equal(make(c, &why), -EINVAL);
    assert_non_null(strstr(why, "address"));
    c = board_config("far", 1, 2 * MIB);
    c->device[3].ipa = (UINT64_C(1) << 40) - 0x1000;
    c->device[3].len = 0x2000;
    assert_int_equal(make(c, &why), -EINVAL);
    c = board_config("far", 1, 2 * MIB);
    c->memory[0].ipa = (UINT64_C(1) << 40) - 2 * MIB;
    assert_int_equal(make(c, &why), 0);
}

static void a_profile_that_names_high_addresses_gets_wider_tables(void **state)
{
    struct vm_config *c = board_config("high", 1, 2 * MIB);
    const char *why;

    c->memory[0].ipa = UINT64_C(1) << 39;
    assert_int_equal(make(c, &why), 0);
    assert_int_equal(vms[1]->s2.ipa_bits, 40);
}

static void vcpus_spread_over_the_cpus_that_are_allowed(void **state)
{
    struct vm_config *c = board_config("one", 4, 2 * MIB);
    uint32_t used = 0;
    const char *why;

    assert_int_equal(make(c, &why), 0);
    for (uint32_t i = 0; i < 4; i++) used |= 1u << vms[1]->vcpu[i]->cpu->id;
    assert_int_equal(used, 0xf);
    c = board_config("two", 4, 2 * MIB);
    c->cpu_bitmap = 0x6;
    assert_int_equal(make(c, &why), 0);
    used = 0;
    for (uint32_t i = 0; i < 4; i++) used |= 1u << vms[2]->vcpu[i]->cpu->id;
    assert_int_equal(used, 0x6);
    assert_ptr_not_equal(vms[2]->vcpu[0]->cpu, vms[2]->vcpu[1]->cpu);
    c = board_config("three", 1, 2 * MIB);
    c->cpu_master = 2;
    assert_int_equal(make(c, &why), 0);
    assert_ptr_equal(vms[3]->vcpu[0]->cpu, &cpus[2]);
}

static void the_cpu_of_the_mvm_and_cpus_that_are_off_are_avoided(void **state)
{
    board_mvm(1);
    cpus[1].online = false;
    for (int i = 0; i < 6; i++) {
        char name[16];

        snprintf(name, sizeof(name), "vm%d", i);
        assert_true(board_guest(name, 1, 2 * MIB)->vcpu[0]->cpu->id >= 2);
    }
    cpus[1].online = true;
}

static void removal_goes_in_bounded_pieces(void **state)
{
    struct vm *vm = board_guest("one", 1, 2 * MIB);
    uint32_t steps = 1;

    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(s2_map(&vm->s2, IPA(4 * GIB + i * 2 * MIB), PA(0x80000000), 4 * KIB, S2_RAM), 0);
    for (uint32_t live = fake_page_live(); !vm_release_some(vm); live = fake_page_live(), steps++)
        assert_true(live - fake_page_live() <= 64 + 16);
    assert_true(steps >= 5);
    assert_null(vms[1]);
}

static void a_thousand_vms_come_and_go(void **state)
{
    board_mvm(1);
    for (uint32_t i = 0; i < 1000; i++) {
        struct vm *vm = board_guest("guest", 1 + i % 4, (1 + i % 50) * MIB);

        assert_int_equal(vm_boot(vm), 0);
        board_settle();
        for (int k = 0; k < 8 && i % 10 == 0; k++) assert_int_equal(guest_mem_fault(vm, IPA(BOARD_RAM)), 0);
        vm_end(vm, SHYPER_REASON_REQUEST, 0);
        board_settle();
        assert_int_equal(vm->state, SHYPER_VM_STOPPED);
        while (vm_remove(vm) == -EAGAIN) continue;
        assert_null(vms[1]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_vm_has_all_that_was_asked_for), TEST(each_failing_allocation_leaves_nothing), TEST(tables_set_aside_are_enough_for_any_access), TEST(a_name_can_be_taken_once),
        TEST(there_is_an_end_of_vms), TEST(what_cannot_be_served_is_refused_with_a_reason),
        TEST(addresses_beyond_the_cpus_reach_are_refused), TEST(a_profile_that_names_high_addresses_gets_wider_tables),
        TEST(vcpus_spread_over_the_cpus_that_are_allowed), TEST(the_cpu_of_the_mvm_and_cpus_that_are_off_are_avoided),
        TEST(removal_goes_in_bounded_pieces), TEST(a_thousand_vms_come_and_go),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
