/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the application's memory (mm/user.h). Leaves that push nothing: where one faults it
 * returns to what the stack pointer points at. */
    .section .text.user, "ax"
    .globl user_begin, user_end, user_copy, user_load, user_store, user_exchange
user_begin:
user_copy:                              /* rdi to, rsi from, rdx bytes */
    mov %rdx, %rcx
    shr $3, %rcx
    rep movsq
    mov %edx, %ecx
    and $7, %ecx
    rep movsb
    xor %eax, %eax
    ret

user_load:                              /* rdi at, rsi value */
    mov (%rdi), %eax
    mov %eax, (%rsi)
    xor %eax, %eax
    ret

user_store:                             /* rdi at, esi value */
    mov %esi, (%rdi)
    xor %eax, %eax
    ret

user_exchange:                          /* rdi at, rsi expected, edx value */
    mov (%rsi), %eax
    lock cmpxchg %edx, (%rdi)
    je 1f
    mov %eax, (%rsi)
    xor %eax, %eax
    ret
1:  mov $1, %eax
    ret
user_end:
    .section .note.GNU-stack, "", @progbits
