/* SPDX-License-Identifier: Apache-2.0 */
/* The board's PL011 or SBSA UART. The baud rate is the firmware's: only the FIFO, the frame and
 * the enables are set, and only where such registers exist. What the FIFO has no room for is queued;
 * its transmit interrupt, which only an emptying FIFO raises, is asked for while something waits. A
 * UART that stopped draining (flow control, a dead clock) costs characters, never the machine. Input
 * arrives by the receive interrupt and, for less than a trigger level of characters, by the
 * receive timeout; both go away by reading the FIFO. While nobody wants input it stays in the FIFO,
 * where the sender's flow control, if there is any, sees it. Nothing here locks: console.c keeps one
 * lock around the UART, and boot and panic have no company. */
#include "hypervisor/drivers/uart.h"

#include "hypervisor/core/console.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/drivers/pl011.h"
#include "lib/mmio.h"

#define POLLS_MAX   100000u         /* some ten character times on any line we know */
#define RX_BATCH    16u             /* per interrupt, which lasts until the FIFO is read */
#define QUEUE       4096u

uint64_t uart_dropped;
static volatile void *uart;
static bool queued, stuck, asked;
static uint8_t queue[QUEUE];
static uint32_t head, tail;         /* positions are modulo the size */

static bool uart_wait(uint32_t flag)
{
    for (uint32_t n = 0; n < POLLS_MAX; n++) {
        if ((mmio_read32(uart, PL011_FR) & flag) == 0) return true;
    }
    return false;
}

void uart_init(volatile void *base, bool sbsa)
{
    uart = base;
    if (uart == NULL) return;
    mmio_write32(uart, PL011_IMSC, 0);
    if (sbsa) return;
    /* The line control register may only change while the UART is off and has sent everything
     * (DDI 0183G 3.3.8). */
    (void)uart_wait(PL011_FR_BUSY);
    mmio_write32(uart, PL011_CR, 0);
    mmio_write32(uart, PL011_LCR_H, PL011_LCR_8BIT | PL011_LCR_FEN);
    mmio_write32(uart, PL011_IFLS, 0);                  /* earliest triggers */
    mmio_write32(uart, PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
}

static bool has_space(void)
{
    return (mmio_read32(uart, PL011_FR) & PL011_FR_TXFF) == 0;
}

static void ask_for(uint32_t what, bool on)
{
    uint32_t mask = mmio_read32(uart, PL011_IMSC);

    mmio_write32(uart, PL011_IMSC, on ? mask | what : mask & ~what);
}

void uart_rx(bool on)
{
    if (queued) ask_for(PL011_INT_RX | PL011_INT_RT, on);
}

uint32_t uart_room(void)
{
    uint32_t end = __atomic_load_n(&head, __ATOMIC_RELAXED);

    return QUEUE - (end - __atomic_load_n(&tail, __ATOMIC_RELAXED));
}

void uart_send(void)
{
    while (tail != head && has_space()) mmio_write32(uart, PL011_DR, queue[tail++ % QUEUE]);
    if (asked == (tail != head)) return;
    asked = !asked;
    ask_for(PL011_INT_TX, asked);
}

/* A UART that was waited for in vain is not waited for again until it moves. */
static void put_polled(uint8_t c)
{
    stuck = stuck ? !has_space() : !uart_wait(PL011_FR_TXFF);
    if (stuck) uart_dropped++;
    else mmio_write32(uart, PL011_DR, c);
}

static void put_in(uint8_t c)
{
    if (!queued) {
        put_polled(c);
        return;
    }
    if (head - tail == QUEUE) uart_send();
    if (head - tail == QUEUE) uart_dropped++;
    else queue[head++ % QUEUE] = c;
}

void uart_put(uint8_t c)
{
    if (uart == NULL) return;
    put_in(c);
    if (queued) uart_send();
}

void uart_poll(void)
{
    queued = false;
    while (tail != head) put_polled(queue[tail++ % QUEUE]);
}

void uart_text(const char *s)
{
    if (uart == NULL) return;
    for (; *s != '\0'; s++) {
        if (*s == '\n') put_in('\r');
        put_in((uint8_t)*s);
    }
    if (queued) uart_send();
}

static bool has_input(void)
{
    return (mmio_read32(uart, PL011_IMSC) & PL011_INT_RX) != 0 &&
           (mmio_read32(uart, PL011_FR) & PL011_FR_RXFE) == 0;
}

static void uart_interrupt(uint32_t intid)
{
    for (uint32_t n = 0; n < RX_BATCH && has_input(); n++) {
        uint32_t data = mmio_read32(uart, PL011_DR);

        if ((data & PL011_DR_BAD) == 0) console_uart_rx((uint8_t)data);
        mmio_write32(uart, PL011_RSR, 0);
    }
    if ((mmio_read32(uart, PL011_IMSC) & PL011_INT_TX) != 0) console_uart_tx();
}

int uart_start_rx(uint32_t intid)
{
    int err;

    if (uart == NULL) return 0;
    err = irq_claim(intid, uart_interrupt);
    if (err != 0) return err;
    mmio_write32(uart, PL011_ICR, PL011_INT_ALL);
    queued = true;
    asked = false;
    uart_rx(true);
    return 0;
}
