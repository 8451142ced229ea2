/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/quiesce.c hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/platform_device.c
// sources: lib/fdt_cursor.c lib/ranges.c arch/host/cpu.c arch/host/memory.c arch/host/time.c hypervisor/core/timer.c
// sources: hypervisor/core/cpu.c tests/unit/hypervisor/fake/tree.c libfdt
/* Which devices may write to memory, as the tree says, and how they are stopped. Registers are memory here: a written value
 * stays, so a virtio status of 0 reads back at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

const struct gic_driver *gic;

static int board(void **state)
{
    host_memory_init(GIB);
    return 0;
}

static int fresh(void **state)
{
    platform = (struct platform){ 0 };
    memset(host_ram(PA(VIRTIO)), 0, 0x1000);
    return 0;
}

static void add(uint64_t base, uint64_t len, enum dma_kind kind)
{
    platform.dma[platform.dma_count++] = (struct dma_device){ base, len, kind };
}

static uint32_t *reg32(uint64_t at)     { return host_ram(PA(at)); }

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

static int read_things(const char *compatible, int len, uint32_t count, bool reg, bool disabled, const char **why)
{
    struct tree t = { malloc(65536), 65536 };
    uint32_t range[] = { 0, cpu_to_fdt32(0x1000) };
    char name[32];
    int node, err;

    platform = (struct platform){ 0 };
    assert_int_equal(fdt_create_empty_tree(t.fdt, (int)t.len), 0);
    assert_int_equal(fdt_setprop_u32(t.fdt, 0, "#address-cells", 1), 0);
    assert_int_equal(fdt_setprop_u32(t.fdt, 0, "#size-cells", 1), 0);
    for (uint32_t at = 0xb000000 + (count - 1) * 0x1000; count > 0; count--, at -= 0x1000) {
        range[0] = cpu_to_fdt32(at);
        (void)snprintf(name, sizeof(name), "thing@%x", at);
        node = fdt_add_subnode(t.fdt, 0, name);
        assert_int_equal(fdt_setprop(t.fdt, node, "compatible", compatible, len), 0);
        if (reg) assert_int_equal(fdt_setprop(t.fdt, node, "reg", range, sizeof(range)), 0);
        if (disabled) assert_int_equal(fdt_setprop_string(t.fdt, node, "status", "disabled"), 0);
    }
    err = platform_read(&platform, t.fdt, PA(0x40000000), why);
    if (platform.dma_unknown != NULL) assert_string_equal(platform.dma_unknown, "thing@b000000");
    free(t.fdt);
    return err;
}

/* Is there a device that nobody can stop? */
static bool is_unknown(const char *compatible, int len, bool reg, bool disabled)
{
    const char *why;

    assert_true(read_things(compatible, len, 1, reg, disabled, &why) < 0);      /* it lacks all the rest */
    return platform.dma_unknown != NULL;
}

#define UNKNOWN(compatible, reg, disabled) is_unknown(compatible, sizeof(compatible), reg, disabled)

static void the_tree_says_what_may_write_to_memory(void **state)
{
    assert_true(UNKNOWN("acme,engine", true, false));
    assert_false(UNKNOWN("acme,engine", false, false));    /* without registers nobody can start it */
    assert_false(UNKNOWN("acme,engine", true, true));
    assert_false(UNKNOWN("arm,pl031\0arm,primecell", true, false));
    assert_false(UNKNOWN("acme,uart\0arm,pl011", true, false));
    assert_true(UNKNOWN("arm,pl0", true, false));
    assert_int_equal(platform.dma_count, 0);
    assert_false(UNKNOWN("virtio,mmio", true, false));
    assert_int_equal(platform.dma_count, 1);
    assert_int_equal(platform.dma[0].base, 0xb000000);
    assert_int_equal(platform.dma[0].kind, DMA_VIRTIO_MMIO);
    assert_false(UNKNOWN("pci-host-ecam-generic", true, false));
    assert_int_equal(platform.dma[0].kind, DMA_PCI_ECAM);
}

static void what_programs_other_devices_is_hidden(void **state)
{
    const char *why = "";

    assert_false(UNKNOWN("arm,smmu-v3", true, false));
    assert_int_equal(platform.hidden_count, 1);
    assert_int_equal(platform.hidden[0].base, 0xb000000);
    assert_int_equal(platform.hidden[0].len, 0x1000);
    assert_int_equal(platform.dma_count, 0);
    assert_false(UNKNOWN("acme,smmu-500\0arm,mmu-500", true, false));
    assert_int_equal(platform.hidden_count, 1);
    assert_false(UNKNOWN("arm,gic-v2m-frame", true, false));
    assert_int_equal(platform.hidden_count, 1);
    assert_false(UNKNOWN("arm,smmu-v3", true, true));       /* disabled: that is for its driver only */
    assert_int_equal(platform.hidden_count, 1);
    assert_int_equal(platform.hidden[0].base, 0xb000000);
    assert_true(read_things("arm,smmu-v3", sizeof("arm,smmu-v3"), PLATFORM_HIDDEN_MAX, true, false, &why) < 0);
    assert_int_equal(platform.hidden_count, PLATFORM_HIDDEN_MAX);
    assert_null(strstr(why, "SMMU"));
    assert_true(read_things("arm,smmu-v3", sizeof("arm,smmu-v3"), PLATFORM_HIDDEN_MAX + 1, true, false, &why) < 0);
    assert_string_equal(why, "more than 16 ITS, v2m frames and SMMUs");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_device_is_named_and_nothing_touched),
        TEST(the_tree_says_what_may_write_to_memory), TEST(what_programs_other_devices_is_hidden),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
