/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/devices/vgic.c hypervisor/devices/vgic_lr.c hypervisor/devices/vgic_dist.c
// sources: hypervisor/devices/vgic_hw.c
// sources: hypervisor/devices/vgic_v2.c hypervisor/devices/vgic_v3.c hypervisor/devices/vgic_state.c lib/state.c
// sources: tests/unit/hypervisor/fake/fake_gic.c tests/unit/hypervisor/fake/fake_page.c
/* What guests and the hypervisor can see of the virtual GIC, case by case; test_vgic_random.c has the long mixtures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/irq.h"
#include "hypervisor/core/platform.h"
#include "tests/unit/hypervisor/fake/fake_gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define ISENABLER 0x100u
#define ICENABLER 0x180u
#define ISPENDR   0x200u
#define ICPENDR   0x280u
#define ISACTIVER 0x300u
#define ICACTIVER 0x380u
#define PRIORITY  0x400u
#define TARGETS   0x800u
#define CONFIG    0xc00u
#define SGIR      0xf00u
#define ROUTE     0x6000u
#define SPI       40u

static struct vm *vm;

static void start(uint32_t version, uint32_t vcpus)
{
    fake_gic_reset(version, 4);
    vm = fake_vm_new(vcpus, false);
    assert_non_null(vm);
}

static void stop(void)
{
    fake_vm_free(vm);
    assert_int_equal(fake_page_live(), 0);
}

static void on(uint32_t v, uint32_t bank, uint32_t intid)
{
    fake_write(vm->vcpu[v], bank + intid / 32 * 4, 4, BIT64(intid % 32));
    fake_settle(vm);
}

static bool is_on(uint32_t v, uint32_t bank, uint32_t intid)
{
    return fake_read(vm->vcpu[v], bank + intid / 32 * 4, 4) >> (intid % 32) & 1;
}

static uint32_t ack(uint32_t v)
{
    uint8_t source;

    fake_settle(vm);
    return fake_ack(v, &source);
}

static void eoi(uint32_t v, uint32_t intid)
{
    fake_eoi(v, intid, 0);
    fake_settle(vm);
}

static void line(uint32_t intid, bool level)
{
    fake_on_core(0, vm->vcpu[0]);
    vgic_set_spi(vm, intid, level);
    fake_settle(vm);
}

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

static void all_edges(void)
{
    fake_write(vm->vcpu[0], CONFIG + 8, 4, 0xaaaaaaaa);
    fake_write(vm->vcpu[0], CONFIG + 12, 4, 0xaaaaaaaa);
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
        cmocka_unit_test(spis_go_where_they_are_routed),
        cmocka_unit_test(target_bytes_choose_the_vcpu),
        cmocka_unit_test(sgis_of_version_2_know_their_source),
        cmocka_unit_test(sgi_pending_registers_set_and_clear_sources),
        cmocka_unit_test(sgis_of_version_3_go_to_affinities),
        cmocka_unit_test(group_0_registers_reach_sgis_of_group_0_only),
        cmocka_unit_test(a_timer_active_at_a_switch_stays_the_vcpus_own),
        cmocka_unit_test(a_sleeper_is_woken_only_by_what_it_lets_through),
        cmocka_unit_test(what_a_running_vcpu_holds_is_read_exactly),
        cmocka_unit_test(a_write_is_pending_until_the_other_core_has_looked),
        cmocka_unit_test(with_split_eoi_ends_come_in_any_order),
        cmocka_unit_test(a_cpu_that_cannot_trap_ends_lets_others_wait),
        cmocka_unit_test(an_edge_that_waits_behind_itself_follows_its_route),
        cmocka_unit_test(deeper_than_there_are_list_registers),
        cmocka_unit_test(linked_ones_nest_deeper_too),
        cmocka_unit_test(what_waits_goes_in_as_soon_as_it_can),
        cmocka_unit_test(bits_made_active_by_hand_do_not_take_the_place_of_real_ones),
        cmocka_unit_test(an_end_matches_the_priority_at_the_beginning),
        cmocka_unit_test(a_vcpu_turned_on_again_keeps_its_configuration),
        cmocka_unit_test(the_mvm_drives_the_boards_distributor),
        cmocka_unit_test(a_line_has_one_owner_until_its_vm_is_gone),
        cmocka_unit_test(what_nobody_owns_is_deactivated),
        cmocka_unit_test(out_of_memory_leaves_nothing_behind),
        cmocka_unit_test(a_stopped_vm_starts_afresh),
        cmocka_unit_test(the_interface_page_is_there_on_version_2_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
