/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/drivers/gic.c hypervisor/drivers/gic_dist.c hypervisor/drivers/gic_v2.c hypervisor/drivers/gic_v3.c
/* The board's interrupt controller over plain memory: what the drivers find out, and what they write where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/drivers/gic_dist.h"
#include "hypervisor/drivers/gic_v3.h"

#define GICD 0x08000000u
#define GICC 0x08010000u
#define GICH 0x08030000u
#define GICR 0x080a0000u
#define SIZE 0x400000u

struct platform platform;
struct cpu cpus[CPU_MAX];
static uint32_t here, maps_left;
static _Alignas(4096) uint8_t board[SIZE];

struct cpu *this_cpu(void)                          { return &cpus[here]; }
void panic(const char *format, ...)                 { (void)format; abort(); }

void *arch_map_device(pa_t base, uint64_t len)
{
    if (maps_left == 0 || base.v < GICD || base.v + len > GICD + SIZE) return NULL;
    maps_left--;
    return board + (base.v - GICD);
}

/* The system register half of GICv3. */
static uint64_t sgi_to;
void gicv3_cpu_init(void)                                       { }
uint32_t gicv3_lr_count(void)                                   { return 4; }
bool gicv3_traps_dir(void)                                      { return true; }
uint32_t gicv3_ack(void)                                        { return GIC_SPURIOUS; }
void gicv3_deactivate(uint32_t intid)                           { (void)intid; }
void gicv3_send_sgi(uint64_t mpidr, uint32_t sgi)               { sgi_to = mpidr << 8 | sgi; }
void gicv3_lr_write(uint32_t n, const struct gic_lr *lr)        { (void)n; (void)lr; }
bool gicv3_lr_link(uint32_t n, uint32_t i, uint8_t p, bool g)        { (void)n; (void)i; (void)p; (void)g; return true; }
void gicv3_lr_read(uint32_t n, struct gic_lr *lr)               { (void)n; (void)lr; }
uint64_t gicv3_lr_empty(void)                                   { return 0; }
void gicv3_maintenance(uint32_t raise)                          { (void)raise; }
uint32_t gicv3_eoi_count(void)                                  { return 0; }
uint64_t gicv3_vmcr(void)                                       { return 0; }
void gicv3_vcpu_load(const struct gic_vcpu_regs *r)             { (void)r; }
void gicv3_vcpu_save(struct gic_vcpu_regs *r)                   { (void)r; }

static uint32_t *word(uint64_t at)   { return (uint32_t *)(void *)(board + (at - GICD)); }
static uint64_t *twice(uint64_t at)  { return (uint64_t *)(void *)(board + (at - GICD)); }

static void board_v2(void)
{
    memset(board, 0, sizeof(board));
    memset(cpus, 0, sizeof(cpus));
    for (uint32_t i = 0; i < CPU_MAX; i++) cpus[i].id = i;
    here = 0;
    maps_left = 100;
    platform = (struct platform){
        .gic_version = 2, .cpu_count = 2, .gicd = { GICD, 0x10000 }, .gicc = { GICC, 0x10000 }, .gich = { GICH, 0x10000 },
    };
    *word(GICD + GICD_TYPER) = 8;               /* 288 interrupts */
    *word(GICD + GICD_PIDR2_V2) = 0x2b;
    *word(GICH + 4) = 0x90000003;               /* 4 list registers */
    for (uint32_t i = 0; i < 288; i += 4) *word(GICD + GICD_IPRIORITYR + i) = 0x11111111;
    for (uint32_t i = 0; i < 288; i += 16) *word(GICD + GICD_ICFGR + i / 4) = 0xaaaaaaaa;
}

static void redistributor(uint64_t at, uint64_t affinity, bool last, bool v4)
{
    *twice(at + 8) = affinity << 32 | (last ? 1 << 4 : 0) | (v4 ? 1 << 1 : 0);
    *word(at + 0x14) = 2;
}

static void board_v3(void)
{
    board_v2();
    *word(GICD + GICD_PIDR2_V2) = 0;
    *word(GICD + GICD_PIDR2_V3) = 0x3b;
    platform.gic_version = 3;
    platform.cpu_count = 3;
    platform.cpu[0].mpidr = 0x0;
    platform.cpu[1].mpidr = 0x1;
    platform.cpu[2].mpidr = UINT64_C(0x100000203);
    platform.gicr[0] = (struct mmio_range){ GICR, 0x60000 };
    platform.gicr[1] = (struct mmio_range){ GICR + 0x80000, 0x80000 };
    redistributor(GICR, 1, false, false);
    redistributor(GICR + 0x20000, 77, false, false);            /* of a CPU that is not ours */
    redistributor(GICR + 0x40000, 0, true, false);
    redistributor(GICR + 0x80000, 78, false, true);
    redistributor(GICR + 0xc0000, 0x01000203, true, true);
}

static void refused(void)
{
    const char *why = NULL;

    assert_int_equal(gic_init(&why), -ENODEV);
    assert_non_null(why);
}

static void version_2_starts_with_everything_off(void **state)
{
    const char *why = NULL;

    board_v2();
    assert_int_equal(gic_init(&why), 0);
    assert_int_equal(gic->version, 2);
    assert_int_equal(gic_spi_end, 288);
    assert_int_equal(gic_lr_count, 4);
    for (uint32_t i = 4; i < 36; i += 4) assert_int_equal(*word(GICD + GICD_ICENABLER + i), 0xffffffff);
    for (uint32_t i = 32; i < 288; i += 4) assert_int_equal(*word(GICD + GICD_IPRIORITYR + i), 0xa0a0a0a0);
    for (uint32_t i = 32; i < 288; i += 16) assert_int_equal(*word(GICD + GICD_ICFGR + i / 4), 0);
    assert_int_equal(*word(GICD + GICD_ICENABLER), 0);          /* not another CPU's business */
    assert_int_equal(*word(GICD + GICD_CTLR), 1);
}

static void version_2_is_refused_with_a_reason(void **state)
{
    board_v2();
    *word(GICD + GICD_PIDR2_V2) = 0x3b;
    refused();
    board_v2();
    platform.gicc.len = 0x1000;
    refused();
    board_v2();
    platform.gich.len = 0;
    refused();
    board_v2();
    *word(GICH + 4) = 0x90000000;               /* one list register */
    refused();
    for (uint32_t i = 0; i < 3; i++) {
        board_v2();
        maps_left = i;
        refused();
    }
    board_v2();
    platform.gic_version = 4;
    refused();
}

static void interfaces_have_the_numbers_the_distributor_says(void **state)
{
    const char *why;

    board_v2();
    assert_int_equal(gic_init(&why), 0);
    *word(GICD + GICD_ITARGETSR + 4) = 0x00200000;              /* CPU 0 is interface 5; the first bytes are empty */
    gic->init_cpu(0);
    *word(GICD + GICD_ITARGETSR + 4) = 0x02020202;
    here = 1;
    gic->init_cpu(1);
    gic->send_sgi(0, 3);
    assert_int_equal(*word(GICD + GICD_SGIR), 0x00200003);
    gic->send_sgi(1, 4);
    assert_int_equal(*word(GICD + GICD_SGIR), 0x00020004);
    assert_int_equal(*word(GICC + 0x0), 0x201);                 /* on, split ends */
    assert_int_equal(*word(GICC + 0x4), 0xff);
    gic->set_target(40, 1);
    assert_int_equal(*word(GICD + GICD_ITARGETSR + 40), 0x20202002);
}

static void the_end_of_an_sgi_names_its_source(void **state)
{
    const char *why;

    board_v2();
    assert_int_equal(gic_init(&why), 0);
    *word(GICC + 0xc) = 6u << 10 | 1;
    assert_int_equal(gic->ack(), 1);
    assert_int_equal(*word(GICC + 0x10), 6u << 10 | 1);
    gic->deactivate(1);
    assert_int_equal(*word(GICC + 0x1000), 6u << 10 | 1);
    *word(GICC + 0xc) = 77;
    assert_int_equal(gic->ack(), 77);
    assert_int_equal(*word(GICC + 0x10), 77);
}

static void list_registers_of_version_2_keep_what_is_written(void **state)
{
    struct gic_lr lr = { .intid = 5, .source = 3, .priority = 0xa0, .pending = true, .eoi_maintenance = true }, got;
    const char *why;

    board_v2();
    assert_int_equal(gic_init(&why), 0);
    gic->lr_write(2, &lr);
    assert_int_equal(*word(GICH + 0x108), 1u << 28 | 0x14u << 23 | 1u << 19 | 3u << 10 | 5);
    gic->lr_read(2, &got);
    assert_true(got.pending && !got.active && !got.hw && got.source == 3 && got.intid == 5 && got.priority == 0xa0);
    lr = (struct gic_lr){ .intid = 40, .hw_intid = 41, .hw = true, .active = true, .group1 = true, .eoi_maintenance = true };
    gic->lr_write(0, &lr);
    assert_int_equal(*word(GICH + 0x100), 1u << 31 | 1u << 30 | 1u << 29 | 41u << 10 | 40);
    gic->lr_read(0, &got);
    assert_true(!got.pending && got.active && got.hw && got.intid == 40 && got.source == 0);
    gic->maintenance(GIC_MAINT_UNDERFLOW | GIC_MAINT_NO_PENDING | GIC_MAINT_UNLISTED_EOI);
    assert_int_equal(*word(GICH), 0xf);
    *word(GICH) = 3u << 27 | 1;
    assert_int_equal(gic->eoi_count(), 3);
}

static void on_qemus_version_2_a_link_is_ended_at_the_distributor(void **state)
{
    struct gic_lr lr = { .intid = 27, .hw_intid = 27, .hw = true, .pending = true }, got;
    const char *why;

    board_v2();
    *word(GICD + 8) = 0x43b;
    assert_int_equal(gic_init(&why), 0);
    gic->lr_write(1, &lr);
    assert_int_equal(*word(GICH + 0x104), 1u << 28 | 1u << 19 | 27);
    gic->lr_read(1, &got);
    assert_true(got.pending && got.hw);
    assert_int_equal(*word(GICC + 0x1000), 0);
    *word(GICH + 0x104) = 1u << 19 | 27;        /* the guest has ended it */
    gic->lr_read(1, &got);
    assert_true(!got.pending && !got.active && got.hw);
    assert_int_equal(*word(GICC + 0x1000), 27);
    *word(GICC + 0x1000) = 0;
    gic->lr_read(1, &got);                      /* once only */
    assert_int_equal(*word(GICC + 0x1000), 0);
    gic->lr_write(1, &lr);
    gic->lr_write(1, &(struct gic_lr){ 0 });                        /* taken away before its end */
    gic->lr_read(1, &got);
    assert_int_equal(*word(GICC + 0x1000), 0);
}

static void a_vcpu_interface_comes_back_as_it_went(void **state)
{
    struct gic_vcpu_regs r;
    const char *why;

    board_v2();
    assert_int_equal(gic_init(&why), 0);
    gic->vcpu_reset(&r);
    assert_int_equal(r.vmcr, 0);
    r = (struct gic_vcpu_regs){ .vmcr = 0xf84c0001, .apr = { 0x80 } };
    gic->vcpu_load(&r);
    assert_int_equal(*word(GICH), 1);
    assert_int_equal(gic->vmcr(), 0xf84c0001);
    *word(GICH + 8) = 0x50000001;
    gic->vcpu_save(&r);
    assert_int_equal(r.vmcr, 0x50000001);
    assert_int_equal(r.apr[0], 0x80);
    assert_int_equal(*word(GICH), 0);
}

static void redistributors_are_found_by_affinity(void **state)
{
    const char *why;

    board_v3();
    assert_int_equal(gic_init(&why), 0);
    assert_int_equal(gic->version, 3);
    assert_int_equal(*word(GICD + GICD_CTLR), 0x13);
    assert_int_equal(*word(GICD + GICD_IGROUPR + 4), 0xffffffff);
    assert_int_equal(*word(GICD + GICD_IGROUPR), 0);
    for (uint32_t i = 0; i < 3; i++) {
        static const uint64_t frame[] = { GICR + 0x40000, GICR, GICR + 0xc0000 };

        here = i;
        gic->init_cpu(i);
        assert_int_equal(*word(frame[i] + 0x14), 0);                    /* awake */
        assert_int_equal(*word(frame[i] + 0x10000 + GICD_ICENABLER), 0xffffffff);
        assert_int_equal(*word(frame[i] + 0x10000 + GICD_IGROUPR), 0xffffffff);
        assert_true(*word(frame[i] + 0x10000 + GICD_IPRIORITYR) % 0x100 > GIC_PRIO_HYP);       /* behind EL2's timer */
        assert_true(*word(frame[i] + 0x10000 + GICD_IPRIORITYR) % 0x100 < GIC_PRIO_GUEST);
        gic_enable(27, true);
        assert_int_equal(*word(frame[i] + 0x10000 + GICD_ISENABLER), 1u << 27);
    }
    assert_int_equal(*word(GICR + 0x20014), 2);                         /* somebody else's sleeps on */
    gic->set_target(50, 2);
    assert_int_equal(*twice(GICD + GICD_IROUTER + 8 * 50), UINT64_C(0x100000203));
    gic->send_sgi(2, 1);
    assert_int_equal(sgi_to, UINT64_C(0x10000020301));
}

static void version_3_is_refused_with_a_reason(void **state)
{
    board_v3();
    *word(GICD + GICD_PIDR2_V3) = 0x2b;
    refused();
    board_v3();
    platform.cpu[1].mpidr = 0x5;                /* no such redistributor */
    refused();
    board_v3();
    platform.gicr[1].len = 0x10000;             /* too short to look into */
    refused();
    board_v3();
    *word(GICD + GICD_CTLR) = 1u << 31;
    maps_left = 0;
    refused();
}

static void one_interrupts_configuration_leaves_its_neighbours_alone(void **state)
{
    const char *why;

    board_v3();
    assert_int_equal(gic_init(&why), 0);
    gic_set_edge(40, true);
    gic_set_edge(42, true);
    assert_int_equal(*word(GICD + GICD_ICFGR + 8), 0x00220000);
    gic_set_edge(40, false);
    assert_int_equal(*word(GICD + GICD_ICFGR + 8), 0x00200000);
    gic_set_priority(41, 0xb8);
    assert_int_equal(*word(GICD + GICD_IPRIORITYR + 40), 0xa0a0b8a0);
    gic_set_active(65, true);
    assert_int_equal(*word(GICD + GICD_ISACTIVER + 8), 2);
    gic_set_pending(66, false);
    assert_int_equal(*word(GICD + GICD_ICPENDR + 8), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_2_starts_with_everything_off),
        cmocka_unit_test(version_2_is_refused_with_a_reason),
        cmocka_unit_test(interfaces_have_the_numbers_the_distributor_says),
        cmocka_unit_test(the_end_of_an_sgi_names_its_source),
        cmocka_unit_test(list_registers_of_version_2_keep_what_is_written),
        cmocka_unit_test(on_qemus_version_2_a_link_is_ended_at_the_distributor),
        cmocka_unit_test(a_vcpu_interface_comes_back_as_it_went),
        cmocka_unit_test(redistributors_are_found_by_affinity),
        cmocka_unit_test(version_3_is_refused_with_a_reason),
        cmocka_unit_test(one_interrupts_configuration_leaves_its_neighbours_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
