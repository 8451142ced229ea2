/* SPDX-License-Identifier: Apache-2.0 */
/* The board's UART (PL011, DDI 0183G, or its SBSA subset). Output polls; input comes by interrupt
 * and goes to console_uart_rx. Without a UART in the tree everything here does nothing. */
#pragma once

#include "hypervisor/core/types.h"

/** @base mapped registers, or NULL */
void uart_init(volatile void *base, bool sbsa);
void uart_put(uint8_t c);               /* raw; CR is the caller's matter */
void uart_text(const char *s);          /* newline becomes CR LF; no lock: boot and panic */
int uart_start_rx(uint32_t intid) must_check;
