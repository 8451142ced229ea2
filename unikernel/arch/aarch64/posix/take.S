/* SPDX-License-Identifier: Apache-2.0 */
/* Where a thread asks for its signals beside the gate (posix/gate.h). */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl gate_take_signals
gate_take_signals:
    sub sp, sp, #GATE_CALL
    stp x29, x30, [sp, #64]
    mov x0, xzr
    str xzr, [sp, #56]
    b gate_signals
    .globl gate_resumed
gate_resumed:
    brk #0
