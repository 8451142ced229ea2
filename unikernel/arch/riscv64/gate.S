/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): a7 = number, a0 to a5 = arguments. Only registers a function may change are
 * used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
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
    addi sp, sp, -16
    sd ra, 8(sp)
    sd s0, (sp)
    addi s0, sp, 16
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
2:  ld ra, 8(sp)
    ld s0, (sp)
    addi sp, sp, 16
    ret
3:  addi sp, sp, -16
    sd a0, (sp)
    call gate_killed
    ld a0, (sp)
    addi sp, sp, 16
    j 2b
    .cfi_endproc

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
