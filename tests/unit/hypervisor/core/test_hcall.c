/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* The dispatcher: every number with any arguments, from a guest and from the management VM. */
#include "tests/unit/hypervisor/core/hcall_try.h"

#define ANY 0
#define MVM 1

static const struct { const char *name; uint32_t number, mvm_only, narrow; } calls[] = {
#define ROW(name, number, who, narrow) { #name, number, who, narrow },
    SHYPER_HCALLS(ROW)
#undef ROW
};

/* regression: 1, 2 */
static void guests_are_refused_what_is_the_management_vms(void **state)
{
    struct sight was = look();
    uint32_t refused = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        uint64_t value = 77, arg[5] = { other->id, BOARD_RAM, 64, 0, 0 };

        if (!calls[i].mvm_only) continue;
        assert_int_equal(board_call(g, SHYPER_HCALL_BASE | calls[i].number, arg, &value), -EACCES);
        assert_int_equal(value, 0);
        assert_int_equal(g->refused, ++refused);
        assert_untouched(&was);
    }
    assert_true(refused > 15);
}

/* regression: 9 */
static void any_vm_may_ask_who_it_is(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(g, ID(INFO_SELF), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, guest->id);
    assert_int_equal(board_call(m, ID(INFO_SELF), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, SHYPER_MVM_ID);
    assert_int_equal(board_call(g, ID(INFO_VERSION), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, SHYPER_ABI_MAJOR << 16 | SHYPER_ABI_MINOR);
}

static void narrow_arguments_must_be_narrow(void **state)
{
    struct sight was = look();
    uint32_t tried = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        for (uint32_t a = 0; a < 5; a++) {
            uint64_t arg[5] = { 0xffff, BUFFER, 0, 0, 0 };

            if ((calls[i].narrow >> a & 1) == 0) continue;
            arg[a] = UINT64_C(1) << (32 + a * 7);
            assert_int_equal(board_call(m, SHYPER_HCALL_BASE | calls[i].number, arg, NULL),
                             -EINVAL);
            tried++;
        }
    }
    assert_true(tried > 20);
    assert_untouched(&was);
}

static bool is_defined(uint32_t number)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (calls[i].number == number) return true;
    }
    return false;
}

/* regression: 2, 3, 9, 62 */
static void unknown_numbers_are_not_supported(void **state)
{
    struct sight was = look();

    for (uint32_t number = 0; number < 0x10000; number++) {
        if (is_defined(number)) continue;
        assert_int_equal(CALL(g, SHYPER_HCALL_BASE | number, 0), SMCCC_NOT_SUPPORTED);
        assert_int_equal(CALL(m, SHYPER_HCALL_BASE | number, 0), SMCCC_NOT_SUPPORTED);
    }
    assert_untouched(&was);
    assert_true(g->exits[SHYPER_EXIT_HYPERCALL] > 0xff00);
}

static void calls_of_other_services_are_not_supported(void **state)
{
    static const uint32_t bases[] = { 0x00000000, 0x80000000, 0x81000000, 0x82000000, 0x83000000,
                                      0x85000000, 0x86000000, 0xb2000000, 0xc0000000, 0xc5000000,
                                      0xc7000000, 0x46000000, 0xffff0000 };
    struct sight was = look();

    for (size_t b = 0; b < ARRAY_LEN(bases); b++) {
        for (uint32_t n = 0; n < 0x100; n++) {
            if ((bases[b] | n) == 0x80000000u || (bases[b] | n) == 0x80000001u) continue;
            assert_int_equal(CALL(g, bases[b] | n, 1, 2, 3), SMCCC_NOT_SUPPORTED);
        }
    }
    assert_untouched(&was);
}

static void shyper_is_found_by_its_identity(void **state)
{
    uint64_t x[31] = { 0x8600ff01 };

    host_cpu_set(g->cpu->id);
    hcall_dispatch(g, x);
    assert_int_equal(x[0], SHYPER_UID_0);
    assert_int_equal(x[1], SHYPER_UID_1);
    assert_int_equal(x[2], SHYPER_UID_2);
    assert_int_equal(x[3], SHYPER_UID_3);
    x[0] = 0x8600ff03;
    hcall_dispatch(g, x);
    assert_int_equal(x[0], SHYPER_ABI_MAJOR);
    assert_int_equal(x[1], SHYPER_ABI_MINOR);
    assert_int_equal(CALL(g, 0x8600ff00, 0), ARRAY_LEN(calls));
    assert_int_equal(CALL(g, 0x80000000, 0), 0x10001);
    assert_int_equal(CALL(g, 0x80000001, 0x80000000), 0);
    assert_int_equal(CALL(g, 0x80000001, 0x80000001), 0);
    assert_int_equal(CALL(g, 0x80000001, 0x80008000), SMCCC_NOT_SUPPORTED);
}

static void only_x0_and_x1_are_answered(void **state)
{
    uint64_t x[31];

    for (uint64_t i = 0; i < 31; i++) x[i] = 0x1000 + i;
    x[0] = ID(INFO_VERSION);
    host_cpu_set(g->cpu->id);
    hcall_dispatch(g, x);
    for (uint64_t i = 2; i < 31; i++) assert_int_equal(x[i], 0x1000 + i);
    x[0] = ID(VM_STOP);
    hcall_dispatch(g, x);
    for (uint64_t i = 2; i < 31; i++) assert_int_equal(x[i], 0x1000 + i);
}

/* Whatever the arguments, each call comes back, and pointers outside the caller's RAM are refused.
 */
/* regression: 3 */
static void any_arguments_come_back(void **state)
{
    static const uint64_t interesting[] = {
        0,
        1,
        2,
        31,
        32,
        64,
        4096,
        0xffffffff,
        0x100000000,
        BUFFER,
        BUFFER - 1,
        BOARD_MVM_RAM,
        0x80000000,
        0x7ffffff8,
        BOARD_RAM,
        UINT64_MAX,
        UINT64_MAX - 7,
        INT64_MAX,
        0x9000000,
        0x40000000,
    };
    uint32_t seed = 11;

    for (uint32_t round = 0; round < 60000; round++) {
        uint32_t number = calls[round % ARRAY_LEN(calls)].number;
        uint64_t arg[5], value = 0;
        int64_t err;

        if (number == SHYPER_HCALL_SYSTEM_SHUTDOWN || number == SHYPER_HCALL_SYSTEM_REBOOT)
            continue;
        for (uint32_t a = 0; a < 5; a++) {
            seed = seed * 1664525u + 1013904223u;
            arg[a] = (seed & 0x700) == 0 ? (uint64_t)seed << 13
                                         : interesting[(seed >> 12) % ARRAY_LEN(interesting)];
        }
        if (vms[1] == NULL || vms[2] == NULL) {
            board_settle();
            if (vms[1] == NULL) board_guest("guest", 1, 4 * MIB);
            if (vms[2] == NULL) board_guest("other", 1, 4 * MIB);
        }
        err = board_call(m, SHYPER_HCALL_BASE | number, arg, &value);
        assert_true(err <= 0 && err > -200);
        if (err != 0 && number != SHYPER_HCALL_VM_CREATE) assert_int_equal(value, 0);
        if (round % 64 == 0) board_settle();
    }
    board_settle();
    for (uint32_t id = 1; id <= 2; id++) {
        while (vms[id] != NULL && vms[id]->mem.opens > 0)
            assert_true(CALL(m, ID(MEMORY_CLOSE), id) <= 0);
    }
}

static void the_management_vm_itself_cannot_be_changed(void **state)
{
    static const uint32_t ids[] = { ID(VM_BOOT),    ID(VM_STOP),      ID(VM_RESET),
                                    ID(VM_REMOVE),  ID(MEMORY_OPEN),  ID(MEMORY_CLOSE),
                                    ID(MEMORY_RUN), ID(CONSOLE_READ), ID(CONSOLE_WRITE) };
    struct sight was = look();

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        assert_int_equal(CALL(m, ids[i], SHYPER_MVM_ID, BUFFER, 64), -ENOENT);
    assert_int_equal(CALL(m, ID(INFO_EXIT), 3), -EACCES);
    assert_untouched(&was);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(guests_are_refused_what_is_the_management_vms),
        TEST(any_vm_may_ask_who_it_is),
        TEST(narrow_arguments_must_be_narrow),
        TEST(unknown_numbers_are_not_supported),
        TEST(calls_of_other_services_are_not_supported),
        TEST(shyper_is_found_by_its_identity),
        TEST(only_x0_and_x1_are_answered),
        TEST(any_arguments_come_back),
        TEST(the_management_vm_itself_cannot_be_changed),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
