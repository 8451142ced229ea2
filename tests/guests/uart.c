/* SPDX-License-Identifier: Apache-2.0 */
/* The UART by interrupts, both ways. Whoever runs this types `Shyper!` when it says it is ready; it is shown as it comes. */
#include "lib/mmio.h"
#include "lib/str.h"
#include "tests/guests/lib/guest.h"

#define UART       ((volatile void *)(uintptr_t)UART_BASE)
#define UART_INTID 33u
#define DR         0x00u
#define FR         0x18u
#define IMSC       0x38u
#define RIS        0x3cu
#define MIS        0x40u
#define ICR        0x44u
#define INT_RX     0x50u                /* receive, receive timeout */
#define INT_TX     0x20u

static const char wanted[] = "Shyper!";
static volatile uint32_t received, wrong, tx_irqs;

static void on_irq(uint32_t intid)
{
    uint32_t status = mmio_read32(UART, MIS);

    if (intid != UART_INTID) return;
    if ((status & INT_TX) != 0) {
        tx_irqs++;
        mmio_write32(UART, IMSC, mmio_read32(UART, IMSC) & ~INT_TX);
    }
    while ((mmio_read32(UART, FR) & 0x10) == 0) {
        uint8_t c = (uint8_t)mmio_read32(UART, DR);

        if (received < sizeof(wanted) - 1) wrong += c != (uint8_t)wanted[received];
        received++;
    }
}

void guest_main(void)
{
    static const uint8_t ids[] = { 0x11, 0x10, 0, 0, 0x0d, 0xf0, 0x05, 0xb1 };
    bool same = true;
    const char *node;
    uint32_t bytes;

    for (uint32_t i = 0; i < ARRAY_LEN(ids); i++) {
        if (ids[i] != 0) same = same && mmio_read32(UART, 0xfe0 + i * 4) == ids[i];
    }
    report(same, "it is a PL011");
    gic_init();
    gic_enable(UART_INTID);
    irq_hook = on_irq;
    mmio_write32(UART, ICR, 0x7ff);
    mmio_write32(UART, 0x2c, 0x70);             /* 8 bits, FIFO */
    mmio_write32(UART, 0x30, 0x301);            /* on */
    node = dtb_property("uart", "compatible", &bytes);
    report(mmio_read32(UART, 0x2c) == (node != NULL && strcmp(node, "arm,sbsa-uart") == 0 ? 0 : 0x70),
           "it has line control exactly if it is no SBSA UART");

    print("a character raises the transmit interrupt\n");
    mmio_write32(UART, IMSC, INT_TX);
    while (tx_irqs == 0) irq_wait();
    irq_poll();
    report(tx_irqs == 1, "transmit interrupt, once");

    mmio_write32(UART, IMSC, INT_RX);
    print("ready for input: ");
    for (uint32_t shown = 0; shown < sizeof(wanted) - 1;) {
        if (shown == received) irq_wait();
        else print((char[]){ wanted[shown++], '\0' });
    }
    print("\n");
    report(wrong == 0 && received == sizeof(wanted) - 1, "received what was typed");
    report((mmio_read32(UART, RIS) & INT_RX) == 0, "and nothing more");
}
