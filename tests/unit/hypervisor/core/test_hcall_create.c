/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* The making of a VM, call by call. */
#include <libfdt.h>

#include "tests/unit/hypervisor/core/hcall_try.h"

/* As the driver tries; *tries: how often. */
static int64_t create(uint64_t ipa, uint64_t bytes, uint64_t *id, uint32_t *tries)
{
    int64_t err;

    *tries = 0;
    do {
        err = board_call(m, ID(VM_CREATE), (const uint64_t[5]){ ipa, bytes }, id);
        assert_true(++*tries < 200);
    } while (err == -EAGAIN);
    return err;
}

/* regression: 5 */
static void a_profile_is_taken_from_the_callers_ram_only(void **state)
{
    struct sight was = look();
    uint64_t id;
    uint32_t tries;

    assert_int_equal(create(0x80000000, 64, &id, &tries), -EFAULT);
    assert_int_equal(create(0x80000000 - 4096, 8192, &id, &tries),
                     -EFAULT); /* begins inside, ends outside */
    assert_int_equal(create(UINT64_MAX - 4095, 8192, &id, &tries), -EFAULT);
    assert_int_equal(create(BUFFER, 0, &id, &tries), -EINVAL);
    assert_int_equal(create(BUFFER, SHYPER_PROFILE_BYTES_MAX + 1, &id, &tries), -EINVAL);
    memset(host_ram(PA(BUFFER)), 0x41, 4096);
    assert_int_equal(create(BUFFER, 4096, &id, &tries), -EINVAL);
    fake_page_fail(1);
    assert_int_equal(create(BUFFER, 4096, &id, &tries), -ENOMEM);
    fake_page_fail(0);
    assert_untouched(&was);
}

static void a_vm_that_is_being_made_is_in_nobodys_sight(void **state)
{
    uint64_t id = 0, next, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 8, NULL, 0), tries = 0;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    while (board_call(m, ID(VM_CREATE), (const uint64_t[5]){ BUFFER, bytes }, &id) == -EAGAIN) {
        tries++;
        assert_int_equal(id, 0);
        assert_null(vms[3]);
        assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 2 }, &next), -ENOENT);
        assert_int_equal(CALL(m, ID(VM_BOOT), 3), -ENOENT);
        assert_int_equal(CALL(m, ID(VM_REMOVE), 3), -ENOENT);
    }
    assert_true(tries >= 1 + 1 + 1 + 8);            /* reading, decoding, memory, each vCPU */
    assert_int_equal(id, 3);
}

static void a_creation_that_is_given_up_is_undone_before_the_next(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), tries;
    struct sight was = look();

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    memcpy(host_ram(PA(BUFFER + 0x10000)), blob, bytes);
    for (uint32_t after = 1; after < 8; after++) {
        for (uint32_t i = 0; i < after; i++)
            assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
        assert_int_equal(create(BUFFER + 0x10000, bytes, &id, &tries), 0);
        assert_int_equal(id, 3);
        while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
        assert_untouched(&was);
    }
}

static void a_creation_that_another_call_gave_up_begins_anew(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), whole, tries;
    struct sight was = look();
    fdt64_t *reg = fdt_getprop_w(blob, fdt_path_offset(blob, "/memory"), "reg", NULL);

    reg[1] = cpu_to_fdt64(GIB / 2);             /* so much RAM that it is given back in pieces */
    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    memcpy(host_ram(PA(BUFFER + 0x10000)), blob, bytes);
    assert_int_equal(create(BUFFER, bytes, &id, &whole), 0);
    while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
    for (uint32_t after = 1; after < whole; after++) {
        for (uint32_t i = 0; i < after; i++)
            assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
        assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER + 0x10000, bytes), -EAGAIN);
        id = 0;
        assert_int_equal(create(BUFFER, bytes, &id, &tries), 0);
        assert_int_equal(id, 3);
        while (CALL(m, ID(VM_REMOVE), id) == -EAGAIN) continue;
        assert_untouched(&was);
    }
}

static void a_creation_is_undone_when_the_management_vm_ends(void **state)
{
    uint64_t blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 4, NULL, 0), pages;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    pages = fake_page_live();
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(CALL(m, ID(VM_CREATE), BUFFER, bytes), -EAGAIN);
    assert_true(fake_page_live() > pages);
    vm_end(mvm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(fake_page_live(), pages);
    assert_null(vms[3]);
}

/* regression: 5, 8 */
static void a_profile_may_end_where_the_callers_ram_ends(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "last", 1, NULL, 0);
    uint64_t at = BOARD_MVM_END - bytes;
    struct sight was = look();
    uint32_t tries;

    memcpy(host_ram(PA(at)), blob, bytes);
    assert_int_equal(create(at, bytes + 1, &id, &tries), -EFAULT);
    assert_int_equal(create(UINT64_MAX - bytes / 2, bytes, &id, &tries), -EFAULT);
    assert_untouched(&was);
    assert_int_equal(create(at, bytes, &id, &tries), 0);
    assert_string_equal(vms[id]->config.name, "last");
}

static void a_profile_becomes_a_vm_that_can_be_booted_and_removed(void **state)
{
    uint64_t id = 0, blob[128];
    uint32_t bytes = board_blob(blob, sizeof(blob), "new", 2, NULL, 0), n, tries;
    int64_t err;

    memcpy(host_ram(PA(BUFFER)), blob, bytes);
    for (n = 1; n < 40; n++) {
        struct sight was = look();

        fake_page_fail(n);
        err = create(BUFFER, bytes, &id, &tries);
        fake_page_fail(0);
        if (err == 0) break;
        assert_int_equal(err, -ENOMEM);
        assert_untouched(&was);
    }
    assert_in_range(n, 5, 20);
    memset(host_ram(PA(BUFFER)), 0xff,
           bytes); /* the blob was copied: what becomes of it does not matter */
    assert_int_equal(id, 3);
    assert_string_equal(vms[3]->config.name, "new");
    assert_string_equal(vms[3]->config.cmdline, "");
    assert_null(vms[3]->config.kernel);
    assert_int_equal(CALL(m, ID(VM_BOOT), id), 0);
    assert_int_equal(CALL(m, ID(VM_BOOT), id), -EBUSY);
    board_settle();
    assert_true(vms[3]->vcpu[0]->state != VCPU_OFF);
    assert_int_equal(vms[3]->vcpu[1]->state, VCPU_OFF);
    assert_int_equal(CALL(m, ID(VM_STOP), id), -EAGAIN);
    board_settle();
    assert_int_equal(CALL(m, ID(VM_STOP), id), 0);
    assert_int_equal(CALL(m, ID(VM_RESET), id), 0);
    while ((err = CALL(m, ID(VM_REMOVE), id)) == -EAGAIN) continue;
    assert_int_equal(err, 0);
    assert_int_equal(CALL(m, ID(VM_REMOVE), id), -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_profile_is_taken_from_the_callers_ram_only),
        TEST(a_profile_may_end_where_the_callers_ram_ends),
        TEST(a_vm_that_is_being_made_is_in_nobodys_sight),
        TEST(a_creation_that_is_given_up_is_undone_before_the_next),
        TEST(a_creation_that_another_call_gave_up_begins_anew),
        TEST(a_creation_is_undone_when_the_management_vm_ends),
        TEST(a_profile_becomes_a_vm_that_can_be_booted_and_removed),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
