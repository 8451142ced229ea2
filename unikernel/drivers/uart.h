/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/kernel/console.h"
#include "unikernel/kernel/machine.h"

/** Make the machine's UART transmit; speed and format stay as the firmware left them. *regs is what
 * the operations are given. NULL when it cannot be reached. */
const struct uart_ops *uart_init(const struct machine *m, volatile void **regs);
