/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): x8 = number, x0 to x5 = arguments. Only registers a function may change are
 * used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
__uk_syscall:
    .cfi_startproc
    cmp x8, #SYSCALL_NUMBERS
    b.hs __uk_not_served
    adr x9, __uk_syscalls
    ldrb w10, [x9, x8]
    add x11, x9, x10, lsl #3
    ldr x11, [x11, #SYSCALLS_FN]
    cmp w10, #SYSCALL_PURE
    b.hi 1f
    br x11
1:  sub x9, sp, #4096                   /* backed, or reported as an overflow, while that is possible */
    ldrb wzr, [x9]
    stp x29, x30, [sp, #-16]!
    mov x29, sp
    .cfi_def_cfa x29, 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mrs x9, tpidr_el1
    ldr w10, [x9, #THREAD_DEPTH]
    add w10, w10, #1
    str w10, [x9, #THREAD_DEPTH]
    blr x11
    mrs x9, tpidr_el1
    ldr w10, [x9, #THREAD_DEPTH]
    sub w10, w10, #1
    str w10, [x9, #THREAD_DEPTH]
    ldr w10, [x9, #THREAD_PENDING]
    cbnz w10, 2f
    ldp x29, x30, [sp], #16
    ret
2:  str x0, [sp, #-16]!
    bl gate_killed
    ldr x0, [sp], #16
    ldp x29, x30, [sp], #16
    ret
    .cfi_endproc

    .globl gate_end
gate_end:
    mov x29, xzr
    b gate_ended

    .globl __uk_syscall_numbers
    .set __uk_syscall_numbers, SYSCALL_NUMBERS
    .globl __uk_not_served
__uk_not_served:
    mov x0, #-38                        /* ENOSYS */
    ret
