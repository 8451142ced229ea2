/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* The life of a virtual GIC, and the board's interrupts that belong to its VM. Its parts: test_vgic_dist.c and so on;
 * test_vgic_random.c has the long mixtures. */
#include "tests/unit/hypervisor/devices/vgic_try.h"

static void a_vcpu_turned_on_again_keeps_its_configuration(void **state)
{
    start(3, 2);
    on(1, ISENABLER, 20);
    fake_write(vm->vcpu[1], PRIORITY + 20, 1, 0x40);
    on(0, ISENABLER, SPI);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 8, 1);
    line(SPI, true);
    fake_on_core(1, NULL);
    vgic_save(vm->vcpu[1]);
    vgic_vcpu_init(vm->vcpu[1]);
    fake_on_core(1, vm->vcpu[1]);
    vgic_load(vm->vcpu[1]);
    assert_int_equal(ack(1), FAKE_NONE);        /* its interface is closed */
    fake_core[1].vmcr = 0xff000003u;
    assert_int_equal(ack(1), SPI);
    assert_true(is_on(1, ISENABLER, 20));
    assert_int_equal(fake_read(vm->vcpu[1], PRIORITY + 20, 1), 0x40);
    stop();
}

/* regression: 35 */
static void the_mvm_drives_the_boards_distributor(void **state)
{
    fake_gic_reset(2, 4);
    fake_spi[50].owner = (struct vm *)&fake_spi;        /* a line of EL2's own */
    fake_spi[50].enabled = true;
    fake_spi[50].priority = GIC_PRIO_HYP;
    vm = fake_vm_new(2, true);
    on(0, ISENABLER, SPI);
    fake_write(vm->vcpu[0], TARGETS + SPI, 1, 2);
    fake_write(vm->vcpu[0], PRIORITY + SPI, 1, 0);
    fake_write(vm->vcpu[0], CONFIG + SPI / 16 * 4, 4, UINT64_C(2) << (SPI % 16 * 2));
    assert_true(fake_spi[SPI].enabled && fake_spi[SPI].edge);
    assert_int_equal(fake_spi[SPI].target, 1);
    assert_int_equal(fake_spi[SPI].priority, GIC_PRIO_GUEST);           /* never as urgent as EL2's */
    fake_write(vm->vcpu[0], PRIORITY + SPI, 1, 0xff);
    assert_true(fake_spi[SPI].priority > GIC_PRIO_GUEST);
    on(0, ICENABLER, SPI);
    assert_false(fake_spi[SPI].enabled);

    for (uint32_t i = 48; i < 52; i++) on(0, ICENABLER, i);
    fake_write(vm->vcpu[0], PRIORITY + 48, 4, 0xf0f0f0f0);
    assert_true(fake_spi[50].enabled);
    assert_int_equal(fake_spi[50].priority, GIC_PRIO_HYP);

    on(0, ISENABLER, vgic_doorbell_intid());            /* a line only the hypervisor has */
    assert_int_equal(vgic_doorbell_intid(), FAKE_SPI_END);
    vgic_set_spi(vm, vgic_doorbell_intid(), true);
    assert_int_equal(ack(0), FAKE_SPI_END);
    fake_vm_free(vm);
    for (uint32_t i = 32; i < FAKE_SPI_END; i++) assert_true(i == 50 || (fake_spi[i].owner == NULL && !fake_spi[i].enabled));
}

/* regression: 36 */
static void a_line_has_one_owner_until_its_vm_is_gone(void **state)
{
    struct vm *other;

    start(3, 1);
    other = vm;
    assert_int_equal(vgic_own_spi(other, SPI), 0);
    assert_int_equal(vgic_own_spi(other, 31), -EINVAL);
    assert_int_equal(vgic_own_spi(other, FAKE_SPI_END), -EINVAL);
    on(0, ISENABLER, SPI);
    fake_spi[SPI].level = true;
    assert_int_equal(ack(0), SPI);
    assert_true(fake_spi[SPI].active);
    fake_spi[SPI].owner = (struct vm *)&fake_spi;
    assert_int_equal(vgic_own_spi(other, SPI), -EBUSY);
    fake_spi[SPI].owner = other;
    stop();
    assert_false(fake_spi[SPI].active || fake_spi[SPI].enabled);
    assert_null(fake_spi[SPI].owner);
}

static void what_nobody_owns_is_deactivated(void **state)
{
    start(3, 1);
    fake_spi[SPI].active = true;
    vgic_hw_spi(vm, SPI);
    assert_false(fake_spi[SPI].active);
    fake_on_core(0, vm->vcpu[0]);
    fake_ppi[0][30].active = true;
    vgic_hw_ppi(vm->vcpu[0], 30);
    assert_false(fake_ppi[0][30].active);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

/* regression: 54 */
static void out_of_memory_leaves_nothing_behind(void **state)
{
    fake_gic_reset(3, 4);
    fake_page_fail(1);
    assert_null(fake_vm_new(2, true));
    fake_page_fail(0);
    assert_int_equal(fake_page_live(), 0);
    for (uint32_t i = 32; i < FAKE_SPI_END; i++) assert_null(fake_spi[i].owner);
}

/* What a piece takes is what interrupts of its core wait. */
static void a_reset_is_in_pieces(void **state)
{
    uint32_t pieces = 1;

    start(3, FAKE_CORES);
    for (uint32_t i = 0; i < FAKE_CORES; i++) {
        fake_on_core(i, NULL);
        vgic_save(vm->vcpu[i]);
    }
    while (!vgic_reset_some(vm)) pieces++;
    assert_int_equal(pieces, 3);        /* 64 shared interrupts and a vCPU, three vCPUs, nothing left */
    stop();
}

static void a_stopped_vm_starts_afresh(void **state)
{
    start(2, 2);
    on(0, ISENABLER, SPI);
    line(SPI, true);
    fake_write(vm->vcpu[0], SGIR, 4, 2u << 16 | 1);
    fake_write(vm->vcpu[1], PRIORITY, 1, 0x80);
    assert_int_equal(ack(0), SPI);
    for (uint32_t i = 0; i < 2; i++) {
        fake_on_core(i, NULL);
        vgic_save(vm->vcpu[i]);
    }
    while (!vgic_reset_some(vm)) continue;
    for (uint32_t i = 0; i < vm->device_count; i++) vm->device[i].model->reset(&vm->device[i]);
    for (uint32_t i = 0; i < 2; i++) {
        vgic_vcpu_init(vm->vcpu[i]);
        fake_on_core(i, vm->vcpu[i]);
        vgic_load(vm->vcpu[i]);
        fake_core[i].vmcr = 0xff000003u;
    }
    assert_int_equal(fake_read(vm->vcpu[0], 0, 4), 0);
    fake_write(vm->vcpu[0], 0, 4, 3);
    assert_false(is_on(0, ISENABLER, SPI) || is_on(0, ISPENDR, SPI) || is_on(0, ISACTIVER, SPI));
    assert_int_equal(fake_read(vm->vcpu[1], PRIORITY, 1), 0);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(1), FAKE_NONE);
    stop();
}

static void the_interface_page_is_there_on_version_2_only(void **state)
{
    const struct device_model *m;
    struct device d;

    start(2, 1);
    m = fake_model(SHYPER_DEV_GICC);
    assert_non_null(m);
    assert_null(fake_model(SHYPER_DEV_GICR));
    d = (struct device){ .model = m, .vm = vm, .config = { .ipa = 0x8010000, .len = 0x10000 } };
    assert_int_equal(m->create(&d), 0);
    m->destroy(&d);
    stop();
    start(3, 1);
    assert_null(fake_model(SHYPER_DEV_GICC));
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vcpu_turned_on_again_keeps_its_configuration),
        cmocka_unit_test(the_mvm_drives_the_boards_distributor),
        cmocka_unit_test(a_line_has_one_owner_until_its_vm_is_gone),
        cmocka_unit_test(what_nobody_owns_is_deactivated),
        cmocka_unit_test(out_of_memory_leaves_nothing_behind),
        cmocka_unit_test(a_stopped_vm_starts_afresh), cmocka_unit_test(a_reset_is_in_pieces),
        cmocka_unit_test(the_interface_page_is_there_on_version_2_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
