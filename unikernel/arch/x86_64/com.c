/* SPDX-License-Identifier: Apache-2.0 */
/* The PC's 16550 UART, reached by ports; the firmware's or its reset speed. */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/drivers/uart.h"

#define DATA        0U
#define IER         1U
#define FCR         2U
#define LCR         3U
#define MCR         4U
#define LSR         5U

#define LSR_INPUT   BIT64(0)
#define LSR_ROOM    BIT64(5)

static uint16_t port(volatile void *regs, uint32_t reg) { return (uint16_t)((uintptr_t)regs + reg); }

static void com_put(volatile void *regs, char c)
{
    while (!(port_read8(port(regs, LSR)) & LSR_ROOM)) { }
    port_write8(port(regs, DATA), (uint8_t)c);
}

static bool com_get(volatile void *regs, char *c)
{
    if (!(port_read8(port(regs, LSR)) & LSR_INPUT)) return false;
    *c = (char)port_read8(port(regs, DATA));
    return true;
}

static void com_receive(volatile void *regs, bool on) { port_write8(port(regs, IER), on); }

static const struct uart_ops com_ops = { com_put, com_get, com_receive };

const struct uart_ops *uart_init(const struct machine *m, volatile void **regs)
{
    *regs = (volatile void *)m->uart_regs.pa;
    port_write8(port(*regs, IER), 0);
    port_write8(port(*regs, LCR), 3);           /* 8 bits, no parity */
    port_write8(port(*regs, FCR), 1);           /* FIFOs on; what is in them stays if they were */
    port_write8(port(*regs, MCR), 0xb);         /* OUT2 lets the interrupt through */
    return &com_ops;
}
