/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/quiesce.c hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/platform_dma.c
// sources: lib/fdt_cursor.c lib/ranges.c arch/host/cpu.c arch/host/memory.c arch/host/time.c hypervisor/core/timer.c
// sources: hypervisor/core/cpu.c tests/unit/hypervisor/fake/tree.c libfdt
/* Which devices may write to memory, as the tree says, and how they are stopped. Registers are memory here: a written value
 * stays, so a virtio status of 0 reads back at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "arch/host/host.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/quiesce.h"
#include "hypervisor/drivers/gic.h"
#include "tests/unit/hypervisor/fake/tree.h"

#define VIRTIO UINT64_C(0xa000000)
#define ECAM   UINT64_C(0x10000000)
#define FN(bus, device, function) (ECAM + ((uint64_t)(bus) << 20) + ((device) << 15) + ((function) << 12))

const struct gic_driver *gic;

static int board(void **state)
{
    host_memory_init(GIB);
    return 0;
}

static int fresh(void **state)
{
    platform = (struct platform){ 0 };
    memset(host_ram(PA(ECAM)), 0xff, 4 * MIB);          /* nobody answers */
    memset(host_ram(PA(VIRTIO)), 0, 0x1000);
    return 0;
}

static void add(uint64_t base, uint64_t len, enum dma_kind kind)
{
    platform.dma[platform.dma_count++] = (struct dma_device){ base, len, kind };
}

static uint32_t *reg32(uint64_t at)     { return host_ram(PA(at)); }
static uint16_t *reg16(uint64_t at)     { return host_ram(PA(at)); }
static uint8_t *reg8(uint64_t at)       { return host_ram(PA(at)); }

/* To the end, with time going on. */
static int all(const char **what)
{
    int err;

    quiesce_begin();
    for (uint32_t calls = 0; (err = quiesce_some(what)) == -EAGAIN; calls++) {
        assert_true(calls < 10000);
        host_time_advance(HOST_COUNTER_HZ / 1000);
    }
    return err;
}

static void virtio_device(uint64_t at, uint32_t id)
{
    *reg32(at) = 0x74726976;
    *reg32(at + 8) = id;
    *reg32(at + 0x70) = 15;
}

static void function(uint64_t at, uint8_t type)
{
    *reg16(at) = 0x1af4;
    *reg16(at + 4) = 0x0407;
    *reg8(at + 0xe) = type;
}

static void a_bridge_that_lies_leads_nowhere(void **state)
{
    const char *what;

    add(ECAM, 1 * MIB, DMA_PCI_ECAM);                   /* room for one bus */
    function(FN(0, 0, 0), 0x01);
    *reg8(FN(0, 0, 0) + 0x1a) = 255;
    function(FN(1, 0, 0), 0x00);
    assert_int_equal(all(&what), 0);
    assert_int_equal(*reg16(FN(1, 0, 0) + 4), 0x0407);
}

static void an_unknown_device_is_named_and_nothing_touched(void **state)
{
    const char *what = NULL;

    add(VIRTIO, 0x200, DMA_VIRTIO_MMIO);
    virtio_device(VIRTIO, 2);
    platform.dma_unknown = "mystery@1000";
    assert_int_equal(all(&what), -ENODEV);
    assert_string_equal(what, "mystery@1000");
    assert_int_equal(*reg32(VIRTIO + 0x70), 15);
}

static const char *read_board(const char *compatible, int len, bool reg, bool disabled)
{
    struct tree t = { malloc(65536), 65536 };
    const uint32_t range[] = { cpu_to_fdt32(0xb000000), cpu_to_fdt32(0x1000) };
    const char *why;
    int node;

    platform = (struct platform){ 0 };
    assert_int_equal(fdt_create_empty_tree(t.fdt, (int)t.len), 0);
    assert_int_equal(fdt_setprop_u32(t.fdt, 0, "#address-cells", 1), 0);
    assert_int_equal(fdt_setprop_u32(t.fdt, 0, "#size-cells", 1), 0);
    node = fdt_add_subnode(t.fdt, 0, "thing@b000000");
    assert_int_equal(fdt_setprop(t.fdt, node, "compatible", compatible, len), 0);
    if (reg) assert_int_equal(fdt_setprop(t.fdt, node, "reg", range, sizeof(range)), 0);
    if (disabled) assert_int_equal(fdt_setprop_string(t.fdt, node, "status", "disabled"), 0);
    assert_true(platform_read(&platform, t.fdt, PA(0x40000000), &why) < 0);     /* it lacks all the rest */
    why = platform.dma_unknown == NULL ? NULL : "thing@b000000";
    if (why != NULL) assert_string_equal(platform.dma_unknown, why);
    free(t.fdt);
    return why;
}

#define BOARD(compatible, reg, disabled) read_board(compatible, sizeof(compatible), reg, disabled)

static void the_tree_says_what_may_write_to_memory(void **state)
{
    assert_non_null(BOARD("acme,engine", true, false));
    assert_null(BOARD("acme,engine", false, false));    /* without registers nobody can start it */
    assert_null(BOARD("acme,engine", true, true));
    assert_null(BOARD("arm,pl031\0arm,primecell", true, false));
    assert_null(BOARD("acme,uart\0arm,pl011", true, false));
    assert_non_null(BOARD("arm,pl0", true, false));
    assert_int_equal(platform.dma_count, 0);
    assert_null(BOARD("virtio,mmio", true, false));
    assert_int_equal(platform.dma_count, 1);
    assert_int_equal(platform.dma[0].base, 0xb000000);
    assert_int_equal(platform.dma[0].kind, DMA_VIRTIO_MMIO);
    assert_null(BOARD("pci-host-ecam-generic", true, false));
    assert_int_equal(platform.dma[0].kind, DMA_PCI_ECAM);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
    const struct CMUnitTest tests[] = {
        TEST(a_bridge_that_lies_leads_nowhere), TEST(an_unknown_device_is_named_and_nothing_touched),
        TEST(the_tree_says_what_may_write_to_memory),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
