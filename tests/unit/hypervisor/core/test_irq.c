/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Who gets a physical interrupt, and how each kind is ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/irq.h"
#include "lib/bitmap.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

static uint32_t handled, handled_id;

static void handler(uint32_t intid)  { handled++; handled_id = intid; }
static void another(uint32_t intid)  { handled += 100; }

static int board(void **state)
{
    board_init(3, 2);
    return 0;
}

static int start(void **state)
{
    handled = board_eois = board_deactivations = 0;
    host_cpu_set(0);
    return 0;
}

static int end(void **state)
{
    board_clear();
    return 0;
}

static void an_interrupt_has_one_owner(void **state)
{
    struct vm *vm = board_guest("one", 1, 2 * MIB), *two = board_guest("two", 1, 2 * MIB);

    assert_int_equal(irq_claim(40, handler), 0);
    assert_int_equal(irq_claim(40, handler), 0);                /* the same again, as each CPU claims its PPIs */
    assert_int_equal(irq_claim(40, another), -EBUSY);
    assert_int_equal(irq_assign(40, vm), -EBUSY);
    assert_int_equal(irq_assign(41, vm), 0);
    assert_int_equal(irq_assign(41, vm), 0);
    assert_int_equal(irq_assign(41, two), -EBUSY);
    assert_int_equal(irq_claim(41, handler), -EBUSY);
    assert_ptr_equal(irq_owner(41), vm);
    assert_null(irq_owner(40));
    assert_int_equal(irq_assign(41, NULL), 0);
    assert_int_equal(irq_assign(41, two), 0);
    assert_int_equal(irq_assign(41, NULL), 0);
}

static void handle_all(void)
{
    while (irq_handle()) {}
}

static void only_spis_that_exist_can_be_given_away(void **state)
{
    struct vm *vm = board_guest("one", 1, 2 * MIB);

    assert_int_equal(irq_assign(31, vm), -EINVAL);
    assert_int_equal(irq_assign(BOARD_SPI_END, vm), -EINVAL);
    assert_int_equal(irq_assign(UINT32_MAX, vm), -EINVAL);
    assert_int_equal(irq_claim(1020, handler), -EINVAL);
    assert_int_equal(irq_claim(UINT32_MAX, handler), -EINVAL);
    assert_null(irq_owner(1020));
    assert_null(irq_owner(UINT32_MAX));
}

static void claiming_enables(void **state)
{
    assert_false(bitmap_test(board_enabled, 26));
    assert_int_equal(irq_claim(26, handler), 0);
    assert_true(bitmap_test(board_enabled, 26));
}

static void el2s_own_interrupts_are_handled_and_ended(void **state)
{
    assert_int_equal(irq_claim(50, handler), 0);
    board_raise(0, 50);
    board_raise(0, 50);
    handle_all();
    assert_int_equal(handled, 2);
    assert_int_equal(handled_id, 50);
    assert_int_equal(board_eois, 2);
    assert_int_equal(board_deactivations, 2);
    assert_false(bitmap_test(board_active, 50));
}

static void interrupts_of_nobody_are_ended(void **state)
{
    board_raise(0, 60);
    board_raise(0, 20);
    board_raise(0, SGI_KICK);
    handle_all();
    assert_int_equal(board_eois, 3);
    assert_int_equal(board_deactivations, 3);
}

static void a_vms_interrupt_stays_active_until_its_guest_ends_it(void **state)
{
    struct vm *mvm = board_mvm(1);

    assert_int_equal(vgic_own_spi(mvm, 70), 0);
    board_raise(0, 70);
    handle_all();
    assert_int_equal(board_eois, 1);
    assert_int_equal(board_deactivations, 0);
    assert_true(bitmap_test(board_active, 70));
    assert_ptr_equal(irq_owner(70), mvm);
}

/* regression: 36 */
static void a_vm_that_goes_gives_its_interrupts_back(void **state)
{
    uint32_t owned[2] = { 0 };

    for (uint32_t life = 0; life < 2; life++) {
        struct vm *mvm = board_mvm(1);

        for (uint32_t i = 32; i < BOARD_SPI_END; i++) {
            int err = vgic_own_spi(mvm, i);

            assert_true(err == 0 || err == -EBUSY);
            assert_int_equal(irq_owner(i) == mvm, err == 0);
            owned[life] += err == 0;
        }
        board_clear();
        for (uint32_t i = 32; i < BOARD_SPI_END; i++) assert_null(irq_owner(i));
    }
    assert_true(owned[0] > 0);
    assert_int_equal(owned[1], owned[0]);
}

static void the_virtual_timer_is_the_loaded_vcpus(void **state)
{
    struct vm *vm;

    board_mvm(1);
    vm = board_guest("one", 1, 2 * MIB);
    board_raise(1, 27);
    host_cpu_set(1);
    handle_all();                               /* nobody is loaded */
    assert_int_equal(board_deactivations, 1);
    assert_int_equal(vm->vcpu[0]->cpu->id, 1);
    assert_int_equal(vm_boot(vm), 0);
    assert_ptr_equal(board_turn(1), vm->vcpu[0]);
    vm->vcpu[0]->arch.vtimer_on = true;
    vm->vcpu[0]->arch.vtimer_at = arch_counter();
    board_raise(1, 27);
    handle_all();
    assert_int_equal(board_deactivations, 1);
    assert_true(vm->vcpu[0]->vgic.irq[27].pending);
}

static void halted(void *arg)
{
    board_raise(0, SGI_HALT);
    handle_all();
}

/* regression: 17 */
static void a_panic_elsewhere_stops_this_cpu(void **state)
{
    assert_int_equal(host_run(halted, NULL), HOST_HALT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(an_interrupt_has_one_owner), TEST(only_spis_that_exist_can_be_given_away), TEST(claiming_enables),
        TEST(el2s_own_interrupts_are_handled_and_ended), TEST(interrupts_of_nobody_are_ended),
        TEST(a_vms_interrupt_stays_active_until_its_guest_ends_it), TEST(a_vm_that_goes_gives_its_interrupts_back),
        TEST(the_virtual_timer_is_the_loaded_vcpus), TEST(a_panic_elsewhere_stops_this_cpu),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
