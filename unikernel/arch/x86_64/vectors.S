/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions and changes of thread. A thread's own stack is never used by a vector, so code compiled
 * with a red zone is safe. While a handler runs, IST 1 is the panic stack: what comes in then is the
 * handler's own fault.
 *
 *   from a thread: frame on the handlers' stack -> C -> back through the frame, or away to another
 *   thread from C; from a handler, and NMI, double fault and machine check: frame on the panic
 *   stack -> C, which returns only for instructions in .extable
 */
#include "unikernel/offsets.h"

    .section .text.vectors, "ax"

/* What C functions may change */
    .macro save_volatile
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    cld
    .endm

/* and what they keep */
    .macro save_kept
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    .endm

    .macro restore_volatile_iret
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $16, %rsp                       /* vector and error */
    iretq
    .endm

    .macro restore_registers_iret
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    restore_volatile_iret
    .endm

/* What comes next is from a handler, or, of a thread. */
    .macro handler_begins
    mov %gs:GS_IST1, %rax
    mov %gs:GS_PANIC_TOP, %rcx
    mov %rcx, (%rax)
    .endm

    .macro handler_ends
    mov %gs:GS_IST1, %rax
    mov %gs:GS_HANDLER_TOP, %rcx
    mov %rcx, (%rax)
    .endm

    .balign 16
    .globl vector_stubs
vector_stubs:
    .set v, 0
    .rept 256
    .balign 16
    .if !(v == 8 || (v >= 10 && v <= 14) || v == 17 || v == 21 || v == 29 || v == 30)
    push $0
    .endif
    push $v
    .if v == 2 || v == 8 || v == 18
    jmp from_handler
    .elseif v >= 32
    jmp interrupt
    .else
    jmp from_anywhere
    .endif
    .set v, v + 1
    .endr

/* Handlers let none in, so it is a thread's. The frame is completed only when that may have to give
 * way. */
interrupt:
    save_volatile
    handler_begins
    mov 9*8(%rsp), %rdi
    call trap_irq
    test %al, %al
    jnz 1f
    handler_ends
    restore_volatile_iret
1:  save_kept
    mov %rsp, %rdi
    call sched_irq_exit
    jmp thread_return

from_anywhere:
    save_volatile
    save_kept
    mov %gs:GS_IST1, %rax
    mov %gs:GS_PANIC_TOP, %rcx
    mov (%rax), %rdx
    cmp %rcx, %rdx
    je in_handler
    mov %rcx, (%rax)
    mov %rsp, %rdi
    call trap_from_thread
thread_return:
    handler_ends
    restore_registers_iret

from_handler:
    save_volatile
    save_kept
in_handler:
    mov %rsp, %rdi
    call trap_in_handler
    restore_registers_iret

/* void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock): interrupts
 * masked; the lock is let go when prev is complete */
    .section .text.switch, "ax"
    .globl arch_switch, arch_preempt, arch_abandon, arch_on_handler_stack, thread_begin_asm
arch_switch:
    pop %rcx
    lea THREAD_CONTEXT(%rdi), %rdi
    mov %rbx, (%rdi)
    mov %rbp, 8(%rdi)
    mov %r12, 16(%rdi)
    mov %r13, 24(%rdi)
    mov %r14, 32(%rdi)
    mov %r15, 40(%rdi)
    mov %rsp, CTX_SP(%rdi)
    mov %rcx, CTX_PC(%rdi)
    stmxcsr CTX_MXCSR(%rdi)
    fnstcw CTX_X87(%rdi)
    incw (%rdx)

/* rsi = thread to go on with; IST 1 is the handlers' stack */
resume:
    mov %rsi, %gs:0
    mov THREAD_TLS(%rsi), %rax
    mov %rax, %rdx
    shr $32, %rdx
    mov $0xc0000100, %ecx               /* FS base */
    wrmsr
    cmpb $0, THREAD_PREEMPTED(%rsi)
    jne 1f
    lea THREAD_CONTEXT(%rsi), %rsi
    mov (%rsi), %rbx
    mov 8(%rsi), %rbp
    mov 16(%rsi), %r12
    mov 24(%rsi), %r13
    mov 32(%rsi), %r14
    mov 40(%rsi), %r15
    mov CTX_SP(%rsi), %rsp
    ldmxcsr CTX_MXCSR(%rsi)
    fldcw CTX_X87(%rsi)
    jmp *CTX_PC(%rsi)

1:  movb $0, THREAD_PREEMPTED(%rsi)
    cmpb $0, cpu_has_xsave
    je 2f
    mov $7, %eax
    xor %edx, %edx
    xrstor64 THREAD_FP(%rsi)
    jmp 3f
2:  fxrstor64 THREAD_FP(%rsi)
3:  lea THREAD_FRAME(%rsi), %rsp
    restore_registers_iret

/* void arch_preempt(prev, next, lock): on the handlers' stack; prev->frame is filled */
arch_preempt:
    mov %rdx, %r8
    cmpb $0, cpu_has_xsave
    je 1f
    mov $7, %eax
    xor %edx, %edx
    xsave64 THREAD_FP(%rdi)
    jmp 2f
1:  fxsave64 THREAD_FP(%rdi)
2:  mov %rsi, %rdi
    mov %r8, %rsi

/* void arch_abandon(next, lock): on the handlers' stack */
arch_abandon:
    incw (%rsi)
    mov %rdi, %rsi
    handler_ends
    jmp resume

/* First instructions of a thread: rbx = fn, r12 = arg, put there by arch_thread_prepare. No frame is
 * above this one. */
thread_begin_asm:
    xor %ebp, %ebp
    mov %r12, %rdi
    sti
    call *%rbx
    call thread_exit

/* void arch_on_handler_stack(fn, arg): interrupts masked */
arch_on_handler_stack:
    handler_begins
    mov %gs:GS_HANDLER_TOP, %rsp
    mov %rdi, %rax
    mov %rsi, %rdi
    xor %ebp, %ebp
    call *%rax
    ud2
    .section .note.GNU-stack, "", @progbits
