/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* Which vCPU an interrupt goes to: routes, target bytes, and interrupts of one vCPU to others. */
#include "tests/unit/hypervisor/devices/vgic_try.h"

/* regression: 32 */
static void spis_go_where_they_are_routed(void **state)
{
    start(3, 3);
    on(0, ISENABLER, SPI);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 8, 0x100);                /* vCPU 2 */
    assert_int_equal(fake_read(vm->vcpu[0], ROUTE + 8 * SPI, 8), 0x100);
    line(SPI, true);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(2), SPI);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 4, 0x1);                  /* low half; active: stays until its end */
    assert_int_equal(ack(1), FAKE_NONE);
    eoi(2, SPI);
    assert_int_equal(ack(1), SPI);
    eoi(1, SPI);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI + 4, 4, 0x7);              /* nobody has this affinity */
    assert_int_equal(fake_read(vm->vcpu[0], ROUTE + 8 * SPI, 8), UINT64_C(0x700000001));
    for (uint32_t v = 0; v < 3; v++) assert_int_equal(ack(v), FAKE_NONE);
    fake_write(vm->vcpu[0], ROUTE + 8 * SPI, 8, 0);
    assert_int_equal(ack(0), SPI);
    stop();
}

/* regression: 30, 32 */
static void target_bytes_choose_the_vcpu(void **state)
{
    start(2, 3);
    assert_int_equal(fake_read(vm->vcpu[1], TARGETS, 4), 0x02020202);
    assert_int_equal(fake_read(vm->vcpu[2], TARGETS + 31, 1), 0x04);
    fake_write(vm->vcpu[0], TARGETS + SPI, 4, 0x00ff0602);
    assert_int_equal(fake_read(vm->vcpu[0], TARGETS + SPI, 4), 0x00070602);
    assert_int_equal(fake_read(vm->vcpu[0], TARGETS + SPI, 2), 0x0602);
    for (uint32_t i = 0; i < 4; i++) {
        on(0, ISENABLER, SPI + i);
        line(SPI + i, true);
    }
    assert_int_equal(ack(2), FAKE_NONE);
    assert_int_equal(ack(0), SPI + 2);          /* of several the lowest */
    assert_int_equal(ack(1), SPI);              /* two for vCPU 1, one at a time: equal priorities */
    line(SPI, false);
    eoi(1, SPI);
    assert_int_equal(ack(1), SPI + 1);
    stop();
}

static void sgis_of_version_2_know_their_source(void **state)
{
    uint8_t source = 9;

    start(2, 3);
    fake_write(vm->vcpu[1], SGIR, 4, 1u << 24 | 5);                    /* to all others */
    fake_write(vm->vcpu[2], SGIR, 4, 1u << 16 | 5);                    /* to vCPU 0 */
    fake_settle(vm);
    assert_int_equal(fake_read(vm->vcpu[0], 0xf20 + 5, 1), 0x06);
    assert_int_equal(fake_ack(0, &source), 5);
    assert_int_equal(source, 1);
    assert_int_equal(fake_ack(0, &source), FAKE_NONE);
    fake_eoi(0, 5, 1);
    fake_settle(vm);
    assert_int_equal(fake_ack(0, &source), 5);
    assert_int_equal(source, 2);
    fake_eoi(0, 5, 2);
    fake_settle(vm);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(1), FAKE_NONE);
    assert_int_equal(ack(2), 5);
    fake_write(vm->vcpu[1], SGIR, 4, 2u << 24 | 7);                    /* to itself */
    assert_int_equal(ack(1), 7);
    stop();
}

/* regression: 30 */
static void sgi_pending_registers_set_and_clear_sources(void **state)
{
    uint8_t source;

    start(2, 3);
    fake_write(vm->vcpu[0], 0xf20 + 4, 4, 0x00ff0500);                 /* SGI 5 from 0 and 2, SGI 6 from all */
    fake_settle(vm);
    assert_int_equal(fake_read(vm->vcpu[0], 0xf20 + 4, 4), 0x00070500);
    fake_write(vm->vcpu[0], 0xf10 + 5, 1, 0x01);
    fake_write(vm->vcpu[0], 0xf10 + 6, 2, 0xffff);
    fake_settle(vm);
    assert_int_equal(fake_read(vm->vcpu[0], 0xf10 + 4, 4), 0x00000400);
    on(0, ISPENDR, 8);                          /* not by this register */
    assert_int_equal(fake_ack(0, &source), 5);
    assert_int_equal(source, 2);
    fake_eoi(0, 5, 2);
    fake_settle(vm);
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void sgis_of_version_3_go_to_affinities(void **state)
{
    start(3, 4);                                /* 0.0.0.0, 0.0.0.1, 0.0.1.0, 0.0.1.1 */
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], UINT64_C(3) << 24 | 1 << 16 | 3, true);
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(1), FAKE_NONE);
    assert_int_equal(ack(2), 3);
    assert_int_equal(ack(3), 3);
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], BIT64(40) | UINT64_C(4) << 24, true);            /* all but self */
    assert_int_equal(ack(0), FAKE_NONE);
    assert_int_equal(ack(1), 4);
    eoi(2, 3);
    assert_int_equal(ack(2), 4);
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], UINT64_C(1) << 44 | UINT64_C(5) << 24 | 1, true);        /* Aff0 16: nobody */
    vgic_sgi(vm->vcpu[0], UINT64_C(1) << 48 | UINT64_C(5) << 24 | 1, true);        /* Aff3 1: nobody */
    vgic_sgi(vm->vcpu[0], UINT64_C(1) << 32 | UINT64_C(5) << 24 | 1, true);        /* Aff2 1: nobody */
    assert_int_equal(ack(0), FAKE_NONE);
    stop();
}

static void group_0_registers_reach_sgis_of_group_0_only(void **state)
{
    start(3, 2);
    fake_write(vm->vcpu[1], 0x80, 4, ~BIT64(3) & UINT32_MAX);           /* SGI 3 of vCPU 1 in group 0 */
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], BIT64(40) | UINT64_C(4) << 24, false);
    assert_int_equal(ack(1), FAKE_NONE);
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], BIT64(40) | UINT64_C(3) << 24, false);
    assert_int_equal(ack(1), 3);
    eoi(1, 3);
    fake_on_core(0, vm->vcpu[0]);
    vgic_sgi(vm->vcpu[0], BIT64(40) | UINT64_C(4) << 24, true);
    assert_int_equal(ack(1), 4);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spis_go_where_they_are_routed),
        cmocka_unit_test(target_bytes_choose_the_vcpu),
        cmocka_unit_test(sgis_of_version_2_know_their_source),
        cmocka_unit_test(sgi_pending_registers_set_and_clear_sources),
        cmocka_unit_test(sgis_of_version_3_go_to_affinities),
        cmocka_unit_test(group_0_registers_reach_sgis_of_group_0_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
