/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): rax = number; rdi, rsi, rdx, rcx, r8, r9 = arguments. Only registers a
 * function may change are used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
__uk_syscall:
    .cfi_startproc
    cmp $SYSCALL_NUMBERS, %rax
    jae __uk_not_served
    movzbl __uk_syscalls(%rax), %eax
    cmp $SYSCALL_PURE, %eax
    ja 1f
    jmp *__uk_syscalls + SYSCALLS_FN(, %rax, 8)
1:  testb %al, -4096(%rsp)              /* backed, or reported as an overflow, while that is possible */
    push %rbp
    mov %rsp, %rbp
    .cfi_def_cfa %rbp, 16
    .cfi_offset %rbp, -16
    mov %gs:0, %r10
    incl THREAD_DEPTH(%r10)
    call *__uk_syscalls + SYSCALLS_FN(, %rax, 8)
    mov %gs:0, %r10
    decl THREAD_DEPTH(%r10)
    cmpl $0, THREAD_PENDING(%r10)
    jne 2f
    pop %rbp
    ret
2:  push %rax
    push %rax
    call gate_killed
    pop %rax
    pop %rax
    pop %rbp
    ret
    .cfi_endproc

    .globl gate_end
gate_end:
    xor %ebp, %ebp
    call gate_ended

    .globl __uk_syscall_numbers
    .set __uk_syscall_numbers, SYSCALL_NUMBERS
    .globl __uk_not_served
__uk_not_served:
    mov $-38, %rax                      /* ENOSYS */
    ret
    .section .note.GNU-stack, "", @progbits
