/* SPDX-License-Identifier: Apache-2.0 */
/* The least a Linux, Zephyr or Unishyper guest needs: memory, CPUs by PSCI (hvc: no guest call
 * reaches the firmware), the virtual timer, one interrupt controller, one UART. The SBSA UART is
 * the default because it needs no clock nodes. */
#include "mvm/libshyper/guest_dt.h"

#include <stdio.h>
#include <string.h>

#include "mvm/libshyper/fdt_out.h"

#define TREE_MAX 16384u /* everything in it is bounded: command line, 16 regions, 8 CPUs */

enum { PHANDLE_GIC = 1, PHANDLE_CLOCK = 2 };
enum { GIC_SPI = 0, GIC_PPI = 1 };
enum { LEVEL_HIGH = 4 };

static void chosen_write(struct fdt_out *t, const struct profile *p)
{
    char stdout_path[48];

    (void)snprintf(stdout_path, sizeof stdout_path, "/uart@%llx", (unsigned long long)p->uart.ipa);
    fdt_out_node(t, "chosen");
    fdt_out_string(t, "stdout-path", stdout_path);
    if (p->cmdline[0] != '\0') { fdt_out_string(t, "bootargs", p->cmdline); }
    if (p->ramdisk.path != NULL) {
        fdt_out_u64(t, "linux,initrd-start", p->ramdisk_load);
        fdt_out_u64(t, "linux,initrd-end", p->ramdisk_load + p->ramdisk.bytes);
    }
    fdt_out_node_end(t);
}

static void memory_write(struct fdt_out *t, const struct profile *p)
{
    uint64_t reg[2 * SHYPER_RUN_MAX];

    for (uint32_t i = 0; i < p->memory_count; i++) {
        reg[2 * i] = p->memory[i].ipa;
        reg[2 * i + 1] = p->memory[i].bytes;
    }
    fdt_out_node(t, "memory@%llx", (unsigned long long)p->memory[0].ipa);
    fdt_out_string(t, "device_type", "memory");
    fdt_out_wide(t, "reg", reg, 2 * p->memory_count);
    fdt_out_node_end(t);
}

static void cpus_write(struct fdt_out *t, const struct profile *p)
{
    fdt_out_node(t, "cpus");
    fdt_out_u32(t, "#address-cells", 1);
    fdt_out_u32(t, "#size-cells", 0);
    for (uint32_t i = 0; i < p->cpu_count; i++) {
        fdt_out_node(t, "cpu@%x", i);
        fdt_out_string(t, "device_type", "cpu");
        fdt_out_string(t, "compatible", "arm,armv8");
        fdt_out_u32(t, "reg", i);
        fdt_out_string(t, "enable-method", "psci");
        fdt_out_node_end(t);
    }
    fdt_out_node_end(t);

    fdt_out_node(t, "psci");
    fdt_out_bytes(t, "compatible", "arm,psci-1.0\0arm,psci-0.2",
                  sizeof "arm,psci-1.0\0arm,psci-0.2");
    fdt_out_string(t, "method", "hvc");
    fdt_out_node_end(t);
}

static void timer_write(struct fdt_out *t, const struct profile *p, uint32_t gic)
{
    /* GICv2 bindings name the CPUs of a private interrupt in bits 15:8. */
    uint32_t flags = LEVEL_HIGH | (gic == 2 ? ((1u << p->cpu_count) - 1) << 8 : 0);
    const uint32_t irqs[] = {
        GIC_PPI, 13, flags, GIC_PPI, 14, flags, GIC_PPI, 11, flags, GIC_PPI, 10, flags,
    };

    fdt_out_node(t, "timer");
    fdt_out_string(t, "compatible", "arm,armv8-timer");
    fdt_out_cells(t, "interrupts", irqs, ARRAY_LEN(irqs));
    fdt_out_empty(t, "always-on");
    fdt_out_node_end(t);
}

static void gic_write(struct fdt_out *t, const struct profile *p, uint32_t gic)
{
    const struct profile_window *second = gic == 2 ? &p->gicc : &p->gicr;
    const uint64_t reg[] = { p->gicd.ipa, gic == 2 ? 0x1000 : 0x10000, second->ipa, second->bytes };

    fdt_out_node(t, "intc@%llx", (unsigned long long)p->gicd.ipa);
    fdt_out_string(t, "compatible", gic == 2 ? "arm,cortex-a15-gic" : "arm,gic-v3");
    fdt_out_u32(t, "#interrupt-cells", 3);
    fdt_out_empty(t, "interrupt-controller");
    fdt_out_wide(t, "reg", reg, ARRAY_LEN(reg));
    fdt_out_u32(t, "phandle", PHANDLE_GIC);
    fdt_out_node_end(t);
}

static void uart_write(struct fdt_out *t, const struct profile *p)
{
    const uint64_t reg[] = { p->uart.ipa, p->uart.bytes };
    const uint32_t irq[] = { GIC_SPI, p->uart_irq - 32, LEVEL_HIGH };
    const uint32_t clocks[] = { PHANDLE_CLOCK, PHANDLE_CLOCK };
    bool pl011 = p->uart_model == SHYPER_UART_PL011;

    if (pl011) {
        fdt_out_node(t, "clock");
        fdt_out_string(t, "compatible", "fixed-clock");
        fdt_out_u32(t, "#clock-cells", 0);
        fdt_out_u32(t, "clock-frequency", 24000000);
        fdt_out_u32(t, "phandle", PHANDLE_CLOCK);
        fdt_out_node_end(t);
    }
    fdt_out_node(t, "uart@%llx", (unsigned long long)p->uart.ipa);
    if (pl011) {
        fdt_out_bytes(t, "compatible", "arm,pl011\0arm,primecell",
                      sizeof "arm,pl011\0arm,primecell");
        fdt_out_cells(t, "clocks", clocks, ARRAY_LEN(clocks));
        fdt_out_bytes(t, "clock-names", "uartclk\0apb_pclk", sizeof "uartclk\0apb_pclk");
    } else {
        fdt_out_string(t, "compatible", "arm,sbsa-uart");
        fdt_out_u32(t, "current-speed", 115200);
    }
    fdt_out_wide(t, "reg", reg, ARRAY_LEN(reg));
    fdt_out_cells(t, "interrupts", irq, ARRAY_LEN(irq));
    fdt_out_node_end(t);
}

int guest_dt_write(const struct profile *p, uint32_t gic, void **dtb, size_t *bytes)
{
    struct fdt_out tree, *t = &tree;

    fdt_out_begin(t, TREE_MAX);
    fdt_out_string(t, "compatible", "linux,dummy-virt");
    fdt_out_string(t, "model", "Shyper guest");
    fdt_out_u32(t, "#address-cells", 2);
    fdt_out_u32(t, "#size-cells", 2);
    fdt_out_u32(t, "interrupt-parent", PHANDLE_GIC);
    chosen_write(t, p);
    memory_write(t, p);
    cpus_write(t, p);
    timer_write(t, p, gic);
    gic_write(t, p, gic);
    uart_write(t, p);
    if (p->heartbeat_ms != 0) {
        fdt_out_node(t, "watchdog");
        fdt_out_string(t, "compatible", "arm,smc-wdt");
        fdt_out_node_end(t);
    }
    fdt_out_node(t, "hypervisor");
    fdt_out_string(t, "compatible", "shyper,hypervisor");
    fdt_out_node_end(t);
    return fdt_out_finish(t, dtb, bytes);
}
