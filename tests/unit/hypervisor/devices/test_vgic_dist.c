/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* What the registers of the distributor and the redistributors say and do. */
#include "tests/unit/hypervisor/devices/vgic_try.h"

static void identification_registers_say_what_is_there(void **state)
{
    start(2, 2);
    assert_int_equal(fake_read(vm->vcpu[0], 0x4, 4), 2 | 1 << 5);      /* 96 interrupts, 2 CPUs */
    assert_int_equal(fake_read(vm->vcpu[0], 0x8, 4) & 0xfff, 0x43b);
    assert_int_equal(fake_read(vm->vcpu[0], 0xfe8, 4), 0x2b);
    stop();
    start(3, 2);
    assert_int_equal(fake_read(vm->vcpu[0], 0x4, 4) & 0x1f, 2);
    assert_int_equal(fake_read(vm->vcpu[0], 0xffe8, 4), 0x3b);
    assert_int_equal(fake_read(vm->vcpu[0], 0x0, 4), 0x53);            /* one security state, routing, both groups */
    stop();
}

/* regression: 29, 35 */
static void every_offset_and_width_is_harmless(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        start(version, 2);
        for (uint32_t at = 0; at < 0x10000; at += 4) {
            for (uint8_t size = 1; size <= 8; size = (uint8_t)(size * 2)) {
                if (at % size != 0) continue;
                (void)fake_read(vm->vcpu[1], at, size);
                fake_write(vm->vcpu[1], at, size, UINT64_MAX);
                (void)fake_read(vm->vcpu[1], at, size);
            }
            if (at % 0x400 == 0) fake_settle(vm);
        }
        fake_settle(vm);
        for (uint32_t i = 32; i < FAKE_SPI_END; i++) {
            assert_false(fake_spi[i].enabled || fake_spi[i].active || fake_spi[i].pending || fake_spi[i].priority != 0);
        }
        stop();
    }
}

/* regression: 29 */
static void interrupts_that_do_not_exist_read_as_zero(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        start(version, 2);
        for (uint32_t intid = 96; intid < 1024; intid++) {
            on(0, ISENABLER, intid);
            on(0, ISPENDR, intid);
            fake_write(vm->vcpu[0], PRIORITY + intid, 1, 0x80);
            assert_false(is_on(0, ISENABLER, intid));
            assert_false(is_on(0, ISPENDR, intid));
            assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + intid, 1), 0);
        }
        vgic_set_spi(vm, 96, true);
        vgic_set_spi(vm, 1020, true);
        vgic_set_ppi(vm->vcpu[0], 32, true);
        assert_int_equal(ack(0), FAKE_NONE);
        stop();
    }
}

/* regression: 34 */
static void redistributors_describe_their_vcpus(void **state)
{
    struct mmio_access a;
    struct device *gicr;

    start(3, 3);
    gicr = &vm->device[1];
    a = (struct mmio_access){ .offset = 0x20008, .size = 8 };
    assert_true(gicr->model->mmio(gicr, vm->vcpu[0], &a));
    assert_int_equal(a.value, UINT64_C(1) << 32 | 1 << 8);             /* affinity 0.0.0.1, number 1, not the last */
    a = (struct mmio_access){ .offset = 0x4000c, .size = 4 };
    assert_true(gicr->model->mmio(gicr, vm->vcpu[0], &a));
    assert_int_equal(a.value, 0x100);
    a = (struct mmio_access){ .offset = 0x40008, .size = 4 };
    assert_true(gicr->model->mmio(gicr, vm->vcpu[0], &a));
    assert_int_equal(a.value, 2 << 8 | 1 << 4);
    a = (struct mmio_access){ .offset = 0x14, .size = 4 };
    assert_true(gicr->model->mmio(gicr, vm->vcpu[0], &a));
    assert_int_equal(a.value, 6);
    a = (struct mmio_access){ .offset = 0x14, .size = 4, .write = true };
    assert_true(gicr->model->mmio(gicr, vm->vcpu[1], &a));
    a.write = false;
    assert_true(gicr->model->mmio(gicr, vm->vcpu[0], &a));
    assert_int_equal(a.value, 0);
    for (uint64_t at = 0; at < 0x100000; at += 4) {                    /* everything, and redistributors that are not there */
        for (uint32_t write = 0; write < 2; write++) {
            a = (struct mmio_access){ .offset = at, .size = 4, .write = write != 0, .value = UINT64_MAX };
            fake_access(vm->vcpu[2], gicr, &a);
        }
    }
    fake_settle(vm);
    for (uint32_t i = 0; i < 32; i++) assert_false(fake_ppi[0][i].enabled || fake_ppi[0][i].priority != 0);
    stop();
}

/* regression: 30 */
static void priorities_are_bytes_of_five_bits(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        start(version, 1);
        fake_write(vm->vcpu[0], PRIORITY + 36, 4, 0x10203fff);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 36, 4), 0x102038f8);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 37, 1), 0x38);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 38, 2), 0x1020);
        fake_write(vm->vcpu[0], PRIORITY + 38, 2, 0x90a0);
        fake_write(vm->vcpu[0], PRIORITY + 16, 1, 0x47);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 36, 4), 0x90a038f8);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 16, 4), 0x40);
        assert_int_equal(fake_read(vm->vcpu[0], PRIORITY + 36, 8), 0);
        stop();
    }
}

static void a_level_comes_again_until_its_line_falls(void **state)
{
    start(3, 1);
    on(0, ISENABLER, SPI);
    line(SPI, true);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(ack(0), SPI);
        assert_int_equal(ack(0), FAKE_NONE);
        eoi(0, SPI);
    }
    line(SPI, false);
    assert_int_equal(ack(0), FAKE_NONE);
    line(SPI, true);
    assert_int_equal(ack(0), SPI);
    line(SPI, false);
    eoi(0, SPI);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void an_edge_while_active_comes_once_more(void **state)
{
    start(3, 1);
    fake_write(vm->vcpu[0], CONFIG + SPI / 16 * 4, 4, UINT64_C(2) << (SPI % 16 * 2));
    on(0, ISENABLER, SPI);
    line(SPI, true);
    assert_int_equal(ack(0), SPI);
    line(SPI, true);
    line(SPI, true);
    assert_true(is_on(0, ISPENDR, SPI));
    assert_true(is_on(0, ISACTIVER, SPI));
    eoi(0, SPI);
    assert_int_equal(ack(0), SPI);
    eoi(0, SPI);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void disabling_withdraws_and_enabling_brings_back(void **state)
{
    start(2, 1);
    on(0, ISENABLER, SPI);
    line(SPI, true);
    on(0, ICENABLER, SPI);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_true(is_on(0, ISPENDR, SPI));
    on(0, ISENABLER, SPI);
    assert_int_equal(ack(0), SPI);
    on(0, ICENABLER, SPI);                      /* while active: it can still be ended */
    assert_true(is_on(0, ISACTIVER, SPI));
    eoi(0, SPI);
    assert_false(is_on(0, ISACTIVER, SPI));
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void groups_are_switched_as_a_whole(void **state)
{
    start(3, 1);
    fake_write(vm->vcpu[0], 0, 4, 0);
    on(0, ISENABLER, SPI);
    line(SPI, true);
    assert_int_equal(ack(0), FAKE_NONE);
    fake_write(vm->vcpu[0], 0, 4, 1);           /* the other group */
    assert_int_equal(ack(0), FAKE_NONE);
    fake_write(vm->vcpu[0], 0, 4, 3);
    assert_int_equal(ack(0), SPI);
    eoi(0, SPI);
    fake_write(vm->vcpu[0], 0, 4, 0);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void pending_and_active_bits_can_be_written(void **state)
{
    for (uint32_t version = 2; version <= 3; version++) {
        start(version, 2);
        on(0, ISENABLER, SPI);
        on(0, ISPENDR, SPI);
        assert_true(is_on(0, ISPENDR, SPI));
        on(0, ICPENDR, SPI);
        assert_false(is_on(0, ISPENDR, SPI));
        assert_int_equal(ack(0), FAKE_NONE);
        on(0, ISPENDR, SPI);
        on(1, ICPENDR, SPI);                    /* from the other core: its list register is emptied there */
        assert_int_equal(ack(0), FAKE_NONE);
        on(1, ISACTIVER, SPI);
        on(0, ISPENDR, SPI);
        assert_int_equal(ack(0), FAKE_NONE);
        on(1, ICACTIVER, SPI);
        assert_int_equal(ack(0), SPI);
        on(1, ICACTIVER, SPI);
        assert_false(is_on(0, ISACTIVER, SPI));
        stop();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identification_registers_say_what_is_there),
        cmocka_unit_test(every_offset_and_width_is_harmless),
        cmocka_unit_test(interrupts_that_do_not_exist_read_as_zero),
        cmocka_unit_test(redistributors_describe_their_vcpus),
        cmocka_unit_test(priorities_are_bytes_of_five_bits),
        cmocka_unit_test(a_level_comes_again_until_its_line_falls),
        cmocka_unit_test(an_edge_while_active_comes_once_more),
        cmocka_unit_test(disabling_withdraws_and_enabling_brings_back),
        cmocka_unit_test(groups_are_switched_as_a_whole),
        cmocka_unit_test(pending_and_active_bits_can_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
