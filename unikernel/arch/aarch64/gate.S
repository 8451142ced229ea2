/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): x8 = number, x0 to x5 = arguments. Only registers a function may change are
 * used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
    .type __uk_syscall, %function
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
    .globl gate_touched
gate_touched:
    stp x0, x1, [sp, #-GATE_CALL]!      /* struct gate_call */
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    str x8, [sp, #48]
    stp x29, x30, [sp, #64]
    add x29, sp, #64
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
    cbnz w10, 3f
2:  ldp x29, x30, [sp, #64]
    add sp, sp, #GATE_CALL
    ret
3:  str x0, [sp, #56]
    bl gate_pending
    mov w9, w0
    ldr x0, [sp, #56]
    cbz w9, 2b
    .globl gate_signals, signal_return
gate_signals:
    brk #0
    .cfi_endproc
    .size __uk_syscall, . - __uk_syscall
signal_return:
    brk #0

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
