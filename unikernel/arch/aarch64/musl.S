/* SPDX-License-Identifier: Apache-2.0 */
/* What musl has in assembly around a trap instruction, in terms of the gate. A cancellable call is
 * one that the cancellation signal interrupts between __cp_begin and __cp_end. */
    .text
    .globl __syscall_cp_asm, __cp_begin, __cp_end, __cp_cancel
    .weak __cancel                      /* there when the application can cancel a thread */
/* (int *cancelled, n, a, b, c, d, e, f) -> result */
__syscall_cp_asm:
__cp_begin:
    ldr w0, [x0]
    cbnz w0, __cp_cancel
    mov x8, x1
    mov x0, x2
    mov x1, x3
    mov x2, x4
    mov x3, x5
    mov x4, x6
    mov x5, x7
    b __uk_syscall
__cp_end:
__cp_cancel:
    b __cancel

/* Without the feature posix no signal is ever delivered. With it the kernel has these (posix/signal). */
    .weak __block_all_sigs, __block_app_sigs, __restore_sigs
__block_all_sigs:
__block_app_sigs:
__restore_sigs:
    ret

/* (arguments, number); see posix/syscall_arch.h */
    .irp args, 0, 1, 2, 3, 4, 5, 6
    .globl __uk_syscall\args
__uk_syscall\args:
    mov x8, x\args
    b __uk_syscall
    .endr

    .section .text.__uk_fault_illegal, "ax"
    .globl __uk_fault_illegal
__uk_fault_illegal:
    udf #0
