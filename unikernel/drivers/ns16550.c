/* SPDX-License-Identifier: Apache-2.0 */
/* The 16550 UART, registers one byte apart. */
#include "unikernel/drivers/uart.h"
#include "unikernel/mm/map.h"
#include "lib/mmio.h"

#define DATA    0
#define IER     1
#define FCR     2
#define LCR     3
#define MCR     4
#define LSR     5

#define IER_RX      0x01U
#define FCR_ON      0x01U           /* FIFOs on; what is in them stays if they were */
#define LCR_8N1     0x03U
#define MCR_ON      0x0bU           /* DTR, RTS and, where that gates it, the interrupt */
#define LSR_RX      0x01U
#define LSR_TX_FREE 0x20U

static void ns16550_put(volatile void *regs, char c)
{
    while (!(mmio_read8(regs, LSR) & LSR_TX_FREE)) { }
    mmio_write8(regs, DATA, (uint8_t)c);
}

static bool ns16550_get(volatile void *regs, char *c)
{
    if (!(mmio_read8(regs, LSR) & LSR_RX)) return false;
    *c = (char)mmio_read8(regs, DATA);
    return true;
}

static void ns16550_receive(volatile void *regs, bool on)
{
    mmio_write8(regs, IER, on ? IER_RX : 0);
}

static const struct uart_ops ns16550_ops = { ns16550_put, ns16550_get, ns16550_receive };

const struct uart_ops *uart_init(const struct machine *m, volatile void **regs)
{
    *regs = io_map(&m->uart_regs);
    if (*regs == NULL) return NULL;
    mmio_write8(*regs, IER, 0);
    mmio_write8(*regs, LCR, LCR_8N1);
    mmio_write8(*regs, FCR, FCR_ON);
    mmio_write8(*regs, MCR, MCR_ON);
    return &ns16550_ops;
}
