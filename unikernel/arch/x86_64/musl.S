/* SPDX-License-Identifier: Apache-2.0 */
/* What musl has in assembly around a trap instruction, in terms of the gate. A cancellable call is
 * one that the cancellation signal interrupts between __cp_begin and __cp_end. */
    .text
    .globl __syscall_cp_asm, __cp_begin, __cp_end, __cp_cancel
    .weak __cancel                      /* there when the application can cancel a thread */
/* (int *cancelled, n, a, b, c, d, e, f) -> result; e and f are on the stack */
__syscall_cp_asm:
__cp_begin:
    mov (%rdi), %eax
    test %eax, %eax
    jnz __cp_cancel
    mov %rsi, %rax
    mov %rdx, %rdi
    mov %rcx, %rsi
    mov %r8, %rdx
    mov %r9, %rcx
    mov 8(%rsp), %r8
    mov 16(%rsp), %r9
    jmp __uk_syscall
__cp_end:
__cp_cancel:
    jmp __cancel

/* Without the feature posix no signal is ever delivered. With it the kernel has these (posix/signal). */
    .weak __block_all_sigs, __block_app_sigs, __restore_sigs
__block_all_sigs:
__block_app_sigs:
__restore_sigs:
    ret

/* (arguments, number); see posix/syscall_arch.h. The seventh is on the stack. */
    .macro numbered name, at
    .globl \name
\name:
    mov \at, %rax
    jmp __uk_syscall
    .endm
    numbered __uk_syscall0, %rdi
    numbered __uk_syscall1, %rsi
    numbered __uk_syscall2, %rdx
    numbered __uk_syscall3, %rcx
    numbered __uk_syscall4, %r8
    numbered __uk_syscall5, %r9
    numbered __uk_syscall6, 8(%rsp)
    .section .note.GNU-stack, "", @progbits

    .section .text.__uk_fault_illegal, "ax"
    .globl __uk_fault_illegal
__uk_fault_illegal:
    ud2
