/* SPDX-License-Identifier: Apache-2.0 */
/* What musl has in assembly around a trap instruction, in terms of the gate. A cancellable call is
 * one that the cancellation signal interrupts between __cp_begin and __cp_end. */
    .text
    .globl sched_yield
sched_yield:
    jmp __uk_yield

    .globl __syscall_cp_asm, __cp_begin, __cp_end, __cp_cancel
/* (int *cancelled, n, a, b, c, d, e, f) -> result; e and f are on the stack, f goes where e was */
__syscall_cp_asm:
__cp_begin:
    mov (%rdi), %eax
    test %eax, %eax
    jnz __cp_cancel
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %r8, %rcx
    mov %r9, %r8
    mov 8(%rsp), %r9
    mov 16(%rsp), %rax
    mov %rax, 8(%rsp)
__cp_end:
    jmp __uk_syscall
__cp_cancel:
    jmp __cancel
    .section .note.GNU-stack, "", @progbits
