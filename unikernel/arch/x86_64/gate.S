/* SPDX-License-Identifier: Apache-2.0 */
/* The gate (posix/gate.h): rax = number; rdi, rsi, rdx, rcx, r8, r9 = arguments. Only registers a
 * function may change are used beside those. */
#include "unikernel/offsets.h"

    .section .text.gate, "ax"
    .globl __uk_syscall
    .type __uk_syscall, @function
__uk_syscall:
    .cfi_startproc
    cmp $SYSCALL_NUMBERS, %rax
    jae __uk_not_served
    movzbl __uk_syscalls(%rax), %r10d
    cmp $SYSCALL_PURE, %r10d
    ja 1f
    jmp *__uk_syscalls + SYSCALLS_FN(, %r10, 8)
1:  testb %al, -4096(%rsp)              /* backed, or reported as an overflow, while that is possible */
    .globl gate_touched
gate_touched:
    push %rbp
    mov %rsp, %rbp
    .cfi_def_cfa %rbp, 16
    .cfi_offset %rbp, -16
    push %rax                           /* from here on struct gate_call */
    push %rax
    push %r9
    push %r8
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    mov %gs:0, %r11
    incl THREAD_DEPTH(%r11)
    call *__uk_syscalls + SYSCALLS_FN(, %r10, 8)
    mov %gs:0, %r10
    decl THREAD_DEPTH(%r10)
    cmpl $0, THREAD_PENDING(%r10)
    jne 2f
1:  leave
    ret
2:  mov %rax, 56(%rsp)
    call gate_pending
    mov %eax, %ecx
    mov 56(%rsp), %rax
    test %ecx, %ecx
    jz 1b
    .globl gate_signals, signal_return
gate_signals:
    int3
    .cfi_endproc
    .size __uk_syscall, . - __uk_syscall
signal_return:
    int3

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
