/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/platform.c hypervisor/core/platform_node.c
// sources: hypervisor/core/platform_reader.c hypervisor/core/platform_uart.c hypervisor/core/platform_device.c lib/fdt_cursor.c
// sources: lib/ranges.c tests/unit/hypervisor/fake/tree.c libfdt
/* What the hypervisor learns of boards from their device trees. */
#include "tests/unit/hypervisor/core/platform_try.h"

/* regression: 63 */
static void qemu_virt_with_gicv2_is_read(void **state)
{
    struct tree t = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=2 -cpu cortex-a53 -smp 3 -m 1024");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_int_equal(p.ram.count, 1);
    expect_ram(&p, 0, 0x40000000, 0x80000000);
    assert_int_equal(p.cpu_count, 3);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(p.cpu[i].mpidr, i);
    assert_int_equal(p.psci, PSCI_SMC);
    assert_int_equal(p.gic_version, 2);
    assert_int_equal(p.gicd.base, 0x08000000);
    assert_int_equal(p.gicc.base, 0x08010000);
    assert_int_equal(p.gich.base, 0x08030000);
    assert_int_equal(p.gicv.base, 0x08040000);
    assert_int_equal(p.gicv.len, 0x2000);
    assert_int_equal(p.hidden_count, 1);
    assert_int_equal(p.hidden[0].base, 0x08020000);
    assert_int_equal(p.irq_maintenance, 25);
    assert_int_equal(p.irq_hyp_timer, 26);
    assert_int_equal(p.irq_vtimer, 27);
    assert_int_equal(p.irq_ptimer, 30);
    assert_int_equal(p.uart.kind, UART_PL011);
    assert_int_equal(p.uart.mmio.base, 0x09000000);
    assert_int_equal(p.uart.irq, 33);
    assert_false(p.uart.sbsa);
    assert_int_equal(p.initrd_base, 0);
    assert_int_equal(p.initrd_end, 0);
    assert_true(p.has_entropy);
    assert_memory_equal(
        p.entropy, fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "kaslr-seed", NULL), 8);
    assert_memory_equal(
        p.entropy + 8, fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "rng-seed", NULL), 32);
    assert_int_equal(p.dtb_base, AT.v);
    assert_int_equal(p.dtb_len, t.len);
    tree_free(&t);
}

static void qemu_virt_with_gicv3_and_eight_cpus_is_read(void **state)
{
    struct tree t = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3,iommu=smmuv3 -cpu max -smp 8 -m 8192");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    expect_ram(&p, 0, 0x40000000, 0x240000000);
    assert_int_equal(p.cpu_count, 8);
    assert_int_equal(p.gic_version, 3);
    assert_int_equal(p.gicd.base, 0x08000000);
    assert_int_equal(p.gicd.len, 0x10000);
    assert_int_equal(p.gicr[0].base, 0x080a0000);
    assert_int_equal(p.gicr[0].len, 0xf60000);
    assert_int_equal(p.gicr[1].len, 0);
    assert_int_equal(p.gicc.len, 0);
    assert_int_equal(p.hidden_count, 2);
    assert_int_equal(p.hidden[0].base, 0x09050000);
    assert_int_equal(p.hidden[1].base, 0x08080000);
    assert_null(p.dma_unknown);
    assert_int_equal(p.irq_maintenance, 25);
    tree_free(&t);
}

static void more_cpus_than_we_serve_are_left_out(void **state)
{
    struct tree t = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 20 -m 512");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_int_equal(p.cpu_count, CPU_MAX);
    tree_free(&t);
}

static void the_cpu_that_boots_becomes_the_first(void **state)
{
    struct platform p = { .cpu_count = 3, .cpu = { { 0x100 }, { 0x101 }, { 7 } } };

    assert_int_equal(platform_boot_cpu(&p, 7), 0);
    assert_int_equal(p.cpu[0].mpidr, 7);
    assert_int_equal(p.cpu[1].mpidr, 0x100);
    assert_int_equal(p.cpu[2].mpidr, 0x101);
    assert_int_equal(platform_boot_cpu(&p, 7), 0);
    assert_int_equal(p.cpu[0].mpidr, 7);
    assert_int_equal(platform_boot_cpu(&p, 0x102), -ENODEV);
    assert_int_equal(p.cpu_count, 3);
}

/* regression: 63 */
static void a_numa_machine_with_several_memory_nodes_is_read(void **state)
{
    struct tree t = tree_from_qemu(
        "-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 2 -m 1G "
        "-object memory-backend-ram,id=a,size=256M -object memory-backend-ram,id=b,size=768M "
        "-numa node,memdev=a -numa node,memdev=b");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_int_equal(ranges_total(&p.ram), 1u << 30);
    assert_int_equal(p.ram.count, 1);
    tree_free(&t);
}

/* regression: 63 */
static void a_board_with_a_translating_bus_is_read(void **state)
{
    struct tree t = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_int_equal(p.gic_version, 2);
    assert_int_equal(p.gicd.base, 0xff841000);
    assert_int_equal(p.gicc.base, 0xff842000);
    assert_int_equal(p.gich.base, 0xff844000);
    assert_int_equal(p.gicv.base, 0xff846000);
    /* stdout-path is an alias with options, and not the first UART */
    assert_int_equal(p.uart.mmio.base, 0xfe201000);
    assert_int_equal(p.uart.irq, 32 + 121);
    /* cpu@1 has failed; the multiprocessor bit of cpu@100 is no affinity */
    assert_int_equal(p.cpu_count, 2);
    assert_int_equal(p.cpu[0].mpidr, 0);
    assert_int_equal(p.cpu[1].mpidr, 0x100);
    /* 0x800 of padding round to whole pages; memreserve, no-map and plain reservations are taken
     * out; disabled ones not */
    assert_int_equal(p.ram.count, 4);
    expect_ram(&p, 0, 0x1000, 0x10000000);
    expect_ram(&p, 1, 0x10100000, 0x3b000000);
    expect_ram(&p, 2, 0x50000000, 0x60000000);
    expect_ram(&p, 3, 0x100000000, 0x180000000);
    assert_int_equal(p.initrd_base, 0x2000000);
    assert_int_equal(p.initrd_end, 0x2345678);
    assert_false(p.has_entropy);
    assert_int_equal(p.psci, PSCI_SMC);
    tree_free(&t);
}

static void devices_that_access_memory_are_told_apart(void **state)
{
    struct tree base = tree_from_qemu("-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -smp 1 -m 512");
    struct tree t = tree_editable(&base, 1024);
    uint32_t virtio = 0, pci = 0;
    int node = fdt_path_offset(t.fdt, "/pl031@9010000");
    struct platform p;
    const char *why;

    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_null(p.dma_unknown);
    for (uint32_t i = 0; i < p.dma_count; i++) {
        virtio += p.dma[i].kind == DMA_VIRTIO_MMIO && p.dma[i].base >= 0xa000000 && p.dma[i].len == 0x200;
        pci += p.dma[i].kind == DMA_PCI_ECAM && p.dma[i].base == 0x4010000000 && p.dma[i].len == 0x10000000;
    }
    assert_int_equal(virtio, 32);
    assert_int_equal(pci, 1);
    assert_int_equal(p.dma_count, 33);
    assert_int_equal(fdt_setprop(t.fdt, node, "compatible", TEXT("test,dma-engine")), 0);
    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_string_equal(p.dma_unknown, "pl031@9010000");
    assert_int_equal(fdt_setprop(t.fdt, node, "compatible", BYTES("arm,pl031")), 0);     /* not terminated: no text */
    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_string_equal(p.dma_unknown, "pl031@9010000");
    assert_int_equal(fdt_setprop(t.fdt, node, "compatible", BYTES("test,clock\0arm,pl031\0")), 0);
    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_null(p.dma_unknown);
    tree_free(&t);
    tree_free(&base);
}

static void interrupts_have_four_cells_or_a_controller_each_where_the_board_says_so(void **state)
{
    struct tree base = tree_from_dts(FIXTURES "soc-gic400.dts");
    struct tree t = tree_editable(&base, 1024);
    int gic = fdt_path_offset(t.fdt, "/soc/interrupt-controller@40041000");
    struct platform p;
    const char *why;

    assert_int_equal(fdt_setprop_u32(t.fdt, gic, "#interrupt-cells", 4), 0);
    assert_int_equal(
        fdt_setprop(t.fdt, gic, "interrupts", BYTES("\0\0\0\1\0\0\0\x09\0\0\x0f\4\0\0\0\0")), 0);
    assert_int_equal(fdt_delprop(t.fdt, fdt_path_offset(t.fdt, "/timer"), "interrupts"), 0);
    assert_int_equal(fdt_setprop(t.fdt, fdt_path_offset(t.fdt, "/timer"), "interrupts-extended",
                                 BYTES("\0\0\0\5\0\0\0\1\0\0\0\x0d\0\0\0\4\0\0\0\0"
                                       "\0\0\0\5\0\0\0\1\0\0\0\x0e\0\0\0\4\0\0\0\0"
                                       "\0\0\0\5\0\0\0\1\0\0\0\x0b\0\0\0\4\0\0\0\0"
                                       "\0\0\0\5\0\0\0\1\0\0\0\x0a\0\0\0\4\0\0\0\0")),
                     0);
    assert_int_equal(fdt_setprop(t.fdt, fdt_path_offset(t.fdt, "/soc/serial@7e201000"),
                                 "interrupts", BYTES("\0\0\0\0\0\0\0\x79\0\0\0\4\0\0\0\0")),
                     0);
    assert_int_equal(read_tree(&p, &t, &why), 0);
    assert_int_equal(p.irq_maintenance, 25);
    assert_int_equal(p.irq_ptimer, 30);
    assert_int_equal(p.irq_vtimer, 27);
    assert_int_equal(p.irq_hyp_timer, 26);
    assert_int_equal(p.uart.irq, 32 + 121);
    tree_free(&t);
    tree_free(&base);
}

static void stdout_path_may_be_a_path_with_or_without_unit_address(void **state)
{
    static const struct { const char *path; uint64_t base; } cases[] = {
        { "/soc/serial@7e201000", 0xfe201000 },
        { "/soc/serial@7e201000:9600", 0xfe201000 },
        { "/soc/serial", 0xfe201400 },              /* both match: the first */
        { "serial0", 0xfe201400 },
        { "serial0:115200", 0xfe201400 },
        { "console", 0xfe201000 },
        { "nothing", 0xfe201400 },                  /* unresolved: the first usable UART */
        { "/soc/serial@7e201800", 0xfe201400 },     /* disabled */
        { "/soc", 0xfe201400 },
        { "/soc@0/serial@7e201000", 0xfe201400 },
        { "", 0xfe201400 },
        { "/", 0xfe201400 },
    };
    struct tree base = tree_from_dts(FIXTURES "soc-gic400.dts");

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct tree t = tree_editable(&base, 256);
        struct platform p;
        const char *why;

        assert_int_equal(fdt_setprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "stdout-path",
                                     cases[i].path, (int)strlen(cases[i].path) + 1),
                         0);
        assert_int_equal(read_tree(&p, &t, &why), 0);
        if (p.uart.mmio.base != cases[i].base)
            fail_msg("%s: %lx", cases[i].path, (unsigned long)p.uart.mmio.base);
        tree_free(&t);
    }
    tree_free(&base);
}

static void a_uart_with_a_very_long_path_is_found_as_the_first(void **state)
{
    struct tree t = with_nodes("/", "a-name-as-long-as-it-may-be", 1, NULL, NULL, 0, 0);
    struct tree more = tree_editable(&t, 4096);
    int node = fdt_path_offset(more.fdt, "/a-name-as-long-as-it-may-be@0");
    struct platform p;
    const char *why;

    for (int i = 0; i < 4; i++) {
        assert_int_equal(fdt_setprop(more.fdt, node, "ranges", "", 0), 0);
        assert_int_equal(fdt_setprop_u32(more.fdt, node, "#address-cells", 2), 0);
        node = fdt_add_subnode(more.fdt, node, "another-name-as-long-as-it-may-be");
        assert_true(node > 0);
    }
    assert_int_equal(fdt_setprop(more.fdt, node, "compatible", "arm,pl011", 10), 0);
    assert_int_equal(fdt_setprop(more.fdt, node, "reg", BYTES("\0\0\0\0\x09\0\0\0\0\0\x10\0")), 0);
    assert_int_equal(fdt_setprop(more.fdt, fdt_path_offset(more.fdt, "/chosen"), "stdout-path",
                                 BYTES("nowhere\0")), 0);
    tree_pack(&more);
    assert_int_equal(read_tree(&p, &more, &why), 0);
    assert_int_equal(p.uart.mmio.base, 0x09000000);
    tree_free(&more);
    tree_free(&t);
}

static void memory_is_known_whoever_has_reserved_it(void **state)
{
    struct tree t = tree_from_dts(FIXTURES "soc-gic400.dts");
    const char *why;

    assert_int_equal(read_tree(&platform, &t, &why), 0);
    assert_true(platform_has_memory(0, 1));
    assert_true(platform_has_memory(0x3b001000, 0x1000));
    assert_true(platform_has_memory(0xff000000, 0x1000001));
    assert_false(platform_has_memory(0xff000000, 0x1000000));
    assert_false(platform_has_memory(0x200000000, 0x80000000));
    tree_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_virt_with_gicv2_is_read),
        cmocka_unit_test(qemu_virt_with_gicv3_and_eight_cpus_is_read),
        cmocka_unit_test(more_cpus_than_we_serve_are_left_out),
        cmocka_unit_test(the_cpu_that_boots_becomes_the_first),
        cmocka_unit_test(a_numa_machine_with_several_memory_nodes_is_read),
        cmocka_unit_test(a_board_with_a_translating_bus_is_read),
        cmocka_unit_test(devices_that_access_memory_are_told_apart),
        cmocka_unit_test(interrupts_have_four_cells_or_a_controller_each_where_the_board_says_so),
        cmocka_unit_test(stdout_path_may_be_a_path_with_or_without_unit_address),
        cmocka_unit_test(a_uart_with_a_very_long_path_is_found_as_the_first),
        cmocka_unit_test(memory_is_known_whoever_has_reserved_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
