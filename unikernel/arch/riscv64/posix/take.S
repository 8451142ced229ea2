/* SPDX-License-Identifier: Apache-2.0 */
/* Where a thread asks for its signals beside the gate (posix/gate.h). */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl gate_take_signals
gate_take_signals:
    addi sp, sp, -GATE_CALL
    sd s0, 64(sp)
    sd ra, 72(sp)
    li a0, 0
    sd zero, 56(sp)
    j gate_signals
    .globl gate_resumed
gate_resumed:
    ebreak
