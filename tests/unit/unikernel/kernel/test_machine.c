/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/machine.c unikernel/kernel/machine_node.c unikernel/arch/aarch64/machine_node.c unikernel/fs/boot.c
// sources: lib/fdt_cursor.c lib/ranges.c libfdt
/* The reader of the device tree: trees made with libfdt, what they must yield, and every single-bit
 * damage of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "unikernel/kernel/machine.h"
#include "lib/err.h"

#define TREE_PA 0x44000000u
#define ROOM 8192

static uint8_t tree[ROOM] aligned_to(8);
static struct machine m;
static const char *problem;

#define OK(call) assert_int_equal((call), 0)

static void text(const char *name, const char *value)
{
    OK(fdt_property(tree, name, value, (int)strlen(value) + 1));
}

static void begin(void)
{
    OK(fdt_create(tree, ROOM));
    OK(fdt_finish_reservemap(tree));
    OK(fdt_begin_node(tree, ""));
    OK(fdt_property_u32(tree, "#address-cells", 2));
    OK(fdt_property_u32(tree, "#size-cells", 2));
}

static void reg2(uint64_t base, uint64_t len)
{
    const fdt64_t r[] = { cpu_to_fdt64(base), cpu_to_fdt64(len) };

    OK(fdt_property(tree, "reg", r, sizeof(r)));
}

static void reg1(uint32_t base, uint32_t len)
{
    const fdt32_t r[] = { cpu_to_fdt32(base), cpu_to_fdt32(len) };

    OK(fdt_property(tree, "reg", r, sizeof(r)));
}

static void memory(uint64_t base, uint64_t len)
{
    OK(fdt_begin_node(tree, "memory"));
    text("device_type", "memory");
    reg2(base, len);
    OK(fdt_end_node(tree));
}

static void irq(uint32_t kind, uint32_t number)
{
    const fdt32_t c[] = { cpu_to_fdt32(kind), cpu_to_fdt32(number), cpu_to_fdt32(4) };

    OK(fdt_property(tree, "interrupts", c, sizeof(c)));
}

static void uart(const char *name, const char *compatible, uint64_t base, const char *status)
{
    OK(fdt_begin_node(tree, name));
    text("compatible", compatible);
    reg2(base, 0x1000);
    irq(0, 1);
    if (status != NULL) text("status", status);
    OK(fdt_end_node(tree));
}

static int end(void)
{
    OK(fdt_end_node(tree));
    OK(fdt_finish(tree));
    return machine_read_tree(&m, tree, ROOM, TREE_PA, &problem);
}

static void usual(void)
{
    begin();
    OK(fdt_begin_node(tree, "chosen"));
    text("bootargs", "one two");
    text("stdout-path", "/pl011@2000:115200n8");
    OK(fdt_end_node(tree));
    memory(0x40000000, 0x8000000);
    uart("pl011@1000", "arm,pl011", 0x1000, NULL);
    uart("pl011@2000", "arm,pl011", 0x2000, NULL);
    OK(fdt_begin_node(tree, "intc"));
    OK(fdt_property(tree, "compatible", "arm,cortex-a57-gic\0arm,gic-400", 31));
    const fdt64_t regs[] = { cpu_to_fdt64(0x8000000), cpu_to_fdt64(0x1000), cpu_to_fdt64(0x8010000),
                             cpu_to_fdt64(0x2000) };
    OK(fdt_property(tree, "reg", regs, sizeof(regs)));
    OK(fdt_end_node(tree));
    OK(fdt_begin_node(tree, "timer"));
    text("compatible", "arm,armv8-timer");
    const fdt32_t irqs[] = {
        cpu_to_fdt32(1),  cpu_to_fdt32(13), cpu_to_fdt32(4),  cpu_to_fdt32(1),
        cpu_to_fdt32(14), cpu_to_fdt32(4),  cpu_to_fdt32(1),  cpu_to_fdt32(11),
        cpu_to_fdt32(4),  cpu_to_fdt32(1),  cpu_to_fdt32(10), cpu_to_fdt32(4)
    };
    OK(fdt_property(tree, "interrupts", irqs, sizeof(irqs)));
    OK(fdt_end_node(tree));
    OK(fdt_begin_node(tree, "psci"));
    text("compatible", "arm,psci-1.0");
    text("method", "smc");
    OK(fdt_end_node(tree));
}

static void everything_is_found(void **state)
{
    usual();
    OK(end());
    assert_int_equal(m.ram.count, 1);
    assert_int_equal(m.ram.at[0].base, 0x40000000);
    assert_int_equal(m.ram.at[0].end, 0x48000000);
    assert_int_equal(m.uart, UART_PL011);
    assert_int_equal(m.uart_regs.pa, 0x2000);
    assert_int_equal(m.uart_irq, 33);
    assert_int_equal(m.arch.gic, 2);
    assert_int_equal(m.arch.gic_cpu.pa, 0x8010000);
    assert_int_equal(m.timer_irq, 27);
    assert_int_equal(m.arch.psci, CONDUIT_SMC);
    assert_string_equal(m.bootargs, "one two");
    assert_int_equal(m.reserved.count, 1);
    assert_int_equal(m.reserved.at[0].base, TREE_PA);
    assert_in_range(m.reserved.at[0].end, TREE_PA + 4096,
                    (TREE_PA + fdt_totalsize(tree) + 4095) & ~4095u);
}

static void what_is_disabled_is_not_there(void **state)
{
    begin();
    memory(0x40000000, 0x8000000);
    uart("a", "arm,pl011", 0x1000, "disabled");
    uart("b", "arm,sbsa-uart", 0x2000, "okay");
    OK(end());
    assert_int_equal(m.uart, UART_SBSA);
    assert_int_equal(m.uart_regs.pa, 0x2000);
}

static void stdout_may_be_an_alias(void **state)
{
    begin();
    OK(fdt_begin_node(tree, "aliases"));
    text("serial0", "/b@2000");
    OK(fdt_end_node(tree));
    memory(0x40000000, 0x8000000);
    uart("a@1000", "arm,pl011", 0x1000, NULL);
    uart("b@2000", "arm,pl011", 0x2000, NULL);
    OK(fdt_begin_node(tree, "chosen"));
    text("stdout-path", "serial0:9600");
    OK(fdt_end_node(tree));
    OK(end());
    assert_int_equal(m.uart_regs.pa, 0x2000);
}

static void addresses_go_through_the_buses(void **state)
{
    /* soc: child 0x0..0x1000000 is at 0x3f000000; inside it a bus with empty ranges. */
    const fdt32_t ranges[] = { cpu_to_fdt32(0), cpu_to_fdt32(0), cpu_to_fdt32(0x3f000000),
                               cpu_to_fdt32(0x1000000) };

    begin();
    memory(0x40000000, 0x8000000);
    OK(fdt_begin_node(tree, "soc"));
    OK(fdt_property_u32(tree, "#address-cells", 1));
    OK(fdt_property_u32(tree, "#size-cells", 1));
    OK(fdt_property(tree, "ranges", ranges, sizeof(ranges)));
    OK(fdt_begin_node(tree, "bus"));
    OK(fdt_property_u32(tree, "#address-cells", 1));
    OK(fdt_property_u32(tree, "#size-cells", 1));
    OK(fdt_property(tree, "ranges", NULL, 0));
    OK(fdt_begin_node(tree, "uart"));
    text("compatible", "arm,pl011");
    reg1(0x201000, 0x200);
    OK(fdt_end_node(tree));
    OK(fdt_end_node(tree));
    OK(fdt_end_node(tree));
    OK(end());
    assert_int_equal(m.uart_regs.pa, 0x3f201000);
    assert_int_equal(m.uart_regs.len, 0x200);
    assert_int_equal(m.uart_irq, 0);
}

static void a_device_behind_a_bus_without_ranges_is_not_taken(void **state)
{
    begin();
    memory(0x40000000, 0x8000000);
    OK(fdt_begin_node(tree, "i2c"));
    OK(fdt_property_u32(tree, "#address-cells", 1));
    OK(fdt_property_u32(tree, "#size-cells", 0));
    OK(fdt_begin_node(tree, "uart"));
    text("compatible", "arm,pl011");
    OK(fdt_property_u32(tree, "reg", 0x48));
    OK(fdt_end_node(tree));
    OK(fdt_end_node(tree));
    OK(end());
    assert_int_equal(m.uart, UART_NONE);
}

static void reserved_memory_is_kept_apart(void **state)
{
    begin();
    memory(0x40000000, 0x8000000);
    OK(fdt_begin_node(tree, "reserved-memory"));
    OK(fdt_property_u32(tree, "#address-cells", 2));
    OK(fdt_property_u32(tree, "#size-cells", 2));
    OK(fdt_property(tree, "ranges", NULL, 0));
    OK(fdt_begin_node(tree, "secure"));
    reg2(0x41000100, 0x1000);
    OK(fdt_property(tree, "no-map", NULL, 0));
    OK(fdt_end_node(tree));
    OK(fdt_begin_node(tree, "log"));
    reg2(0x42000000, 0x3000);
    OK(fdt_end_node(tree));
    OK(fdt_end_node(tree));
    OK(end());
    assert_int_equal(m.unmapped.count, 1);
    assert_int_equal(m.unmapped.at[0].base, 0x41000000);        /* whole pages */
    assert_int_equal(m.unmapped.at[0].end, 0x41002000);
    assert_int_equal(m.reserved.count, 2);
    assert_int_equal(m.reserved.at[0].base, 0x42000000);
}

static void initrd(const void *start, int start_bytes, uint64_t last)
{
    const fdt64_t to = cpu_to_fdt64(last);

    begin();
    memory(0x40000000, 0x8000000);
    OK(fdt_begin_node(tree, "chosen"));
    OK(fdt_property(tree, "linux,initrd-start", start, start_bytes));
    OK(fdt_property(tree, "linux,initrd-end", &to, sizeof(to)));
    OK(fdt_end_node(tree));
    OK(end());
}

static void an_initrd_is_found_and_nobody_elses_memory(void **state)
{
    const fdt32_t one_cell = cpu_to_fdt32(0x42000100);
    const fdt64_t two_cells = cpu_to_fdt64(0x42000100);

    initrd(&one_cell, 4, 0x42001234);
    assert_int_equal(m.initrd.pa, 0x42000100);
    assert_int_equal(m.initrd.len, 0x1134);
    assert_true(ranges_contain(&m.reserved, 0x42000000, 0x42002000));
    initrd(&two_cells, 8, 0x42001234);
    assert_int_equal(m.initrd.len, 0x1134);
    initrd(&two_cells, 8, 0x42000100);                          /* nothing, or less */
    assert_int_equal(m.initrd.len, 0);
    initrd(&two_cells, 7, 0x42001234);
    assert_int_equal(m.initrd.len, 0);
    initrd(&two_cells, 8, UINT64_MAX);                          /* nowhere */
    assert_int_equal(m.initrd.len, 0);
    assert_int_equal(m.reserved.count, 1);                      /* the tree itself */
}

static void many_pieces_of_memory(void **state)
{
    begin();
    for (uint64_t i = 0; i < 20; i++) memory(0x40000000 + i * 0x10000000, 0x800 + i * 0x1000);
    OK(end());
    assert_int_equal(m.ram.count, 19);                          /* the first was less than a page */
}

static void more_pieces_of_memory_than_fit_are_left_out(void **state)
{
    begin();
    for (uint64_t i = 0; i < 40; i++) memory(0x40000000 + i * 0x10000000, 0x100000);
    OK(end());
    assert_int_equal(m.ram.count, RANGES_MAX);
}

static void without_memory_there_is_a_reason(void **state)
{
    begin();
    assert_int_equal(end(), -ENODEV);
    assert_string_equal(problem, "the device tree describes no memory");
}

static void rubbish_is_refused(void **state)
{
    memset(tree, 0, sizeof(tree));
    assert_true(machine_read_tree(&m, tree, ROOM, TREE_PA, &problem) < 0);
    assert_non_null(problem);
}

/* The sanitizers watch that nothing outside the tree is touched, whatever it says. */
static void damage_never_leads_outside(void **state)
{
    usual();
    OK(end());
    uint32_t len = fdt_totalsize(tree);
    uint8_t *copy = malloc(len);

    for (uint32_t bit = 0; bit < len * 8; bit++) {
        memcpy(copy, tree, len);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!machine_read_tree(&m, copy, len, TREE_PA, &problem);
    }
    for (uint32_t cut = 0; cut < len; cut++) {
        uint8_t *part = malloc(cut + 1);

        memcpy(part, tree, cut);
        assert_true(machine_read_tree(&m, part, cut, TREE_PA, &problem) < 0);
        free(part);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_found),
        cmocka_unit_test(what_is_disabled_is_not_there),
        cmocka_unit_test(stdout_may_be_an_alias),
        cmocka_unit_test(addresses_go_through_the_buses),
        cmocka_unit_test(a_device_behind_a_bus_without_ranges_is_not_taken),
        cmocka_unit_test(reserved_memory_is_kept_apart),
        cmocka_unit_test(an_initrd_is_found_and_nobody_elses_memory),
        cmocka_unit_test(many_pieces_of_memory),
        cmocka_unit_test(more_pieces_of_memory_than_fit_are_left_out),
        cmocka_unit_test(without_memory_there_is_a_reason),
        cmocka_unit_test(rubbish_is_refused),
        cmocka_unit_test(damage_never_leads_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
