/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* States of VMs and the ways between them. Three CPUs; the management VM is on the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/hcall.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/vm_load.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPU_ON UINT64_C(0xc4000003)

static struct board_count before;
static struct vm *mvm;

static int board(void **state)
{
    board_init(3, 3);
    return 0;
}

static int start(void **state)
{
    before = board_count();
    mvm = board_mvm(1);
    (void)CALL(mvm->vcpu[0], 0xc6000004, 0);
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

static uint64_t events(void)
{
    uint64_t value = 0;

    assert_int_equal(board_call(mvm->vcpu[0], 0xc6000004, (const uint64_t[5]){ 0 }, &value), 0);
    return value;
}

static void who_is_there_has_had_its_slice(void) { host_time_advance(HOST_COUNTER_HZ / 100); }

/* A guest whose vCPUs all run, each on a CPU of its own. */
static struct vm *running(const char *name, uint32_t vcpus)
{
    struct vm *vm = board_guest(name, vcpus, 4 * MIB);

    who_is_there_has_had_its_slice();
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    for (uint32_t i = 1; i < vcpus; i++) {
        assert_int_equal(CALL(vm->vcpu[0], CPU_ON, i, BOARD_RAM, i), 0);
        board_settle();
    }
    for (uint32_t i = 0; i < vcpus; i++) assert_int_equal(vm->vcpu[i]->state, VCPU_RUNNING);
    return vm;
}

static void boot_starts_the_first_vcpu_only(void **state)
{
    struct vm *vm = board_guest("one", 2, 4 * MIB);

    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(vm->vcpu[1]->state, VCPU_OFF);
    assert_int_equal(vm->vcpus_live, 1);
    assert_int_equal(events(), SHYPER_EVENT_STATE);
    assert_int_equal(events(), 0);
}

/* regression: 26 */
static void boot_is_refused_unless_it_is_created_or_ready(void **state)
{
    static const enum shyper_vm_state not_from[] = {
        SHYPER_VM_RUNNING, SHYPER_VM_PAUSED, SHYPER_VM_STOPPED, SHYPER_VM_CRASHED, SHYPER_VM_REMOVING, SHYPER_VM_STOPPING,
    };
    struct vm *vm = board_guest("one", 1, 4 * MIB);

    for (size_t i = 0; i < ARRAY_LEN(not_from); i++) {
        vm->state = not_from[i];
        assert_int_equal(vm_boot(vm), -EBUSY);
        assert_int_equal(vm->state, not_from[i]);
        assert_int_equal(vm->vcpu[0]->state, VCPU_OFF);
    }
    vm->state = SHYPER_VM_READY;
    assert_int_equal(vm_boot(vm), 0);
    assert_int_equal(vm_boot(vm), -EBUSY);
}

static void a_vm_stops_when_its_last_vcpu_has_left(void **state)
{
    struct vm *vm = running("one", 2), *other = running("two", 2);
    uint32_t loads = other->vcpu[0]->arch.loads + other->vcpu[1]->arch.loads;

    (void)events();
    host_cpu_set(0);
    vm_end(vm, SHYPER_REASON_EXIT, 7);
    assert_int_equal(vm->state, SHYPER_VM_STOPPING);
    board_turn(vm->vcpu[0]->cpu->id);
    assert_int_equal(vm->state, SHYPER_VM_STOPPING);
    assert_int_equal(events(), 0);
    board_turn(vm->vcpu[1]->cpu->id);
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_EXIT);
    assert_int_equal(vm->exit_status, 7);
    assert_int_equal(events(), SHYPER_EVENT_STATE);
    board_settle();
    assert_int_equal(other->state, SHYPER_VM_RUNNING);
    assert_int_equal(other->vcpu[0]->state, VCPU_RUNNING);
    assert_int_equal(other->vcpu[1]->state, VCPU_RUNNING);
    assert_true(other->vcpu[0]->arch.loads + other->vcpu[1]->arch.loads <= loads + 2);
}

static void only_the_first_end_counts(void **state)
{
    struct vm *vm = running("one", 1);

    vm_end(vm, SHYPER_REASON_FAULT, 0);
    vm_end(vm, SHYPER_REASON_EXIT, 5);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
    assert_int_equal(vm->reason, SHYPER_REASON_FAULT);
    assert_int_equal(vm->exit_status, 0);
    vm_end(vm, SHYPER_REASON_REQUEST, 1);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
}

static void each_reason_is_kept_and_logged(void **state)
{
    static const struct { enum shyper_vm_reason reason; const char *text; } why[] = {
        { SHYPER_REASON_REQUEST, "by request" }, { SHYPER_REASON_OFF, "powered itself off" },
        { SHYPER_REASON_RESET, "reset" }, { SHYPER_REASON_EXIT, "exited" }, { SHYPER_REASON_FAULT, "could not go on" },
    };

    for (size_t i = 0; i < ARRAY_LEN(why); i++) {
        struct vm *vm = running("one", 1);
        uint64_t cursor = 0, lost;
        uint8_t text[512];
        uint32_t n;

        vm_end(vm, why[i].reason, 0);
        board_settle();
        assert_int_equal(vm->reason, why[i].reason);
        n = log_vm_read(vm, &cursor, text, sizeof(text) - 1, &lost);
        text[n] = '\0';
        assert_non_null(strstr((char *)text, why[i].text));
        assert_int_equal(vm->restarts, 0);
        assert_int_equal(board_remove(vm), 0);
    }
}

static void turning_the_last_vcpu_off_stops_the_vm(void **state)
{
    struct vm *vm = running("one", 2);

    host_cpu_set(vm->vcpu[0]->cpu->id);
    sched_off(vm->vcpu[0]);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    host_cpu_set(vm->vcpu[1]->cpu->id);
    sched_off(vm->vcpu[1]);
    board_settle();
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(vm->reason, SHYPER_REASON_CPUS_OFF);
}

static void a_vcpu_that_was_off_when_the_vm_ended_starts_clean(void **state)
{
    struct vm *vm = running("one", 1);

    vm = running("two", 2);
    host_cpu_set(vm->vcpu[1]->cpu->id);
    sched_off(vm->vcpu[1]);
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    board_settle();
    assert_int_equal(vm_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    who_is_there_has_had_its_slice();
    assert_int_equal(CALL(vm->vcpu[0], CPU_ON, 1, BOARD_RAM, 0), 0);
    board_settle();
    assert_int_equal(vm->vcpu[1]->state, VCPU_RUNNING);         /* and is not told to leave by the former life's end */
}

static void a_stopped_vm_runs_again_after_a_reset(void **state)
{
    struct vm *vm = running("one", 2);

    assert_int_equal(vm_reset(vm), -EBUSY);
    vm_end(vm, SHYPER_REASON_EXIT, 9);
    assert_int_equal(vm_reset(vm), -EBUSY);
    board_settle();
    vm->vcpu[0]->arch.regs[3] = 3;
    assert_int_equal(vm_reset(vm), 0);
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

static void removing_stops_first_and_is_refused_while_open(void **state)
{
    struct vm *vm = running("one", 2);

    assert_int_equal(CALL(mvm->vcpu[0], 0xc6000201, vm->id), 0);
    assert_int_equal(vm_remove(vm), -EAGAIN);
    assert_int_equal(vm->state, SHYPER_VM_STOPPING);
    assert_int_equal(vm_remove(vm), -EAGAIN);
    board_settle();
    assert_int_equal(vm_remove(vm), -EBUSY);
    assert_int_equal(vm->state, SHYPER_VM_STOPPED);
    while (CALL(mvm->vcpu[0], 0xc6000202, vm->id) == -EAGAIN) continue;
    while (vm_remove(vm) == -EAGAIN) continue;
    assert_null(vms[1]);
}

static void a_vm_being_removed_cannot_be_used_any_more(void **state)
{
    struct vm *vm = board_guest("one", 1, 4 * MIB);

    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(s2_map(&vm->s2, IPA(4 * GIB + i * 2 * MIB), PA(0x80000000), 4 * KIB, S2_RAM), 0);
    assert_int_equal(vm_remove(vm), -EAGAIN);
    assert_int_equal(vm->state, SHYPER_VM_REMOVING);
    assert_int_equal(vm_boot(vm), -EBUSY);
    assert_int_equal(vm_reset(vm), -EBUSY);
    assert_int_equal(CALL(mvm->vcpu[0], 0xc6000201, vm->id), -EBUSY);
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    assert_int_equal(vm->state, SHYPER_VM_REMOVING);
    while (vm_remove(vm) == -EAGAIN) continue;
    assert_null(vms[1]);
}

/* What each vCPU does last, in every order. */
static void ends_and_departures_in_any_order_agree(void **state)
{
    uint32_t seed = 5, paused = 0, resumed = 0;

    for (uint32_t round = 0; round < 200; round++) {
        struct vm *vm = running("one", 3);
        uint32_t ended = 0;

        for (uint32_t step = 0; step < 12; step++) {
            uint32_t i;

            seed = seed * 1664525u + 1013904223u;
            i = (seed >> 8) % 3;
            switch ((seed >> 16) % 7) {
            case 5:
                paused += vm_pause(vm) != -EBUSY;
                break;
            case 6:
                resumed += vm_resume(vm) == 0;
                break;
            case 0:
                host_cpu_set(vm->vcpu[i]->cpu->id);
                if (vm->vcpu[i]->cpu->vcpu == vm->vcpu[i] && vm->vcpu[i]->state == VCPU_RUNNING) sched_off(vm->vcpu[i]);
                break;
            case 1:
                host_cpu_set(i);
                vm_end(vm, SHYPER_REASON_OFF, 0);
                ended = 1;
                break;
            case 2:
                board_turn(vm->vcpu[i]->cpu->id);
                break;
            case 3:
                if (vm->vcpu[i]->state == VCPU_RUNNING) (void)CALL(vm->vcpu[i], CPU_ON, (i + 1) % 3, BOARD_RAM, 0);
                break;
            default:
                host_cpu_set(vm->vcpu[i]->cpu->id);
                if (vm->vcpu[i]->cpu->vcpu == vm->vcpu[i] && vm->vcpu[i]->state == VCPU_RUNNING) sched_wait(vm->vcpu[i]);
            }
        }
        if (ended) {
            board_settle();
            assert_int_equal(vm->state, SHYPER_VM_STOPPED);
            assert_int_equal(vm->vcpus_live, 0);
        }
        vm_end(vm, SHYPER_REASON_REQUEST, 0);
        board_settle();
        assert_int_equal(vm->vcpus_live, 0);
        assert_int_equal(board_remove(vm), 0);
    }
    assert_true(paused > 20 && resumed > 20);
}

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
        SHYPER_VM_CREATED, SHYPER_VM_READY, SHYPER_VM_STOPPED, SHYPER_VM_CRASHED, SHYPER_VM_REMOVING, SHYPER_VM_STOPPING,
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
    assert_ptr_equal(board_turn(sleeper->cpu->id), sleeper);    /* its hardware fires when it is back */
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
    assert_int_equal(vm_reset(vm), 0);
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

static void last_guest_ends(void *arg)
{
    struct vm *vm = board_guest("one", 1, 4 * MIB);

    if (vm_boot(vm) != 0) return;
    board_settle();
    vm_end(vm, SHYPER_REASON_OFF, 0);
    board_settle();
}

static void without_a_management_vm_the_last_end_is_the_machines(void **state)
{
    assert_int_equal(host_run(last_guest_ends, NULL), HOST_RETURNED);
    board_clear();
    assert_int_equal(host_run(last_guest_ends, NULL), HOST_SHUTDOWN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(boot_starts_the_first_vcpu_only), TEST(boot_is_refused_unless_it_is_created_or_ready),
        TEST(a_vm_stops_when_its_last_vcpu_has_left), TEST(only_the_first_end_counts), TEST(each_reason_is_kept_and_logged),
        TEST(turning_the_last_vcpu_off_stops_the_vm), TEST(a_vcpu_that_was_off_when_the_vm_ended_starts_clean),
        TEST(a_stopped_vm_runs_again_after_a_reset), TEST(images_are_loaded_again_piece_by_piece),
        TEST(a_boot_time_vm_that_asks_for_a_reset_starts_again),
        TEST(a_restart_gives_way_to_who_runs_on_the_core), TEST(removing_stops_first_and_is_refused_while_open),
        TEST(a_vm_being_removed_cannot_be_used_any_more), TEST(ends_and_departures_in_any_order_agree),
        TEST(a_paused_vm_leaves_its_cores_and_goes_on_where_it_was),
        TEST(only_running_vms_are_paused_and_only_paused_ones_resumed), TEST(pausing_keeps_sleepers_timers_and_who_is_off),
        TEST(interrupts_of_a_paused_vm_are_kept), TEST(what_a_guest_asks_while_it_is_being_paused_counts),
        TEST(resuming_between_leaving_and_having_left_loses_no_vcpu),
        TEST(a_paused_vm_can_be_stopped_reset_and_removed), TEST(resuming_before_all_have_left_is_as_if_nothing_was),
        TEST(without_a_management_vm_the_last_end_is_the_machines),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
