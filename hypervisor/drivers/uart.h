/* SPDX-License-Identifier: Apache-2.0 */
/* The board's UART (PL011, DDI 0183G, or its SBSA subset). Once it has an interrupt, output is
 * queued and sent as the UART takes it, so nobody waits; before, and in a panic, it polls. Input
 * goes to console_uart_rx. Without a UART in the tree everything here does nothing. */
#pragma once

#include "hypervisor/core/types.h"

/** @base mapped registers, or NULL */
void uart_init(volatile void *base, bool sbsa);
void uart_put(uint8_t c);               /* raw; CR is the caller's; dropped when there is no room */
void uart_send(void);                   /* of what is queued, as much as can be sent now */
uint32_t uart_room(void);               /* characters that can be queued; without the lock a hint */
extern uint64_t uart_dropped;           /* characters, since the start */
void uart_poll(void);                   /* for good: no queue, no interrupt */
void uart_text(const char *s);          /* newline becomes CR LF; no lock: boot and panic */
int uart_start_rx(uint32_t intid) must_check;
void uart_rx(bool on);                  /* off: input stays in the UART */
