/* SPDX-License-Identifier: Apache-2.0 */
/* The board's UART: what was put out so far, as text. */
#pragma once

#include "hypervisor/drivers/uart.h"

/** What uart_room() says; 0: what is put is dropped. */
extern uint32_t fake_uart_room;
/** Whether input is read: what uart_rx() said last. */
extern bool fake_uart_rx;

/** Everything since the last call; valid until the next character is put. */
const char *fake_uart_taken(void);
