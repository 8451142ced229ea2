/* SPDX-License-Identifier: Apache-2.0 */
/* The board's UART: what was put out so far, as text. */
#pragma once

#include "hypervisor/drivers/uart.h"

/** Everything since the last call; valid until the next character is put. */
const char *fake_uart_taken(void);
