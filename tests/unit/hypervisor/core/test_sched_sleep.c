/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Going to sleep in WFI, and what wakes. */
#include "tests/unit/hypervisor/core/sched_try.h"

/* SGI 3 to itself. */
static void interrupt(struct vcpu *v)
{
    vgic_sgi(v, UINT64_C(3) << 24 | 1, true);
}

static void a_sleeper_leaves_the_core_to_others_and_comes_back(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(a->state, VCPU_WAITING);
    assert_false(a->arch.loaded);
    sched_wait(b);
    assert_null(board_turn(1));
    assert_true(b->arch.loaded);                /* nobody needs the registers */
    vcpu_kick(b);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(b->arch.loads, 1);         /* coming back cost no switch */
    vcpu_kick(a);
    sched_let_others(b);
    assert_ptr_equal(board_turn(1), a);
}

static void a_kick_between_sleeping_and_the_exit_loop_is_not_lost(void **state)
{
    struct vcpu *a = runner("a", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    host_cpu_set(0);
    board_kicks(1);
    vcpu_kick(a);
    assert_int_equal(board_kicks(1), 0);        /* it knows that it has to look */
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->state, VCPU_RUNNING);
}

static void an_interrupt_that_waits_keeps_from_sleeping(void **state)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    interrupt(a);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->state, VCPU_RUNNING);
}

/* Another VM's end tells the management VM, which has just gone to sleep on the same core: the core
 * still counts it as the one that is on it, but it is no longer running. */
static void an_interrupt_for_who_just_went_to_sleep_here_wakes(void **state)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    interrupt(a);
    assert_ptr_equal(board_turn(1), a);
}

/* The end of an interrupt that had no list register lets it fire again: the count of such ends is
 * all that tells. */
static void an_end_without_a_list_register_counts_before_sleeping(void **state)
{
    struct vcpu *a = runner("a", 1);
    struct mmio_access active = { .offset = 0x10300, .value = 0x1f8, .size = 4, .write = true };

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vm->device[1].model->mmio(&a->vm->device[1], a,
                                             &active)); /* more than there are list registers */
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vgic.unlisted);
    for (uint32_t sgi = 3; sgi < 9; sgi++) vgic_sgi(a, (uint64_t)sgi << 24 | 1, true);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_null(board_turn(1));
    vcpu_kick(a);
    assert_ptr_equal(board_turn(1), a);
    board_unlisted_ends = 1;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), a);
}

static struct vcpu *watched;
static enum vcpu_state seen_as;
static uint32_t looks;

static void on_look(void)
{
    seen_as = watched->state;
    looks++;
}

/* The other way round an interrupt that comes between would find it running, and not wake it. */
static void who_goes_to_sleep_is_seen_asleep_before_it_looks_for_interrupts(void **state)
{
    watched = runner("a", 1);
    listen(watched);
    assert_ptr_equal(board_turn(1), watched);
    looks = 0;
    board_on_look = on_look;
    sched_wait(watched);
    board_on_look = NULL;
    assert_true(looks > 0);
    assert_int_equal(seen_as, VCPU_WAITING);
}

static void kicks_reach_only_whom_they_must(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    board_kicks(1);
    cpus[1].work = 0;
    host_cpu_set(0);
    vcpu_kick(b);                               /* ready: it will look when it comes */
    assert_int_equal(cpus[1].work, 0);
    vcpu_kick(a);
    vcpu_kick(a);                               /* it has not looked yet */
    assert_int_equal(cpus[1].work, WORK_VGIC);
    assert_int_equal(board_kicks(1), 1);
    host_cpu_set(1);
    vcpu_kick(a);                               /* from its own core: no interrupt needed */
    assert_int_equal(board_kicks(1), 0);
    sched_off(a);
    cpus[1].work = 0;
    vcpu_kick(a);                               /* off: nothing to look at */
    assert_int_equal(cpus[1].work, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_sleeper_leaves_the_core_to_others_and_comes_back),
        TEST(a_kick_between_sleeping_and_the_exit_loop_is_not_lost),
        TEST(an_interrupt_that_waits_keeps_from_sleeping),
        TEST(an_interrupt_for_who_just_went_to_sleep_here_wakes),
        TEST(an_end_without_a_list_register_counts_before_sleeping),
        TEST(who_goes_to_sleep_is_seen_asleep_before_it_looks_for_interrupts),
        TEST(kicks_reach_only_whom_they_must),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
