/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* vCPUs that sleep, change places, or run on another core while somebody looks at their interrupts. */
#include "tests/unit/hypervisor/devices/vgic_try.h"

static void a_timer_active_at_a_switch_stays_the_vcpus_own(void **state)
{
    start(3, 1);
    on(0, ISENABLER, 27);
    fake_ppi[0][27].enabled = true;
    fake_ppi[0][27].level = true;
    assert_int_equal(ack(0), 27);
    assert_true(fake_ppi[0][27].active);
    fake_on_core(0, NULL);
    vgic_save(vm->vcpu[0]);
    assert_false(fake_ppi[0][27].active);       /* the next vCPU's timer can fire */
    fake_ppi[0][27].level = false;
    vgic_load(vm->vcpu[0]);
    assert_true(fake_ppi[0][27].active);
    eoi(0, 27);
    assert_false(fake_ppi[0][27].active);
    assert_int_equal(ack(0), FAKE_NONE);

    vgic_save(vm->vcpu[0]);                     /* the core fires it for a vCPU that is away */
    vgic_set_ppi(vm->vcpu[0], 27, true);
    assert_true(vgic_has_pending(vm->vcpu[0]));
    fake_ppi[0][27].level = true;
    fake_on_core(0, vm->vcpu[0]);
    vgic_load(vm->vcpu[0]);
    assert_int_equal(ack(0), 27);
    fake_ppi[0][27].level = false;
    eoi(0, 27);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

/* Its timer went on meanwhile, but nobody set an alarm for it while its interrupt was active. */
static void who_ends_a_sleepers_timer_interrupt_wakes_it(void **state)
{
    struct mmio_access a = { .offset = 0x10000 + ICACTIVER, .size = 4, .write = true, .value = BIT64(27) };

    start(3, 2);
    on(0, ISENABLER, 27);
    fake_ppi[0][27].enabled = true;
    fake_ppi[0][27].level = true;
    assert_int_equal(ack(0), 27);
    fake_on_core(0, NULL);
    vgic_save(vm->vcpu[0]);
    fake_kicks = 0;
    fake_access(vm->vcpu[1], &vm->device[1], &a);       /* the redistributor of vCPU 0 */
    assert_int_equal(fake_kicks, 1);
    fake_ppi[0][27].level = false;
    stop();
}

/* Acknowledged while its vCPU was leaving the core: the next one has not asked for it. */
static void a_timer_that_has_let_go_is_nobodys(void **state)
{
    start(3, 1);
    on(0, ISENABLER, 27);
    fake_ppi[0][27].active = true;
    fake_on_core(0, vm->vcpu[0]);
    vgic_hw_ppi(vm->vcpu[0], 27);
    assert_false(fake_ppi[0][27].active);       /* it can fire for the vCPU that is there now */
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void a_sleeper_is_woken_only_by_what_it_lets_through(void **state)
{
    start(3, 1);
    on(0, ISENABLER, SPI);
    fake_write(vm->vcpu[0], PRIORITY + SPI, 1, 0xa0);
    assert_false(vgic_has_pending(vm->vcpu[0]));
    line(SPI, true);
    assert_true(vgic_has_pending(vm->vcpu[0]));
    fake_core[0].vmcr = 0xa0000003u;
    assert_false(vgic_has_pending(vm->vcpu[0]));
    fake_core[0].vmcr = 0xa8000003u;
    assert_true(vgic_has_pending(vm->vcpu[0]));
    fake_core[0].vmcr = 0xa8000001u;
    assert_false(vgic_has_pending(vm->vcpu[0]));
    vgic_save(vm->vcpu[0]);
    assert_false(vgic_has_pending(vm->vcpu[0]));
    vm->vcpu[0]->vgic.regs.vmcr = 0xff000002u;
    assert_true(vgic_has_pending(vm->vcpu[0]));
    line(SPI, false);
    assert_false(vgic_has_pending(vm->vcpu[0]));
    stop();
}

/* Neither core 0's records nor the last look of core 1 can tell: the guest took and ended it without an exit. */
static void what_a_running_vcpu_holds_is_read_exactly(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        uint8_t source;

        start(version, 2);
        if (version == 2) fake_write(vm->vcpu[0], TARGETS + SPI, 1, 2);
        else fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 8, vm->vcpu[1]->mpidr);
        on(0, ISENABLER, SPI);
        on(0, ISPENDR, SPI);
        fake_settle(vm);
        assert_true(is_on(0, ISPENDR, SPI));
        assert_int_equal(fake_ack(1, &source), SPI);
        assert_true(is_on(0, ISACTIVER, SPI));
        assert_false(is_on(0, ISPENDR, SPI));
        fake_eoi(1, SPI, 0);
        assert_false(is_on(0, ISACTIVER, SPI));
        on(0, ISPENDR, SPI);
        fake_settle(vm);
        on(0, ICPENDR, SPI);                    /* it has reached the other core when it is seen */
        assert_false(is_on(0, ISPENDR, SPI));
        assert_int_equal(fake_ack(1, &source), FAKE_NONE);
        stop();
    }
}

/* A read that waits for another core is given up; that core's look is not taken for one at another register. */
static void a_read_given_up_answers_no_other(void **state)
{
    struct mmio_access a = { .offset = ISPENDR + 4, .size = 4 };
    uint8_t source;

    start(3, 2);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t spi = SPI + 32 * i;

        fake_write(vm->vcpu[0], ROUTE + 8 * spi, 8, vm->vcpu[1]->mpidr);
        fake_write(vm->vcpu[0], PRIORITY + spi, 1, 0xa0 - 0x10 * i);
        on(0, ISENABLER, spi);
        on(0, ISPENDR, spi);
    }
    fake_settle(vm);
    fake_on_core(0, vm->vcpu[0]);
    assert_false(vm->device[0].model->mmio(&vm->device[0], vm->vcpu[0], &a));
    vm->vcpu[0]->again = false;
    fake_settle(vm);
    assert_int_equal(fake_ack(1, &source), SPI + 32);
    assert_true(is_on(0, ISACTIVER, SPI + 32));
    stop();
}

/* GICR_CTLR of a vCPU, as vCPU 0 reads it. */
static uint64_t redistributor_control(uint32_t of)
{
    struct mmio_access a = { .offset = 0x20000u * of, .size = 4 };

    fake_access(vm->vcpu[0], &vm->device[1], &a);
    return a.value;
}

static void a_write_is_pending_until_the_other_core_has_looked(void **state)
{
    start(3, 2);
    on(0, ISENABLER, SPI);
    fake_settle(vm);
    assert_int_equal(fake_read(vm->vcpu[0], 0, 4) >> 31, 0);
    fake_write(vm->vcpu[0], 0, 4, 0);           /* both groups off, for all */
    assert_int_equal(fake_read(vm->vcpu[0], 0, 4) >> 31, 1);
    assert_int_equal(redistributor_control(1), 8);
    fake_settle(vm);
    assert_int_equal(fake_read(vm->vcpu[0], 0, 4) >> 31, 0);
    assert_int_equal(redistributor_control(1), 0);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_active_at_a_switch_stays_the_vcpus_own),
        cmocka_unit_test(a_timer_that_has_let_go_is_nobodys),
        cmocka_unit_test(who_ends_a_sleepers_timer_interrupt_wakes_it),
        cmocka_unit_test(a_sleeper_is_woken_only_by_what_it_lets_through),
        cmocka_unit_test(what_a_running_vcpu_holds_is_read_exactly),
        cmocka_unit_test(a_read_given_up_answers_no_other),
        cmocka_unit_test(a_write_is_pending_until_the_other_core_has_looked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
