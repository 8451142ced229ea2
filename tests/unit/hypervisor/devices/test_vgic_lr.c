/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* More than there are list registers, and ends in any order. */
#include "tests/unit/hypervisor/devices/vgic_try.h"

/* Six interrupts of rising urgency, of which four are taken and ended, but not deactivated. */
static void four_of_six_active(void)
{
    start(3, 1);
    fake_core[0].vmcr |= BIT64(9);
    for (uint32_t i = 0; i < 6; i++) {
        on(0, ISENABLER, SPI + i);
        fake_write(vm->vcpu[0], PRIORITY + SPI + i, 1, 0x80 - 8 * i);
    }
    for (uint32_t i = 0; i < 4; i++) {
        line(SPI + i, true);
        assert_int_equal(ack(0), SPI + i);
        eoi(0, SPI + i);                        /* the priority only */
        line(SPI + i, false);
    }
}

static void with_split_eoi_ends_come_in_any_order(void **state)
{
    four_of_six_active();
    line(SPI + 4, true);
    line(SPI + 5, true);
    assert_int_equal(ack(0), SPI + 5);          /* although active ones hold all list registers */
    eoi(0, SPI + 5);
    line(SPI + 5, false);
    assert_int_equal(ack(0), SPI + 4);
    eoi(0, SPI + 4);
    line(SPI + 4, false);
    for (uint32_t i = 0; i < 6; i++) assert_true(is_on(0, ISACTIVER, SPI + i));
    fake_dir(0, SPI + 2);
    fake_settle(vm);
    assert_false(is_on(0, ISACTIVER, SPI + 2));
    for (uint32_t i = 0; i < 6; i++) {
        fake_dir(0, SPI + i);
        fake_settle(vm);
        assert_false(is_on(0, ISACTIVER, SPI + i));
    }
    assert_int_equal(ack(0), FAKE_NONE);
    fake_core[0].vmcr &= ~BIT64(9);             /* then a write of the register does nothing */
    on(0, ISACTIVER, SPI);
    fake_on_core(0, vm->vcpu[0]);
    vgic_dir(vm->vcpu[0], SPI);
    vgic_dir(vm->vcpu[0], 1020);
    vgic_dir(vm->vcpu[0], 0xffffffff);
    assert_true(is_on(0, ISACTIVER, SPI));
    stop();
}

static void a_cpu_that_cannot_trap_ends_lets_others_wait(void **state)
{
    four_of_six_active();
    gic_traps_dir = false;
    line(SPI + 4, true);
    line(SPI + 5, true);
    assert_int_equal(ack(0), FAKE_NONE);
    fake_dir(0, SPI + 2);
    assert_int_equal(ack(0), SPI + 5);
    eoi(0, SPI + 5);
    fake_dir(0, SPI);
    assert_int_equal(ack(0), SPI + 4);
    assert_true(is_on(0, ISACTIVER, SPI + 1));
    assert_false(is_on(0, ISACTIVER, SPI + 2));
    stop();
}

static void an_edge_that_waits_behind_itself_follows_its_route(void **state)
{
    start(3, 2);
    all_edges();
    on(0, ISENABLER, SPI);
    line(SPI, true);
    assert_int_equal(ack(0), SPI);
    line(SPI, true);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 8, 1);
    fake_settle(vm);
    eoi(0, SPI);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(1), SPI);
    stop();
}

/* Eight nested in each other on four list registers, each again behind itself. */
/* regression: 33 */
static void deeper_than_there_are_list_registers(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        start(version, 1);
        all_edges();
        for (uint32_t i = 0; i < 8; i++) {
            on(0, ISENABLER, SPI + i);
            fake_write(vm->vcpu[0], PRIORITY + SPI + i, 1, 0x90 - 0x10 * i);
        }
        for (uint32_t i = 0; i < 8; i++) {
            on(0, ISPENDR, SPI + i);
            assert_int_equal(ack(0), SPI + i);
            on(0, ISPENDR, SPI + i);
            assert_int_equal(ack(0), FAKE_NONE);
        }
        for (uint32_t i = 8; i-- > 0;) {
            eoi(0, SPI + i);
            assert_false(is_on(0, ISACTIVER, SPI + i));
            assert_true(i == 0 || is_on(0, ISACTIVER, SPI + i - 1));
        }
        for (uint32_t i = 8; i-- > 0;) {
            assert_int_equal(ack(0), SPI + i);
            eoi(0, SPI + i);
        }
        assert_int_equal(ack(0), FAKE_NONE);
        stop();
    }
}

static void linked_ones_nest_deeper_too(void **state)
{
    start(3, 1);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(vgic_own_spi(vm, SPI + i), 0);
        on(0, ISENABLER, SPI + i);
        fake_write(vm->vcpu[0], PRIORITY + SPI + i, 1, 0x90 - 0x10 * i);
    }
    for (uint32_t i = 0; i < 8; i++) {
        fake_spi[SPI + i].level = true;
        assert_int_equal(ack(0), SPI + i);
        fake_spi[SPI + i].level = false;
    }
    for (uint32_t i = 8; i-- > 0;) {
        assert_true(fake_spi[SPI + i].active);
        eoi(0, SPI + i);
        assert_false(fake_spi[SPI + i].active);
        assert_false(is_on(0, ISACTIVER, SPI + i));
    }
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

/* Three active ones hold all but one list register. */
static void what_waits_goes_in_as_soon_as_it_can(void **state)
{
    start(3, 1);
    all_edges();
    for (uint32_t i = 0; i < 6; i++) {
        on(0, ISENABLER, SPI + i);
        fake_write(vm->vcpu[0], PRIORITY + SPI + i, 1, i < 3 ? 0x90 - 0x10 * i : 0x60);
    }
    for (uint32_t i = 0; i < 3; i++) {
        on(0, ISPENDR, SPI + i);
        assert_int_equal(ack(0), SPI + i);
    }
    for (uint32_t i = 3; i < 6; i++) on(0, ISPENDR, SPI + i);
    for (uint32_t i = 3; i < 6; i++) {
        assert_int_equal(ack(0), SPI + i);
        eoi(0, SPI + i);
    }
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void bits_made_active_by_hand_do_not_take_the_place_of_real_ones(void **state)
{
    start(3, 1);
    all_edges();
    for (uint32_t i = 0; i < 6; i++) on(0, ISACTIVER, SPI + i);         /* the most urgent of all */
    for (uint32_t i = 6; i < 9; i++) {
        on(0, ISENABLER, SPI + i);
        fake_write(vm->vcpu[0], PRIORITY + SPI + i, 1, 0x80);
    }
    for (uint32_t round = 0; round < 10; round++) {
        uint32_t i = SPI + 6 + round % 3;

        on(0, ISPENDR, i);
        assert_int_equal(ack(0), i);
        assert_true(is_on(0, ISACTIVER, i));
        fake_settle(vm);
        vm->vcpu[0]->vgic.dirty = true;         /* something else happens meanwhile */
        eoi(0, i);
        assert_false(is_on(0, ISACTIVER, i));
    }
    for (uint32_t i = 0; i < 6; i++) assert_true(is_on(0, ISACTIVER, SPI + i));
    stop();
}

static void an_end_matches_the_priority_at_the_beginning(void **state)
{
    start(3, 1);
    on(0, ISENABLER, SPI);
    fake_write(vm->vcpu[0], PRIORITY + SPI, 1, 0x60);
    line(SPI, true);
    assert_int_equal(ack(0), SPI);
    fake_write(vm->vcpu[0], PRIORITY + SPI, 1, 0xb0);
    line(SPI, false);
    eoi(0, SPI);
    assert_false(is_on(0, ISACTIVER, SPI));
    assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + SPI, 1), 0xb0);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_split_eoi_ends_come_in_any_order),
        cmocka_unit_test(a_cpu_that_cannot_trap_ends_lets_others_wait),
        cmocka_unit_test(an_edge_that_waits_behind_itself_follows_its_route),
        cmocka_unit_test(deeper_than_there_are_list_registers),
        cmocka_unit_test(linked_ones_nest_deeper_too),
        cmocka_unit_test(what_waits_goes_in_as_soon_as_it_can),
        cmocka_unit_test(bits_made_active_by_hand_do_not_take_the_place_of_real_ones),
        cmocka_unit_test(an_end_matches_the_priority_at_the_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
