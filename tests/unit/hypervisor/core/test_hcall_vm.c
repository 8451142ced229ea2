/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Calls that tell of VMs and of the system, or end them. */
#include "tests/unit/hypervisor/core/hcall_try.h"

static void describing_a_vm_tells_what_it_is(void **state)
{
    struct shyper_vm_info info;
    uint64_t value;

    assert_int_equal(
        board_call(m, ID(VM_INFO), (const uint64_t[5]){ guest->id, BUFFER, 4096 }, &value), 0);
    assert_int_equal(value, sizeof(info));
    memcpy(&info, host_ram(PA(BUFFER)), sizeof(info));
    assert_int_equal(info.size, sizeof(info));
    assert_int_equal(info.id, guest->id);
    assert_string_equal(info.name, "guest");
    assert_int_equal(info.state, SHYPER_VM_RUNNING);
    assert_int_equal(info.vcpus, 1);
    assert_int_equal(info.vcpu_on_bitmap, 1);
    assert_int_equal(info.cpu_bitmap, BIT64(g->cpu->id));
    assert_int_equal(info.memory_bytes, 4 * MIB);
    assert_int_equal(CALL(m, ID(VM_INFO), 9, BUFFER, 4096), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_INFO), 32, BUFFER, 4096), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_INFO), 0, BUFFER, 4096), 0); /* the management VM itself */
    assert_int_equal(CALL(m, ID(VM_INFO), guest->id, 0x80000000, 4096), -EFAULT);
    assert_int_equal(CALL(m, ID(VM_INFO), guest->id, 0x7ffffff0, 4096), -EFAULT);
}

static void an_answer_is_cut_to_the_room_there_is(void **state)
{
    uint8_t *at = host_ram(PA(BUFFER));
    uint64_t value;

    memset(at, 0x5a, 4096);
    assert_int_equal(board_call(m, ID(INFO_SYSTEM), (const uint64_t[5]){ BUFFER, 10 }, &value), 0);
    assert_int_equal(value, 10);
    assert_int_equal(at[0], sizeof(struct shyper_system_info));
    assert_int_equal(at[10], 0x5a);
    assert_int_equal(board_call(m, ID(INFO_SYSTEM), (const uint64_t[5]){ BUFFER, 0 }, &value), 0);
    assert_int_equal(value, 0);
}

/* regression: 80 */
static void the_level_of_the_log_is_the_management_vms_to_set(void **state)
{
    uint64_t value;

    log_set_level(SHYPER_LOG_INFO);
    assert_int_equal(CALL(m, ID(SYSTEM_LOG_LEVEL), SHYPER_LOG_DEBUG + 1), -EINVAL);
    assert_int_equal(CALL(m, ID(SYSTEM_LOG_LEVEL), UINT64_C(1) << 32), -EINVAL);
    assert_int_equal(CALL(g, ID(SYSTEM_LOG_LEVEL), SHYPER_LOG_DEBUG), -EACCES);
    assert_int_equal(log_level(), SHYPER_LOG_INFO);
    assert_int_equal(
        board_call(m, ID(SYSTEM_LOG_LEVEL), (const uint64_t[5]){ SHYPER_LOG_DEBUG }, &value), 0);
    assert_int_equal(value, SHYPER_LOG_INFO);
    assert_int_equal(log_level(), SHYPER_LOG_DEBUG);
    assert_int_equal(CALL(m, ID(INFO_SYSTEM), BUFFER, 4096), 0);
    assert_int_equal(((struct shyper_system_info *)host_ram(PA(BUFFER)))->log_level,
                     SHYPER_LOG_DEBUG);
    assert_int_equal(
        board_call(m, ID(SYSTEM_LOG_LEVEL), (const uint64_t[5]){ SHYPER_LOG_INFO }, &value), 0);
    assert_int_equal(value, SHYPER_LOG_DEBUG);
}

static void vms_are_listed_in_order(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 0xffffffff }, &value), 0);
    assert_int_equal(value, 0);
    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, 1);
    assert_int_equal(board_call(m, ID(VM_NEXT), (const uint64_t[5]){ 1 }, &value), 0);
    assert_int_equal(value, 2);
    assert_int_equal(CALL(m, ID(VM_NEXT), 2), -ENOENT);
    assert_int_equal(CALL(m, ID(VM_NEXT), 0xfffffffe), -ENOENT);
}

static void a_guest_ends_by_its_exit_call(void **state)
{
    assert_int_equal(CALL(g, ID(INFO_EXIT), 42), 0);
    board_settle();
    assert_int_equal(guest->state, SHYPER_VM_STOPPED);
    assert_int_equal(guest->reason, SHYPER_REASON_EXIT);
    assert_int_equal(guest->exit_status, 42);
    assert_int_equal(other->state, SHYPER_VM_RUNNING);
    assert_int_equal(mvm->state, SHYPER_VM_RUNNING);
}

static void memory_runs_are_told_one_by_one(void **state)
{
    struct shyper_run run;

    assert_int_equal(CALL(m, ID(MEMORY_RUN), guest->id, 0, BUFFER), 0);
    memcpy(&run, host_ram(PA(BUFFER)), sizeof(run));
    assert_int_equal(run.ipa, BOARD_RAM);
    assert_int_equal(run.pa, guest->mem.run[0].pa);
    assert_int_equal(run.bytes, 4 * MIB);
    assert_int_equal(CALL(m, ID(MEMORY_RUN), guest->id, 1, BUFFER), -ENOENT);
}

static void the_trace_mask_is_set_on_every_cpu(void **state)
{
    uint64_t value;

    assert_int_equal(board_call(m, ID(TRACE_MASK), (const uint64_t[5]){ 5 }, &value), 0);
    assert_int_equal(board_call(m, ID(TRACE_MASK), (const uint64_t[5]){ 0 }, &value), 0);
    assert_int_equal(value, 5);
    for (uint32_t i = 0; i < cpu_count; i++) assert_int_equal(cpus[i].trace_mask, 0);
}

static void shut_down(void *arg)    { (void)CALL(m, ID(SYSTEM_SHUTDOWN), 0); }

static void reboot(void *arg)       { (void)CALL(m, ID(SYSTEM_REBOOT), 0); }

static void power_is_the_management_vms(void **state)
{
    assert_int_equal(host_run(shut_down, NULL), HOST_SHUTDOWN);
    assert_int_equal(host_run(reboot, NULL), HOST_RESET);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(describing_a_vm_tells_what_it_is),
        TEST(an_answer_is_cut_to_the_room_there_is),
        TEST(the_level_of_the_log_is_the_management_vms_to_set),
        TEST(vms_are_listed_in_order),
        TEST(a_guest_ends_by_its_exit_call),
        TEST(memory_runs_are_told_one_by_one),
        TEST(the_trace_mask_is_set_on_every_cpu),
        TEST(power_is_the_management_vms),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
