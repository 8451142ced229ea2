/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Virtual timers of vCPUs that sleep or come back. */
#include "tests/unit/hypervisor/core/sched_try.h"
#include "hypervisor/core/irq.h"
#include "lib/bitmap.h"

/* regression: 25 */
static void the_virtual_timer_of_a_sleeper_goes_on(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);
    uint64_t due = arch_counter() + 3 * SLICE;

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = due;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), due);
    host_time_set(due - 1);
    timer_interrupt();
    assert_int_equal(a->state, VCPU_WAITING);
    host_time_set(due);
    timer_interrupt();
    assert_int_equal(a->state, VCPU_READY);
    assert_ptr_equal(board_turn(1), a);
    assert_false(list_is_linked(&a->vtimer.node));
}

static void a_timer_that_will_not_fire_is_not_armed(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

/* Expired, but masked: to be woken by it again would change nothing. */
static void a_timer_whose_interrupt_waits_already_wakes_nobody(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter();
    vgic_hw_ppi(a, platform.irq_vtimer);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), UINT64_MAX);
    sched_wait(b);
    vcpu_kick(a);
    assert_ptr_equal(board_turn(1), a);
    sched_restart(a, 0x1234000, 77);
    sched_wait(a);
    assert_null(board_turn(1));
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

/* A vCPU whose timer has fired, without its guest having looked, sets it to one slice from now and
 * goes to sleep. */
static struct vcpu *sleeper_that_set_its_timer_anew(void)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    a->vgic.irq[platform.irq_vtimer].enabled = true;
    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter();
    board_raise(1, platform.irq_vtimer);
    assert_true(irq_handle());
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vgic.irq[platform.irq_vtimer].lr >= 0);
    a->arch.vtimer_at = arch_counter() + SLICE;
    sched_wait(a);
    return a;
}

/* regression: 25 */
static void a_timer_set_anew_interrupts_an_idle_core(void **state)
{
    struct vcpu *a = sleeper_that_set_its_timer_anew();

    assert_null(board_turn(1));
    assert_true(a->arch.loaded);
    assert_false(bitmap_test(board_active, platform.irq_vtimer));
}

/* regression: 25 */
static void a_timer_set_anew_wakes_also_when_it_expires_before_the_core_goes_on(void **state)
{
    struct vcpu *a = sleeper_that_set_its_timer_anew(), *b = runner("b", 1);

    host_cpu_set(1);
    host_time_advance(SLICE);
    assert_ptr_equal(board_turn(1), b);
    assert_true(host_timer_at() <= arch_counter());
    timer_interrupt();
    assert_int_equal(a->state, VCPU_READY);
}

static void coming_back_early_takes_the_timer_along(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter() + 50 * SLICE;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    vcpu_kick(a);
    sched_wait(b);
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

static void restarting_keeps_the_timer_and_forgets_the_rest(void **state)
{
    struct vcpu *a = runner("a", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter() + SLICE;
    a->arch.regs[5] = 5;
    sched_restart(a, 0x1234000, 77);
    sched_wait(a);
    assert_null(board_turn(1));
    host_time_advance(SLICE);
    timer_interrupt();
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->arch.pc, 0x1234000);
    assert_int_equal(a->arch.context, 77);
    assert_int_equal(a->arch.regs[5], 0);
    assert_true(a->arch.vtimer_on);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(the_virtual_timer_of_a_sleeper_goes_on),
        TEST(a_timer_that_will_not_fire_is_not_armed),
        TEST(a_timer_whose_interrupt_waits_already_wakes_nobody),
        TEST(a_timer_set_anew_interrupts_an_idle_core),
        TEST(a_timer_set_anew_wakes_also_when_it_expires_before_the_core_goes_on),
        TEST(coming_back_early_takes_the_timer_along),
        TEST(restarting_keeps_the_timer_and_forgets_the_rest),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
