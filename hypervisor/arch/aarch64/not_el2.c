/* SPDX-License-Identifier: Apache-2.0 */
/* Entered at EL1, without the rights a hypervisor needs: said on the first PL011 of the device
 * tree, whose registers are taken as they stand there. Runs with the MMU off, as boot_tables.c
 * does. */
#include "hypervisor/core/platform.h"
#include "hypervisor/drivers/pl011.h"
#include "lib/fdt_cursor.h"
#include "lib/mmio.h"

static bool begins_with(const char *text, const char *with)
{
    while (*with != '\0') {
        if (*text++ != *with++) return false;
    }
    return true;
}

static volatile void *find_uart(const void *fdt)
{
    const uint8_t *reg = NULL;
    struct fdt_cursor c;
    struct fdt_token t;
    const char *why;
    bool pl011 = false;
    int tag;

    if (fdt_cursor_open(&c, fdt, PLATFORM_FDT_MAX, &why) < 0) return NULL;
    while ((tag = fdt_cursor_next(&c, &t)) > 0 && tag != FDT_TAG_END) {
        if (tag != FDT_TAG_PROP) {
            reg = NULL;
            pl011 = false;
            continue;
        }
        if (begins_with(t.name, "reg") && t.len == 16) reg = t.data;
        if (begins_with(t.name, "compatible") && t.len > 9)
            pl011 = begins_with((const char *)t.data, "arm,pl011");
        if (pl011 && reg != NULL)
            return (volatile void *)((uint64_t)fdt_cell(reg) << 32 | fdt_cell(reg + 4));
    }
    return NULL;
}

void not_el2_say(const void *fdt); /* called by head.S only */
void not_el2_say(const void *fdt)
{
    const char *text = "Shyper has to be entered at EL2 (QEMU: virtualization=on).\r\n";
    volatile void *uart = find_uart(fdt);

    if (uart == NULL) return;
    for (; *text != '\0'; text++) {
        for (uint32_t n = 0; n < 100000 && (mmio_read32(uart, PL011_FR) & PL011_FR_TXFF) != 0; n++)
            continue;
        mmio_write32(uart, PL011_DR, (uint8_t)*text);
    }
}
