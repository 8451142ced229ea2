/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/kernel/console.h"
#include "unikernel/kernel/machine.h"

/** Make the UART transmit; speed and format stay as the firmware left them. Never NULL. */
const struct uart_ops *uart_init(enum uart_kind kind, volatile void *regs);
