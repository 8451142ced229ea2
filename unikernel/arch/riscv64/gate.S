/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): a7 = number, a0 to a5 = arguments. Only registers a function may change are
 * used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
    .type __uk_syscall, %function
__uk_syscall:
    .cfi_startproc
    li t0, SYSCALL_NUMBERS
    bgeu a7, t0, __uk_not_served
    lla t0, __uk_syscalls
    add t1, t0, a7
    lbu t1, (t1)
    slli t2, t1, 3
    add t0, t0, t2
    ld t0, SYSCALLS_FN(t0)
    li t2, SYSCALL_PURE
    bgtu t1, t2, 1f
    jr t0
1:  lui t1, 1
    sub t1, sp, t1
    lb zero, (t1)                       /* backed, or reported as an overflow, while that is possible */
    .globl gate_touched
gate_touched:
    addi sp, sp, -GATE_CALL             /* struct gate_call */
    sd a0, (sp)
    sd a1, 8(sp)
    sd a2, 16(sp)
    sd a3, 24(sp)
    sd a4, 32(sp)
    sd a5, 40(sp)
    sd a7, 48(sp)
    sd s0, 64(sp)
    sd ra, 72(sp)
    addi s0, sp, GATE_CALL
    .cfi_def_cfa s0, 0
    .cfi_offset ra, -8
    .cfi_offset s0, -16
    csrr t1, sscratch
    lw t2, THREAD_DEPTH(t1)
    addi t2, t2, 1
    sw t2, THREAD_DEPTH(t1)
    jalr t0
    csrr t1, sscratch
    lw t2, THREAD_DEPTH(t1)
    addi t2, t2, -1
    sw t2, THREAD_DEPTH(t1)
    lw t2, THREAD_PENDING(t1)
    bnez t2, 3f
2:  ld ra, 72(sp)
    ld s0, 64(sp)
    addi sp, sp, GATE_CALL
    ret
3:  sd a0, 56(sp)
    call gate_pending
    mv t0, a0
    ld a0, 56(sp)
    beqz t0, 2b
    .globl gate_signals, signal_return
gate_signals:
    ebreak
    .cfi_endproc
    .size __uk_syscall, . - __uk_syscall
signal_return:
    ebreak

    .globl gate_end
gate_end:
    li s0, 0
    tail gate_ended

    .globl __uk_syscall_numbers
    .set __uk_syscall_numbers, SYSCALL_NUMBERS
    .globl __uk_not_served
__uk_not_served:
    li a0, -38                          /* ENOSYS */
    ret
