/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* PSCI as guests call it (DEN 0022): what FEATURES names works, nothing else answers, and nobody but the caller's VM notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/hcall.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define VERSION       UINT32_C(0x84000000)
#define CPU_SUSPEND   UINT32_C(0x84000001)
#define CPU_OFF       UINT32_C(0x84000002)
#define CPU_ON        UINT32_C(0x84000003)
#define AFFINITY_INFO UINT32_C(0x84000004)
#define MIGRATE_TYPE  UINT32_C(0x84000006)
#define SYSTEM_OFF    UINT32_C(0x84000008)
#define SYSTEM_RESET  UINT32_C(0x84000009)
#define FEATURES      UINT32_C(0x8400000a)
#define CPU_DEFAULT_SUSPEND UINT32_C(0x8400000c)
#define SYSTEM_SUSPEND UINT32_C(0x8400000e)
#define SYSTEM_RESET2 UINT32_C(0x84000012)
#define BIT_64        UINT32_C(0x40000000)
#define INVALID       (-2)
#define DENIED        (-3)
#define ALREADY_ON    (-4)
#define INVALID_ADDR  (-9)
#define JUNK          UINT64_C(0xdead00000000)

static struct board_count before;
static struct vm *mvm, *vm, *other;
static struct vcpu *v;

static int board(void **state)
{
    board_init(3, 4);
    return 0;
}

static struct vm *guest_on(const char *name, uint32_t vcpus, uint64_t cpus_allowed)
{
    struct vm_config *c = board_config(name, vcpus, 4 * MIB);
    struct vm *made = NULL;
    const char *why;

    c->cpu_bitmap = cpus_allowed;
    return vm_make(c, false, &made, &why) == 0 ? made : NULL;
}

/* A guest with three vCPUs, of which one runs, and a bystander on a CPU of its own. */
static int start(void **state)
{
    before = board_count();
    mvm = board_mvm(1);
    other = guest_on("other", 2, 8);
    vm = guest_on("one", 3, 7);
    if (vm_boot(other) != 0 || vm_boot(vm) != 0) return -1;
    board_settle();
    v = vm->vcpu[0];
    return v->cpu->vcpu != v;
}

static int all_back(void **state)
{
    struct board_count now;
    bool stood_by = other->state == SHYPER_VM_RUNNING && other->vcpus_live == 1 && mvm->state == SHYPER_VM_CREATED;

    board_clear();
    now = board_count();
    return stood_by && board_count_same(&before, &now) ? 0 : 1;
}

/* regression: 21, 22 */
static void features_and_what_works_agree(void **state)
{
    for (uint32_t n = 0; n < 0x40; n++) {
        for (uint32_t wide = 0; wide <= BIT_64; wide += BIT_64) {
            uint32_t id = (VERSION | wide) + n;
            bool said = CALL(v, FEATURES, id) >= 0, works = true;
            bool both = n == 1 || n == 3 || n == 4 || n == 12 || n == 14 || n == 18;
            bool expected = both || (!wide && (n == 0 || n == 2 || n == 6 || (n >= 8 && n <= 10)));

            assert_int_equal(said, expected);
            if (said) continue;
            works = CALL(v, id, 0, 0, 0) != SMCCC_NOT_SUPPORTED;
            assert_false(works);
        }
    }
    assert_int_equal(CALL(v, FEATURES, 0x80000000), 0);
    assert_int_equal(CALL(v, FEATURES, JUNK | VERSION), 0);         /* a 32-bit call reads 32 bits */
    assert_int_equal(CALL(v, FEATURES, 0x80000001), -1);
    assert_int_equal(CALL(v, FEATURES, 0xc6000000), -1);
    assert_int_equal(v->state, VCPU_RUNNING);
}

static void it_is_version_1_1_without_a_trusted_os(void **state)
{
    assert_int_equal(CALL(v, VERSION, 0), 0x10001);
    assert_int_equal(CALL(v, MIGRATE_TYPE, 0), 2);
}

/* regression: 18 */
static void a_vcpu_is_turned_on_once(void **state)
{
    assert_int_equal(CALL(v, AFFINITY_INFO, 1, 0), 1);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_RAM + 0x1000, 0xabcdef0123456789), 0);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_RAM, 0), ALREADY_ON);
    board_settle();
    assert_int_equal(CALL(v, CPU_ON, 1, BOARD_RAM, 0), ALREADY_ON);
    assert_int_equal(CALL(v, AFFINITY_INFO, 1, 0), 0);
    assert_int_equal(vm->vcpu[1]->state, VCPU_RUNNING);
    assert_true(vm->vcpu[1]->arch.pc == BOARD_RAM + 0x1000);
    assert_true(vm->vcpu[1]->arch.context == 0xabcdef0123456789);
    assert_int_equal(CALL(v, CPU_ON, 0, BOARD_RAM, 0), ALREADY_ON);
    assert_int_equal(CALL(vm->vcpu[1], CPU_OFF, 0), DENIED);        /* seen by nobody: it is off */
    board_settle();
    assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, 1, 0), 1);
    assert_int_equal(CALL(v, CPU_ON, 1, BOARD_RAM + 4, 5), 0);
    board_settle();
    assert_true(vm->vcpu[1]->arch.pc == BOARD_RAM + 4);
}

/* regression: 21 */
static void the_32_bit_forms_read_32_bits(void **state)
{
    assert_int_equal(CALL(v, CPU_ON, JUNK | 2, JUNK | BOARD_RAM, JUNK | 7), 0);
    board_settle();
    assert_true(vm->vcpu[2]->arch.pc == BOARD_RAM);
    assert_true(vm->vcpu[2]->arch.context == 7);
    assert_int_equal(CALL(v, AFFINITY_INFO, JUNK | 2, JUNK), 0);
    assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, JUNK | 2, 0), INVALID);
}

static void targets_that_do_not_exist_are_refused(void **state)
{
    static const uint64_t bad[] = { 3, 7, 8, 0x100, 0x10000, UINT64_C(1) << 32, UINT64_C(1) << 31, UINT64_MAX };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(CALL(v, CPU_ON | BIT_64, bad[i], BOARD_RAM, 0), INVALID);
        assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, bad[i], 0), INVALID);
    }
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_RAM + 2, 0), INVALID_ADDR);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_RAM - 4, 0), INVALID_ADDR);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_RAM + 4 * MIB, 0), INVALID_ADDR);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, BOARD_UART, 0), INVALID_ADDR);
    assert_int_equal(CALL(v, CPU_ON | BIT_64, 1, UINT64_MAX - 3, 0), INVALID_ADDR);
    assert_int_equal(vm->vcpu[1]->state, VCPU_OFF);
    assert_int_equal(vm->vcpus_live, 1);
}

static void affinity_levels_cover_the_vcpus_in_them(void **state)
{
    for (uint64_t level = 1; level <= 3; level++) {
        assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, 0, level), 0);
        assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, UINT64_C(1) << 39, level), INVALID);
    }
    for (uint64_t level = 4; level < 70; level++) assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, 0, level), INVALID);
    assert_int_equal(CALL(v, AFFINITY_INFO | BIT_64, 0, UINT64_MAX), INVALID);
}

static void a_vm_that_stops_turns_nothing_on(void **state)
{
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    assert_int_equal(CALL(v, CPU_ON, 1, BOARD_RAM, 0), DENIED);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
}

/* regression: 23 */
static void standby_sleeps_and_returns_success(void **state)
{
    assert_int_equal(CALL(v, CPU_SUSPEND, 0, 0, 0), 0);
    assert_int_equal(v->state, VCPU_WAITING);
    assert_null(board_turn(v->cpu->id) == v ? v : NULL);
    vcpu_kick(v);
    assert_ptr_equal(board_turn(v->cpu->id), v);
    assert_true(v->arch.pc == BOARD_RAM + 0x80000);
    assert_int_equal(v->arch.restarts, 0);
}

/* FEATURES says the power state has its original form: bit 16 is the type, 25:24 the level, 15:0 an id. */
/* regression: 23 */
static void power_down_comes_back_at_the_entry(void **state)
{
    assert_int_equal(CALL(v, FEATURES, CPU_SUSPEND), 0);
    assert_int_equal(CALL(v, CPU_SUSPEND | BIT_64, 0x10000, BOARD_RAM + 0x40, 99), 0);
    board_turn(v->cpu->id);
    vcpu_kick(v);
    assert_ptr_equal(board_turn(v->cpu->id), v);
    assert_true(v->arch.pc == BOARD_RAM + 0x40);
    assert_true(v->arch.context == 99);
    assert_int_equal(v->arch.restarts, 1);
    assert_int_equal(CALL(v, CPU_SUSPEND | BIT_64, 0x1001234, BOARD_RAM + 0x44, 0), 0);     /* standby, level 1, id */
    board_turn(v->cpu->id);
    assert_int_equal(v->arch.restarts, 1);
}

static void power_states_that_do_not_exist_are_refused(void **state)
{
    for (uint32_t bit = 17; bit < 32; bit++) {
        if (bit == 24 || bit == 25) continue;
        assert_int_equal(CALL(v, CPU_SUSPEND, BIT64(bit), BOARD_RAM, 0), INVALID);
        assert_int_equal(v->state, VCPU_RUNNING);
    }
    assert_int_equal(CALL(v, CPU_SUSPEND | BIT_64, 0x10000, BOARD_RAM + 1, 0), INVALID_ADDR);
    assert_int_equal(v->state, VCPU_RUNNING);
    assert_int_equal(v->arch.restarts, 0);
}

static void the_last_vcpu_may_suspend_the_system(void **state)
{
    assert_int_equal(CALL(v, CPU_ON, 1, BOARD_RAM, 0), 0);
    board_settle();
    assert_int_equal(CALL(v, SYSTEM_SUSPEND | BIT_64, BOARD_RAM, 0), DENIED);
    (void)CALL(vm->vcpu[1], CPU_OFF, 0);
    board_settle();
    assert_int_equal(CALL(v, SYSTEM_SUSPEND, BOARD_RAM - 4, 0), INVALID_ADDR);
    assert_int_equal(v->arch.restarts, 0);
    assert_int_equal(CALL(v, SYSTEM_SUSPEND, BOARD_RAM + 8, 5), 0);
    assert_int_equal(v->state, VCPU_WAITING);
    board_turn(v->cpu->id);
    vcpu_kick(v);
    assert_ptr_equal(board_turn(v->cpu->id), v);
    assert_true(v->arch.pc == BOARD_RAM + 8 && v->arch.context == 5);
}

static void the_default_suspend_is_a_power_down(void **state)
{
    assert_int_equal(CALL(v, CPU_DEFAULT_SUSPEND | BIT_64, BOARD_RAM + 1, 0), INVALID_ADDR);
    assert_int_equal(CALL(v, CPU_DEFAULT_SUSPEND | BIT_64, BOARD_RAM + 12, 6), 0);
    board_turn(v->cpu->id);
    vcpu_kick(v);
    assert_ptr_equal(board_turn(v->cpu->id), v);
    assert_true(v->arch.pc == BOARD_RAM + 12 && v->arch.context == 6);
}

static void a_warm_reset_ends_the_callers_vm_and_vendors_are_refused(void **state)
{
    static const uint64_t bad[] = { 1, 2, 0x7fffffff, 0x80000000, 0xffffffff };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(CALL(v, SYSTEM_RESET2, bad[i], 0), INVALID);
        assert_int_equal(CALL(v, SYSTEM_RESET2 | BIT_64, bad[i], 0), INVALID);
    }
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    (void)CALL(v, SYSTEM_RESET2 | BIT_64, 0, JUNK);
    board_settle();
    assert_int_equal(vm->reason, SHYPER_REASON_RESET);
}

/* regression: 19, 20 */
static void off_and_reset_end_the_callers_vm_only(void **state)
{
    assert_int_equal(CALL(v, CPU_ON, 1, BOARD_RAM, 0), 0);
    board_settle();
    (void)CALL(vm->vcpu[1], SYSTEM_OFF, 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_OFF);
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    (void)CALL(v, SYSTEM_RESET, 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_RESET);
}

static void mvm_off(void *arg)      { (void)CALL(mvm->vcpu[0], SYSTEM_OFF, 0); }
static void mvm_reset(void *arg)    { (void)CALL(mvm->vcpu[0], SYSTEM_RESET, 0); }
static void guest_off(void *arg)    { (void)CALL(v, SYSTEM_OFF, 0); }

static void off_and_reset_of_the_management_vm_are_the_machines(void **state)
{
    assert_int_equal(host_run(mvm_off, NULL), HOST_SHUTDOWN);
    assert_int_equal(host_run(mvm_reset, NULL), HOST_RESET);
    assert_int_equal(host_run(guest_off, NULL), HOST_RETURNED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(features_and_what_works_agree), TEST(it_is_version_1_1_without_a_trusted_os), TEST(a_vcpu_is_turned_on_once),
        TEST(the_32_bit_forms_read_32_bits), TEST(targets_that_do_not_exist_are_refused),
        TEST(affinity_levels_cover_the_vcpus_in_them), TEST(a_vm_that_stops_turns_nothing_on),
        TEST(standby_sleeps_and_returns_success), TEST(power_down_comes_back_at_the_entry),
        TEST(the_last_vcpu_may_suspend_the_system), TEST(the_default_suspend_is_a_power_down),
        TEST(a_warm_reset_ends_the_callers_vm_and_vendors_are_refused),
        TEST(power_states_that_do_not_exist_are_refused), TEST(off_and_reset_end_the_callers_vm_only),
        TEST(off_and_reset_of_the_management_vm_are_the_machines),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
