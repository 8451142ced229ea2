/* SPDX-License-Identifier: Apache-2.0 */
/* Arm PL011 and the SBSA generic UART, which is its data, flag and interrupt registers and nothing
 * else. (Arm DDI 0183, SBSA appendix B) */
#include "unikernel/drivers/uart.h"
#include "unikernel/mm/map.h"
#include "lib/mmio.h"

#define DR      0x00
#define FR      0x18
#define LCR_H   0x2c
#define CR      0x30
#define IMSC    0x38
#define ICR     0x44

#define FR_RXFE BIT64(4)
#define FR_TXFF BIT64(5)
#define LCR_FEN BIT64(4)
#define CR_ON   0x301U          /* UART, transmit, receive */
#define INT_RX  0x50U           /* receive level and receive time-out */

static void pl011_put(volatile void *regs, char c)
{
    while (mmio_read32(regs, FR) & FR_TXFF) { }
    mmio_write32(regs, DR, (uint8_t)c);
}

static bool pl011_get(volatile void *regs, char *c)
{
    if (mmio_read32(regs, FR) & FR_RXFE) return false;
    *c = (char)mmio_read32(regs, DR);
    return true;
}

static void pl011_receive(volatile void *regs, bool on)
{
    mmio_write32(regs, IMSC, on ? INT_RX : 0);
    if (!on) mmio_write32(regs, ICR, 0x7ff);    /* before the input is read: what comes later stays */
}

static const struct uart_ops pl011_ops = { pl011_put, pl011_get, pl011_receive };

const struct uart_ops *uart_init(const struct machine *m, volatile void **regs)
{
    *regs = io_map(&m->uart_regs);
    if (*regs == NULL) return NULL;
    mmio_write32(*regs, IMSC, 0);
    if (m->uart == UART_PL011) {
        mmio_write32(*regs, LCR_H, mmio_read32(*regs, LCR_H) | 0x60 | LCR_FEN);
        mmio_write32(*regs, CR, CR_ON);
    }
    return &pl011_ops;
}
