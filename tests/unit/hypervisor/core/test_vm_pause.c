/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Pausing and resuming. */
#include "tests/unit/hypervisor/core/vm_life_try.h"

static int64_t call_vm(uint32_t number, const struct vm *vm)
{
    return CALL(mvm->vcpu[0], 0xc6000000u | number, vm->id);
}

#define pause_call(vm)  call_vm(0x109, vm)
#define resume_call(vm) call_vm(0x10a, vm)

static void paused_until(struct vm *vm)
{
    int64_t err;

    while ((err = pause_call(vm)) == -EAGAIN) board_settle();
    assert_int_equal(err, 0);
    assert_int_equal(vm->state, SHYPER_VM_PAUSED);
}

/* regression: 59 */
static void a_paused_vm_leaves_its_cores_and_goes_on_where_it_was(void **state)
{
    struct vm *vm = running("one", 2), *other = running("two", 1);

    vm->vcpu[0]->arch.regs[7] = 77;
    (void)events();
    assert_int_equal(pause_call(vm), -EAGAIN);
    assert_int_equal(vm->state, SHYPER_VM_PAUSED);
    board_turn(vm->vcpu[0]->cpu->id);
    assert_int_equal(vm->vcpu[0]->state, VCPU_PAUSED);
    assert_int_equal(pause_call(vm), -EAGAIN);              /* the other one has not left yet */
    board_settle();
    assert_int_equal(pause_call(vm), 0);
    assert_int_equal(events(), SHYPER_EVENT_STATE);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(vm->vcpu[i]->state, VCPU_PAUSED);
        assert_false(vm->vcpu[i]->arch.loaded);
        assert_true(vm->vcpu[i]->cpu->vcpu != vm->vcpu[i]);
        assert_false(list_is_linked(&vm->vcpu[i]->sched.node));
        vcpu_kick(vm->vcpu[i]);
    }
    board_settle();
    assert_int_equal(vm->vcpu[0]->state, VCPU_PAUSED);      /* nothing wakes it */
    assert_int_equal(other->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(pause_call(vm), -EBUSY);
    assert_int_equal(vm_boot(vm), -EBUSY);
    assert_int_equal(vm_reset(vm), -EBUSY);
    host_time_advance(HOST_COUNTER_HZ / 100);
    assert_int_equal(resume_call(vm), 0);
    assert_int_equal(resume_call(vm), -EBUSY);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[1]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[0]->arch.regs[7], 77);
    assert_int_equal(vm->vcpu[0]->arch.resets, other->vcpu[0]->arch.resets);
    assert_int_equal(events(), SHYPER_EVENT_STATE);
}

static void only_running_vms_are_paused_and_only_paused_ones_resumed(void **state)
{
    static const enum shyper_vm_state neither[] = {
        SHYPER_VM_CREATED, SHYPER_VM_READY,    SHYPER_VM_STOPPED,
        SHYPER_VM_CRASHED, SHYPER_VM_REMOVING, SHYPER_VM_STOPPING,
    };
    struct vm *vm = board_guest("one", 1, 4 * MIB);

    for (size_t i = 0; i < ARRAY_LEN(neither); i++) {
        vm->state = neither[i];
        assert_int_equal(pause_call(vm), -EBUSY);
        assert_int_equal(resume_call(vm), -EBUSY);
        assert_int_equal(vm->state, neither[i]);
    }
    vm->state = SHYPER_VM_CREATED;
    assert_int_equal(CALL(mvm->vcpu[0], 0xc6000109, 9), -ENOENT);
    assert_int_equal(CALL(mvm->vcpu[0], 0xc600010a, 9), -ENOENT);
    assert_int_equal(CALL(mvm->vcpu[0], 0xc6000109, SHYPER_MVM_ID), -ENOENT);
    assert_int_equal(CALL(mvm->vcpu[0], 0xc6000109, UINT64_C(1) << 32), -EINVAL);
    vm = running("two", 1);
    assert_int_equal(resume_call(vm), -EBUSY);
    assert_int_equal(CALL(vm->vcpu[0], 0xc6000109, vm->id), -EACCES);
}

/* Asleep in WFI with its timer set, ready behind another, or off: each is as before afterwards. */
static void pausing_keeps_sleepers_timers_and_who_is_off(void **state)
{
    struct vm *vm = running("one", 3);
    struct vcpu *sleeper = vm->vcpu[0], *off = vm->vcpu[1];

    host_cpu_set(off->cpu->id);
    sched_off(off);
    board_settle();
    host_cpu_set(sleeper->cpu->id);
    sleeper->arch.vtimer_on = true;
    sleeper->arch.vtimer_at = arch_counter() + HOST_COUNTER_HZ / 10;
    sched_wait(sleeper);
    board_settle();
    paused_until(vm);
    assert_int_equal(sleeper->state, VCPU_PAUSED);
    assert_int_equal(off->state, VCPU_OFF);
    assert_int_equal(board_count().timers, before.timers);  /* nothing ticks for it */
    host_time_advance(HOST_COUNTER_HZ);
    assert_int_equal(resume_call(vm), 0);
    assert_ptr_equal(board_turn(sleeper->cpu->id),
                     sleeper); /* its hardware fires when it is back */
    assert_true(sleeper->arch.vtimer_on);
    assert_int_equal(off->state, VCPU_OFF);
    assert_int_equal(CALL(sleeper, CPU_ON, 1, BOARD_RAM, 0), 0);
    board_settle();
    assert_int_equal(off->state, VCPU_RUNNING);
}

static void interrupts_of_a_paused_vm_are_kept(void **state)
{
    struct vm *vm = running("one", 1);
    struct vcpu *v = vm->vcpu[0];
    struct mmio_access on = { .offset = 0, .value = 3, .size = 4, .write = true };
    uint32_t intid = 0;

    paused_until(vm);
    v->vgic.regs.vmcr = 0xff000003;
    v->vgic.irq[27].enabled = true;
    assert_true(vm->device[0].model->mmio(&vm->device[0], v, &on));
    vgic_set_ppi(v, 27, true);
    board_settle();
    assert_int_equal(v->state, VCPU_PAUSED);
    assert_int_equal(resume_call(vm), 0);
    assert_ptr_equal(board_turn(v->cpu->id), v);
    assert_true(board_take(&intid));
    assert_int_equal(intid, 27);
}

static struct vm *resumed;

static void resume_it(void)
{
    uint32_t here = this_cpu()->id;

    host_on_save = NULL;
    host_cpu_set(0);
    assert_int_equal(resume_call(resumed), 0);
    host_cpu_set(here);
}

/* While its vCPU is just leaving its core. */
static void resuming_between_leaving_and_having_left_loses_no_vcpu(void **state)
{
    resumed = running("one", 1);
    assert_int_equal(pause_call(resumed), -EAGAIN);
    host_on_save = resume_it;
    board_settle();
    assert_null(host_on_save);
    assert_int_equal(resumed->state, SHYPER_VM_RUNNING);
    assert_int_equal(resumed->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(pause_call(resumed), -EAGAIN);
    board_settle();
    assert_int_equal(pause_call(resumed), 0);
}

/* Between the call and its core's exit loop a guest may still ask for something. */
static void what_a_guest_asks_while_it_is_being_paused_counts(void **state)
{
    struct vm *vm = running("one", 1);

    vm = running("two", 2);
    host_cpu_set(vm->vcpu[1]->cpu->id);
    sched_off(vm->vcpu[1]);
    board_settle();
    assert_int_equal(pause_call(vm), -EAGAIN);
    assert_int_equal(CALL(vm->vcpu[0], CPU_ON, 1, BOARD_RAM, 5), 0);
    assert_int_equal(vm->vcpu[1]->state, VCPU_PAUSED);
    board_settle();
    assert_int_equal(pause_call(vm), 0);
    who_is_there_has_had_its_slice();
    assert_int_equal(resume_call(vm), 0);
    board_settle();
    assert_int_equal(vm->vcpu[1]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[1]->arch.context, 5);

    assert_int_equal(pause_call(vm), -EAGAIN);
    assert_int_equal(CALL(vm->vcpu[0], 0x84000008), 0);     /* SYSTEM_OFF */
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_OFF);
    assert_int_equal(pause_call(vm), -EBUSY);

    vm = running("three", 1);
    assert_int_equal(pause_call(vm), -EAGAIN);
    host_cpu_set(vm->vcpu[0]->cpu->id);
    sched_off(vm->vcpu[0]);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_CPUS_OFF);
}

/* regression: 59 */
static void a_paused_vm_can_be_stopped_reset_and_removed(void **state)
{
    struct vm *vm = running("one", 2);

    paused_until(vm);
    assert_int_equal(call_vm(0x102, vm), -EAGAIN);
    board_settle();
    assert_int_equal(call_vm(0x102, vm), 0);
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->vcpus_live, 0);
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
    paused_until(vm);
    assert_int_equal(vm_remove(vm), -EAGAIN);
    board_settle();
    assert_int_equal(board_remove(vm), 0);
}

static void resuming_before_all_have_left_is_as_if_nothing_was(void **state)
{
    struct vm *vm = running("one", 2);
    uint32_t loads = vm->vcpu[1]->arch.loads;

    assert_int_equal(pause_call(vm), -EAGAIN);
    board_turn(vm->vcpu[0]->cpu->id);
    assert_int_equal(resume_call(vm), 0);
    board_settle();
    assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[1]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[1]->arch.loads, loads);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_paused_vm_leaves_its_cores_and_goes_on_where_it_was),
        TEST(only_running_vms_are_paused_and_only_paused_ones_resumed),
        TEST(pausing_keeps_sleepers_timers_and_who_is_off),
        TEST(interrupts_of_a_paused_vm_are_kept),
        TEST(what_a_guest_asks_while_it_is_being_paused_counts),
        TEST(resuming_between_leaving_and_having_left_loses_no_vcpu),
        TEST(a_paused_vm_can_be_stopped_reset_and_removed),
        TEST(resuming_before_all_have_left_is_as_if_nothing_was),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
