/* SPDX-License-Identifier: Apache-2.0 */
/* Where a thread asks for its signals beside the gate (posix/gate.h). */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl gate_take_signals
gate_take_signals:
    push %rbp
    xor %eax, %eax
    push %rax
    sub $56, %rsp
    jmp gate_signals
    .globl gate_resumed
gate_resumed:
    int3
    .section .note.GNU-stack, "", @progbits
