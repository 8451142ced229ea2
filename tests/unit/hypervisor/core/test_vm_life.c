/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* How VMs start, end and are removed. */
#include "tests/unit/hypervisor/core/vm_life_try.h"
#include "hypervisor/core/log.h"

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
        SHYPER_VM_RUNNING, SHYPER_VM_PAUSED,   SHYPER_VM_STOPPED,
        SHYPER_VM_CRASHED, SHYPER_VM_REMOVING, SHYPER_VM_STOPPING,
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
    static const struct { enum shyper_vm_reason reason; const char *text;
    } why[] = {
        { SHYPER_REASON_REQUEST, "by request" },    { SHYPER_REASON_OFF, "powered itself off" },
        { SHYPER_REASON_RESET, "reset" },           { SHYPER_REASON_EXIT, "exited" },
        { SHYPER_REASON_FAULT, "could not go on" },
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
        assert_int_equal(
            s2_map(&vm->s2, IPA(4 * GIB + i * 2 * MIB), PA(0x80000000), 4 * KIB, S2_RAM), 0);
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
                if (vm->vcpu[i]->cpu->vcpu == vm->vcpu[i] && vm->vcpu[i]->state == VCPU_RUNNING)
                    sched_off(vm->vcpu[i]);
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
                if (vm->vcpu[i]->state == VCPU_RUNNING)
                    (void)CALL(vm->vcpu[i], CPU_ON, (i + 1) % 3, BOARD_RAM, 0);
                break;
            default:
                host_cpu_set(vm->vcpu[i]->cpu->id);
                if (vm->vcpu[i]->cpu->vcpu == vm->vcpu[i] && vm->vcpu[i]->state == VCPU_RUNNING)
                    sched_wait(vm->vcpu[i]);
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
        TEST(boot_starts_the_first_vcpu_only),
        TEST(boot_is_refused_unless_it_is_created_or_ready),
        TEST(a_vm_stops_when_its_last_vcpu_has_left),
        TEST(only_the_first_end_counts),
        TEST(each_reason_is_kept_and_logged),
        TEST(turning_the_last_vcpu_off_stops_the_vm),
        TEST(removing_stops_first_and_is_refused_while_open),
        TEST(a_vm_being_removed_cannot_be_used_any_more),
        TEST(ends_and_departures_in_any_order_agree),
        TEST(without_a_management_vm_the_last_end_is_the_machines),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
