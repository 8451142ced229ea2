/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Heartbeats and restart policies (abi/vm.h). Three CPUs; the management VM is on the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/hcall.h"
#include "hypervisor/core/watch.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define WDT         UINT32_C(0x82003d06)
#define INIT        0
#define SET_TIMEOUT 1
#define ENABLE      2
#define PET         3
#define TIMELEFT    4
#define INVALID     (-2)

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
    host_time_advance(HOST_COUNTER_HZ);
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

/* Time passes for everybody: timers fire on their CPUs, and the cores act. */
static void pass_ms(uint64_t ms)
{
    host_time_advance(ms * HOST_COUNTER_HZ / 1000);
    for (uint32_t i = 0; i < cpu_count; i++) {
        host_cpu_set(i);
        timer_interrupt();
    }
    board_settle();
}

static struct vm *running(uint32_t policy, uint32_t delay_ms, uint32_t heartbeat_ms)
{
    struct vm_config *c = board_config("one", 2, 4 * MIB);
    struct vm *vm = NULL;
    const char *why;

    c->restart = policy;
    c->restart_delay_ms = delay_ms;
    c->heartbeat_ms = heartbeat_ms;
    assert_int_equal(vm_make(c, false, &vm, &why), 0);
    vm->boot_time = true;
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    return vm;
}

static void end(struct vm *vm, enum shyper_vm_reason reason, uint32_t status)
{
    vm_end(vm, reason, status);
    board_settle();
}

/* regression: 81 */
static void a_guest_without_heartbeat_crashes_as_hung(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 500);

    pass_ms(499);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    pass_ms(2);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
    assert_int_equal(vm->reason, SHYPER_REASON_HUNG);
    pass_ms(100000);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
}

/* regression: 81 */
static void beats_keep_it_alive_and_are_counted(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 500);

    for (int i = 0; i < 20; i++) {
        pass_ms(450);
        assert_int_equal(CALL(vm->vcpu[0], WDT, PET), 0);
    }
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(vm->beats, 20);
    pass_ms(501);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    assert_int_equal(vm->beats, 0);
    pass_ms(450);                               /* and begins anew with the next life */
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void time_stands_still_while_paused(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 500);

    pass_ms(400);
    assert_int_equal(vm_pause(vm), -EAGAIN);
    board_settle();
    assert_int_equal(vm_pause(vm), 0);
    pass_ms(100000);
    assert_int_equal(vm->state, SHYPER_VM_PAUSED);
    assert_int_equal(vm_resume(vm), 0);
    board_settle();
    pass_ms(499);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    pass_ms(2);
    assert_int_equal(vm->reason, SHYPER_REASON_HUNG);
}

static void a_driver_finds_what_it_may_set(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 5500);
    struct vcpu *v = vm->vcpu[0];
    uint64_t x[31] = { WDT, INIT };

    host_cpu_set(v->cpu->id);
    hcall_dispatch(v, x);
    assert_true(x[0] == 0 && x[1] == 1 && x[2] == 5);
    assert_int_equal(CALL(v, WDT, SET_TIMEOUT, 0), INVALID);
    assert_int_equal(CALL(v, WDT, SET_TIMEOUT, 6), INVALID);
    assert_int_equal(CALL(v, WDT, SET_TIMEOUT, UINT32_MAX), INVALID);
    assert_int_equal(CALL(v, WDT, ENABLE, 2), INVALID);
    assert_int_equal(CALL(v, WDT, 5), INVALID);
    assert_int_equal(CALL(v, WDT, SET_TIMEOUT, UINT64_C(0xdead00000002)), 0);   /* 32 bits count */
    assert_int_equal(CALL(v, WDT, ENABLE, 1), 0);
    pass_ms(1000);
    assert_int_equal(board_call(v, WDT, (const uint64_t[5]){ TIMELEFT }, &x[1]), 0);
    assert_int_equal(x[1], 1);
    pass_ms(1001);
    assert_int_equal(vm->reason, SHYPER_REASON_HUNG);
}

static void a_driver_that_stops_leaves_the_profiles_watch(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 5000);

    assert_int_equal(CALL(vm->vcpu[0], WDT, SET_TIMEOUT, 1), 0);
    assert_int_equal(CALL(vm->vcpu[0], WDT, ENABLE, 0), 0);
    pass_ms(4999);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    pass_ms(2);
    assert_int_equal(vm->reason, SHYPER_REASON_HUNG);
}

static void a_driver_that_sets_it_without_end_does_not_keep_the_first_core_busy(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 5000);

    host_cpu_set(1);
    board_kicks(0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(CALL(vm->vcpu[1], WDT, SET_TIMEOUT, 1), 0);
        board_settle();
        assert_int_equal(CALL(vm->vcpu[1], WDT, ENABLE, 0), 0);
        board_settle();
        host_time_advance(100);
    }
    assert_in_range(board_kicks(0), 1, 2);
    assert_int_equal(CALL(vm->vcpu[1], WDT, SET_TIMEOUT, 1), 0);
    pass_ms(999);                               /* the timer may have fired for a time that is past */
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    pass_ms(2);
    assert_int_equal(vm->reason, SHYPER_REASON_HUNG);
}

static void without_a_heartbeat_there_is_no_watchdog(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 0, 0);

    for (uint64_t function = 0; function < 6; function++)
        assert_int_equal(CALL(vm->vcpu[0], WDT, function, 1), SMCCC_NOT_SUPPORTED);
    pass_ms(10000000);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void policies_say_which_ends_are_followed_by_a_start(void **state)
{
    static const struct {
        uint32_t reason, status;
        bool on_crash, always;
    } ends[] = {
        { SHYPER_REASON_REQUEST, 0, false, false }, { SHYPER_REASON_OFF, 0, false, true },
        { SHYPER_REASON_EXIT, 0, false, true },     { SHYPER_REASON_EXIT, 7, true, true },
        { SHYPER_REASON_FAULT, 0, true, true },     { SHYPER_REASON_HUNG, 0, true, true },
        { SHYPER_REASON_CPUS_OFF, 0, false, true },
    };

    for (uint32_t policy = SHYPER_RESTART_NEVER; policy <= SHYPER_RESTART_ALWAYS; policy++) {
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            struct vm *vm = running(policy, 100, 0);
            bool again = policy == SHYPER_RESTART_ALWAYS     ? ends[i].always
                         : policy == SHYPER_RESTART_ON_CRASH ? ends[i].on_crash
                                                             : false;

            end(vm, ends[i].reason, ends[i].status);
            pass_ms(99);
            assert_int_not_equal(vm->state, SHYPER_VM_RUNNING);
            pass_ms(2);
            assert_int_equal(vm->state == SHYPER_VM_RUNNING, again);
            assert_int_equal(vm->restarts, again);
            assert_int_equal(board_remove(vm), again ? -EAGAIN : 0);
            board_settle();
            if (again) assert_int_equal(board_remove(vm), 0);
        }
    }
}

static void a_guests_own_reset_is_obeyed_at_once_under_every_policy(void **state)
{
    for (uint32_t policy = SHYPER_RESTART_NEVER; policy <= SHYPER_RESTART_ALWAYS; policy++) {
        struct vm *vm = running(policy, 60000, 0);

        end(vm, SHYPER_REASON_RESET, 0);
        assert_int_equal(vm->state, SHYPER_VM_RUNNING);
        assert_int_equal(vm_remove(vm), -EAGAIN);
        board_settle();
        assert_int_equal(board_remove(vm), 0);
    }
}

static void a_guest_that_resets_itself_without_end_waits_in_between(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_NEVER, 60000, 0);

    end(vm, SHYPER_REASON_RESET, 0);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    for (int i = 0; i < 3; i++) {
        pass_ms(900);
        end(vm, SHYPER_REASON_RESET, 0);
        assert_int_equal(vm->state, SHYPER_VM_STOPPED);
        pass_ms(SHYPER_RESET_DELAY_MS - 1);
        assert_int_equal(vm->state, SHYPER_VM_STOPPED);
        pass_ms(2);
        assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    }
    pass_ms(SHYPER_RESET_CALM_MS + 1);
    end(vm, SHYPER_REASON_RESET, 0);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void a_crash_soon_after_a_reset_of_its_own_waits_as_a_first_one(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_ON_CRASH, 7000, 0);

    end(vm, SHYPER_REASON_RESET, 0);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
    end(vm, SHYPER_REASON_FAULT, 0);
    pass_ms(6999);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
    pass_ms(2);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void the_wait_doubles_until_there_is_calm(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_ON_CRASH, 7000, 0);
    static const uint32_t waits[] = { 7000, 14000, 28000, 56000, 60000, 60000 };

    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        end(vm, SHYPER_REASON_FAULT, 0);
        pass_ms(waits[i] - 1);
        assert_int_equal(vm->state, SHYPER_VM_CRASHED);
        pass_ms(2);
        assert_int_equal(vm->state, SHYPER_VM_RUNNING);
        assert_int_equal(vm->restarts, i + 1);
    }
    pass_ms(SHYPER_RESTART_CALM_MS + 1);
    end(vm, SHYPER_REASON_FAULT, 0);
    pass_ms(7001);
    assert_int_equal(vm->state, SHYPER_VM_RUNNING);
}

static void a_stop_ends_the_waiting_too(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_ALWAYS, 1000, 0);

    end(vm, SHYPER_REASON_FAULT, 0);
    end(vm, SHYPER_REASON_REQUEST, 0);
    pass_ms(5000);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
    assert_int_equal(board_reset(vm), 0);
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    end(vm, SHYPER_REASON_FAULT, 0);
    assert_int_equal(board_reset(vm), 0);          /* somebody is faster than the policy */
    assert_int_equal(vm_boot(vm), 0);
    board_settle();
    pass_ms(5000);
    assert_int_equal(vm->restarts, 2);
}

static void vms_of_the_management_vm_are_its_own_to_restart(void **state)
{
    struct vm *vm = running(SHYPER_RESTART_ALWAYS, 10, 0);

    vm->boot_time = false;
    end(vm, SHYPER_REASON_FAULT, 0);
    pass_ms(1000);
    assert_int_equal(vm->state, SHYPER_VM_CRASHED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_guest_without_heartbeat_crashes_as_hung), TEST(beats_keep_it_alive_and_are_counted),
        TEST(time_stands_still_while_paused), TEST(a_driver_finds_what_it_may_set), TEST(a_driver_that_stops_leaves_the_profiles_watch),
        TEST(a_driver_that_sets_it_without_end_does_not_keep_the_first_core_busy),
        TEST(without_a_heartbeat_there_is_no_watchdog), TEST(policies_say_which_ends_are_followed_by_a_start),
        TEST(a_guests_own_reset_is_obeyed_at_once_under_every_policy), TEST(a_guest_that_resets_itself_without_end_waits_in_between),
        TEST(the_wait_doubles_until_there_is_calm), TEST(a_crash_soon_after_a_reset_of_its_own_waits_as_a_first_one),
        TEST(a_stop_ends_the_waiting_too), TEST(vms_of_the_management_vm_are_its_own_to_restart),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
