/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* VMs that start again: by a reset, or because they asked for one. */
#include "tests/unit/hypervisor/core/vm_life_try.h"
#include "hypervisor/core/vm_load.h"

static void a_vcpu_that_was_off_when_the_vm_ended_starts_clean(void **state)
{
    struct vm *vm = running("one", 1);

    vm = running("two", 2);
    host_cpu_set(vm->vcpu[1]->cpu->id);
    sched_off(vm->vcpu[1]);
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    who_is_there_has_had_its_slice();
    assert_int_equal(CALL(vm->vcpu[0], CPU_ON, 1, BOARD_RAM, 0), 0);
    board_settle();
    assert_int_equal(vm->vcpu[1]->state,
                     VCPU_RUNNING); /* and is not told to leave by the former life's end */
}

static void a_stopped_vm_runs_again_after_a_reset(void **state)
{
    struct vm *vm = running("one", 2);

    assert_int_equal(vm_reset(vm), -EBUSY);
    vm_end(vm, SHYPER_REASON_EXIT, 9);
    assert_int_equal(vm_reset(vm), -EBUSY);
    board_settle();
    vm->vcpu[0]->arch.regs[3] = 3;
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm->state, SHYPER_VM_READY);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(vm->exit_status, 0);
    assert_int_equal(vm->reason, SHYPER_REASON_NONE);
    assert_int_equal(vm->vcpu[0]->arch.regs[3], 0);
    assert_int_equal(vm->vcpu[1]->state, VCPU_OFF);
}

static void images_are_loaded_again_piece_by_piece(void **state)
{
    static uint8_t image[MIB + 5], back[MIB + 5];
    struct vm *vm = running("one", 1);
    uint32_t calls = 1;

    memset(image, 0xab, sizeof(image));
    vm_add_image(vm, BOARD_RAM + 0x80000, image, sizeof(image));
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    while (vm_reset(vm) == -EAGAIN) calls++;
    assert_int_equal(calls, 34);
    assert_int_equal(vm->state, SHYPER_VM_READY);
    assert_int_equal(guest_read(vm, IPA(BOARD_RAM + 0x80000), back, sizeof(back)), 0);
    assert_memory_equal(image, back, sizeof(image));
    calls = 1;
    while (vm_reset(vm) == -EAGAIN) calls++;            /* a second reset loads from the start */
    assert_int_equal(calls, 34);
}

/* Else it would run with what is not reset yet, and the next reset would begin behind the rest. */
static void a_reset_that_was_begun_is_finished_before_a_boot(void **state)
{
    struct vm *vm = running("one", 2);

    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_reset(vm), -EAGAIN);
    assert_int_equal(vm_boot(vm), -EBUSY);
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void a_boot_time_vm_that_asks_for_a_reset_starts_again(void **state)
{
    static uint8_t image[MIB];
    struct vm *vm = running("one", 1);

    memset(image, 0xcd, sizeof(image));
    vm->boot_time = true;
    vm_add_image(vm, BOARD_RAM, image, sizeof(image));
    for (uint32_t i = 1; i <= 3; i++) {
        uint8_t byte = 0;

        host_time_advance(2 * HOST_COUNTER_HZ);         /* not in a hurry */
        vm_end(vm, SHYPER_REASON_RESET, 0);
        board_settle();
        assert_int_equal(vm->state, SHYPER_VM_RUNNING);
        assert_int_equal(vm->restarts, i);
        assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
        assert_int_equal(guest_read(vm, IPA(BOARD_RAM + MIB - 1), &byte, 1), 0);
        assert_int_equal(byte, 0xcd);
    }
    vm_end(vm, SHYPER_REASON_OFF, 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->restarts, 3);
}

static void a_restart_gives_way_to_who_runs_on_the_core(void **state)
{
    static uint8_t image[2 * MIB];
    struct vm *vm = running("one", 1), *busy;
    struct vm_config *c = board_config("busy", 1, 2 * MIB);
    uint32_t cpu = vm->vcpu[0]->cpu->id, turns = 0;
    const char *why;

    c->cpu_master = cpu;
    assert_int_equal(vm_make(c, false, &busy, &why), 0);
    assert_int_equal(vm_boot(busy), 0);
    vm->boot_time = true;
    vm_add_image(vm, BOARD_RAM, image, sizeof(image));
    vm_end(vm, SHYPER_REASON_RESET, 0);
    board_turn(cpu);
    board_turn(0);                              /* which watches for what is due */
    while (vm->state != SHYPER_VM_RUNNING) {
        uint64_t cleaned = host_cleaned_bytes;
        struct vcpu *runs = board_turn(cpu);

        if (vm->state != SHYPER_VM_RUNNING) assert_ptr_equal(runs, busy->vcpu[0]);
        assert_true(host_cleaned_bytes - cleaned <= 256 * KIB);
        assert_true(turns++ < 100);
        host_time_advance(HOST_COUNTER_HZ / 1000);
        timer_interrupt();
    }
    assert_true(turns >= 8);
    assert_int_equal(vm->restarts, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_vcpu_that_was_off_when_the_vm_ended_starts_clean),
        TEST(a_stopped_vm_runs_again_after_a_reset),
        TEST(images_are_loaded_again_piece_by_piece),
        TEST(a_reset_that_was_begun_is_finished_before_a_boot),
        TEST(a_boot_time_vm_that_asks_for_a_reset_starts_again),
        TEST(a_restart_gives_way_to_who_runs_on_the_core),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
