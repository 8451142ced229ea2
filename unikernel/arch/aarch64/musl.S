/* SPDX-License-Identifier: Apache-2.0 */
/* What musl has in assembly around a trap instruction, in terms of the gate. A cancellable call is
 * one that the cancellation signal interrupts between __cp_begin and __cp_end. */
    .text
    .globl sched_yield
sched_yield:
    b __uk_yield

    .globl __syscall_cp_asm, __cp_begin, __cp_end, __cp_cancel
/* (int *cancelled, n, a, b, c, d, e, f) -> result */
__syscall_cp_asm:
__cp_begin:
    ldr w0, [x0]
    cbnz w0, __cp_cancel
    mov x0, x1
    mov x1, x2
    mov x2, x3
    mov x3, x4
    mov x4, x5
    mov x5, x6
    mov x6, x7
__cp_end:
    b __uk_syscall
__cp_cancel:
    b __cancel
