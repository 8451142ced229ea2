/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/drivers/gicv2.c unikernel/drivers/gicv3.c unikernel/kernel/lock.c
// sources: tests/unit/unikernel/fake/kernel.c
/* Both generations of the interrupt controller over plain memory: what is off after the start, for
 * as few and as many lines as there can be, and that nothing else is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/drivers/gic.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/mm/map.h"

/* Where the registers are */
#define DIST       0x00000U
#define CPU        0x10000U
#define REDIST     0x20000U
#define STRIDE     0x20000U
#define OURS       (REDIST + STRIDE)
#define OURS_LINES (OURS + 0x10000)
#define SIZE       (REDIST + 2 * STRIDE)

/* Registers of the distributor, and of a redistributor's lines */
#define CTLR       0x000U
#define TYPER      0x004U
#define IGROUPR    0x080U
#define ISENABLER  0x100U
#define ICENABLER  0x180U
#define ICACTIVER  0x380U
#define IPRIORITYR 0x400U
#define ITARGETSR  0x800U
#define SGIR       0xf00U
#define IROUTER    0x6000U

#define LINES      1020U /* the most there can be; those behind are special numbers */
#define UNTOUCHED  0x5aU
#define UNTOUCHED4 0x5a5a5a5aU
#define OUR_ID     0x100000203U /* affinity 1.0.2.3 */

/* ITLinesNumber of GICD_TYPER: only the private lines, some shared ones, all */
static const uint32_t sizes[] = { 0, 1, 2, 30, 31 };

static uint8_t board[SIZE] __attribute__((aligned(4096)));
static struct machine m;
static struct {
    const char *name;
    uint64_t value;
} sysregs[8];

volatile void *io_map(const struct region *r)
{
    return r->len <= SIZE && r->pa <= SIZE - r->len ? board + r->pa : NULL;
}

uint64_t *host_sysreg(const char *name)
{
    size_t i = 0;

    while (sysregs[i].name != NULL && strcmp(sysregs[i].name, name) != 0) i++;
    assert_true(i < 7);
    sysregs[i].name = name;
    return &sysregs[i].value;
}

static uint32_t *word(uint32_t at) { return (uint32_t *)(void *)(board + at); }
static uint64_t *twice(uint32_t at) { return (uint64_t *)(void *)(board + at); }

static int setup(void **state)
{
    fake_cpus(1);
    cpus[0]->id = OUR_ID;
    memset(sysregs, 0, sizeof(sysregs));
    memset(board, UNTOUCHED, sizeof(board));
    memset(&m, 0, sizeof(m));
    m.arch.gic_dist = (struct region){ DIST, 0x10000 };
    m.arch.gic_cpu = (struct region){ CPU, 0x1000 };
    m.arch.gic_redist[0] = (struct region){ REDIST, 2 * STRIDE };
    m.arch.gic_redists = 1;
    for (uint32_t i = 0; i < 32; i += 4) *word(DIST + ITARGETSR + i) = 0x04040404;
    *twice(REDIST + 8) = 0;
    *twice(OURS + 8) = UINT64_C(0x01000203) << 32 | BIT64(4);
    *word(OURS + 0x14) = 2; /* asleep, and nothing below it */
    return 0;
}

static const struct irqchip *start(int (*init)(const struct machine *, const struct irqchip **),
                                   uint32_t size)
{
    const struct irqchip *chip = NULL;

    setup(NULL);
    *word(DIST + TYPER) = 0x03ffffe0 | size;
    assert_int_equal(init(&m, &chip), 0);
    chip->init_cpu();
    return chip;
}

/* Lines [first, end) of a frame are off and of one priority; registers of others are as they were.
 */
static void lines_are_off(uint32_t frame, uint32_t first, uint32_t end)
{
    for (uint32_t n = 0; n < 32; n++) {
        uint32_t expected = n * 32 >= first && n * 32 < end ? UINT32_MAX : UNTOUCHED4;

        assert_int_equal(*word(frame + ICENABLER + n * 4), expected);
        assert_int_equal(*word(frame + ICACTIVER + n * 4), expected);
        if (n > 0) assert_int_equal(*word(frame + ISENABLER + n * 4), UNTOUCHED4);
    }
    for (uint32_t n = 0; n < LINES; n++) {
        assert_int_equal(board[frame + IPRIORITYR + n], n >= first && n < end ? 0x80 : UNTOUCHED);
    }
}

/* regression: uk 8 */
static void gicv2_of_any_size_starts_with_everything_off(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        start(gicv2_init, sizes[i]);
        lines_are_off(DIST, 0, (sizes[i] + 1) * 32);
        assert_int_equal(*word(DIST + ISENABLER), 0);
        assert_int_equal(*word(DIST + CTLR), 1);
        assert_int_equal(*word(CPU + 0x04), 0xff);
        assert_int_equal(*word(CPU + 0x00), 1);
        for (uint32_t n = 32; n < LINES; n++)
            assert_int_equal(board[DIST + ITARGETSR + n], UNTOUCHED);
    }
}

/* regression: uk 8 */
static void gicv3_of_any_size_starts_with_everything_off(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        start(gicv3_init, sizes[i]);
        lines_are_off(DIST, 32, (sizes[i] + 1) * 32);
        assert_int_equal(*word(DIST + ISENABLER), UNTOUCHED4);
        assert_int_equal(*word(DIST + CTLR), 0x12);
        for (uint32_t n = 0; n < 32; n++) {
            assert_int_equal(*word(DIST + IGROUPR + n * 4),
                             n >= 1 && n <= sizes[i] ? UINT32_MAX : UNTOUCHED4);
        }
        lines_are_off(OURS_LINES, 0, 32);
        assert_int_equal(*word(OURS_LINES + ISENABLER), 0);
        assert_int_equal(*word(OURS_LINES + IGROUPR), UINT32_MAX);
        assert_int_equal(*word(OURS + 0x14), 0);
        lines_are_off(REDIST + 0x10000, 0, 0); /* another CPU's */
        assert_int_equal(*host_sysreg("s3_0_c4_c6_0"), 0xff);
        assert_int_equal(*host_sysreg("s3_0_c12_c12_7"), 1);
    }
}

static void gicv2_sends_the_last_line_to_whom_enables_it(void **state)
{
    const struct irqchip *chip = start(gicv2_init, 31);

    chip->enable(1019);
    assert_int_equal(*word(DIST + ISENABLER + 31 * 4), 1U << 27);
    assert_int_equal(board[DIST + ITARGETSR + 1019], 4);
    chip->disable(1019);
    assert_int_equal(*word(DIST + ICENABLER + 31 * 4), 1U << 27);
    chip->send(7, cpus[0]);
    assert_int_equal(*word(DIST + SGIR), 4U << 16 | 7);
}

static void gicv3_sends_the_last_line_to_whom_enables_it(void **state)
{
    const struct irqchip *chip = start(gicv3_init, 31);

    chip->enable(1019);
    assert_int_equal(*word(DIST + ISENABLER + 31 * 4), 1U << 27);
    assert_int_equal(*twice(DIST + IROUTER + 1019 * 8), OUR_ID);
    chip->disable(1019);
    assert_int_equal(*word(DIST + ICENABLER + 31 * 4), 1U << 27);
    chip->send(7, cpus[0]);
    assert_int_equal(*host_sysreg("s3_0_c12_c11_5"),
                     BIT64(48) | UINT64_C(7) << 24 | UINT64_C(2) << 16 | BIT64(3));
}

static void special_numbers_are_nothing(void **state)
{
    const struct irqchip *v2 = start(gicv2_init, 31), *v3 = start(gicv3_init, 31);

    for (uint32_t n = 1019; n < 1024; n++) {
        *word(CPU + 0x0c) = n;
        *host_sysreg("s3_0_c12_c12_0") = n;
        assert_int_equal(v2->ack(0), n == 1019 ? n : UINT32_MAX);
        assert_int_equal(v3->ack(0), n == 1019 ? n : UINT32_MAX);
    }
}

static void a_cpu_without_redistributor_is_told(void **state)
{
    const struct irqchip *chip = start(gicv3_init, 1);

    cpus[0]->id = 5;
    EXPECT_PANIC(chip->init_cpu());
}

static void registers_that_cannot_be_mapped_are_an_error(void **state)
{
    const struct irqchip *chip;

    m.arch.gic_cpu.pa = SIZE;
    assert_int_not_equal(gicv2_init(&m, &chip), 0);
    m.arch.gic_dist.pa = SIZE;
    assert_int_not_equal(gicv2_init(&m, &chip), 0);
    assert_int_not_equal(gicv3_init(&m, &chip), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gicv2_of_any_size_starts_with_everything_off, setup),
        cmocka_unit_test_setup(gicv3_of_any_size_starts_with_everything_off, setup),
        cmocka_unit_test_setup(gicv2_sends_the_last_line_to_whom_enables_it, setup),
        cmocka_unit_test_setup(gicv3_sends_the_last_line_to_whom_enables_it, setup),
        cmocka_unit_test_setup(special_numbers_are_nothing, setup),
        cmocka_unit_test_setup(a_cpu_without_redistributor_is_told, setup),
        cmocka_unit_test_setup(registers_that_cannot_be_mapped_are_an_error, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
