/* SPDX-License-Identifier: Apache-2.0 */
/* What musl has in assembly around a trap instruction, in terms of the gate. A cancellable call is
 * one that the cancellation signal interrupts between __cp_begin and __cp_end. */
    .text
    .globl sched_yield
sched_yield:
    tail __uk_yield

    .globl __syscall_cp_asm, __cp_begin, __cp_end, __cp_cancel, vfork
/* (int *cancelled, n, a, b, c, d, e, f) -> result */
__syscall_cp_asm:
__cp_begin:
    lw t0, 0(a0)
    bnez t0, __cp_cancel
    mv a0, a1
    mv a1, a2
    mv a2, a3
    mv a3, a4
    mv a4, a5
    mv a5, a6
    mv a6, a7
__cp_end:
    tail __uk_syscall
__cp_cancel:
    tail __cancel

/* There are no processes, and musl's own would ask the firmware for one. */
vfork:
    li a0, -38                          /* ENOSYS */
    tail __syscall_ret
