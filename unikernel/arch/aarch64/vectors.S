/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions. Threads run at EL1t on SP_EL0, handlers at EL1h on SP_EL1, so a handler never
 * depends on the stack it interrupted. An exception inside a handler is the end and is reported on
 * a third stack, since the second may be the reason.
 *
 *   from EL1t: frame on SP_EL1 -> C -> back through the frame, or away to another thread from C
 *   from EL1h: frame on the panic stack -> C, which returns only for instructions in .extable
 */
#include "uk_layout.h"
#include "unikernel/offsets.h"

    .arch armv8-a+fp+simd

/* x0..x30, then sp, pc, pstate; x0 is saved by the caller of this */
    .macro save_x1_x30
    str x1, [sp, #8]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    str x30, [sp, #240]
    mrs x1, elr_el1
    mrs x2, spsr_el1
    stp x1, x2, [sp, #FRAME_PC]
    .endm

    .macro from_thread handler
    sub sp, sp, #FRAME_SIZE
    str x0, [sp]
    save_x1_x30
    mrs x0, sp_el0
    str x0, [sp, #FRAME_SP]
    mov x0, sp
    bl \handler
    b frame_return
    .endm

    .macro from_handler
    msr tpidrro_el0, x0
    mov x0, sp
    b handler_fault
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .globl vectors
vectors:
    b sync_thread
    .balign 128
    b irq_thread
    .balign 128
    b irq_thread
    .balign 128
    b serror_thread
    .rept 4
    .balign 128
    from_handler
    .endr
    .rept 8                             /* lower exception levels: there are none */
    .balign 128
    from_handler
    .endr

sync_thread:
    from_thread trap_sync
irq_thread:
    from_thread trap_irq
serror_thread:
    from_thread trap_serror

handler_fault:
    ldr x0, =(__panic_stack + PANIC_STACK_SIZE - FRAME_SIZE)
    str x1, [x0, #8]
    mov x1, sp
    str x1, [x0, #FRAME_SP]
    ldr x1, [x0, #8]
    mov sp, x0
    mrs x0, tpidrro_el0
    str x0, [sp]
    save_x1_x30
    mov x0, sp
    bl trap_in_handler
    mov x0, sp
    ldr x1, [x0, #FRAME_SP]
    mov sp, x1
    b frame_load_el1h

/* sp points at a frame at the top of the handler stack's used part */
frame_return:
    mov x0, sp
    add sp, sp, #FRAME_SIZE
/* x0 = frame of a thread, anywhere; sp is already what it shall be */
frame_load:
    ldr x1, [x0, #FRAME_SP]
    msr sp_el0, x1
frame_load_el1h:
    ldp x1, x2, [x0, #FRAME_PC]
    msr elr_el1, x1
    msr spsr_el1, x2
    ldp x2, x3, [x0, #16]
    ldp x4, x5, [x0, #32]
    ldp x6, x7, [x0, #48]
    ldp x8, x9, [x0, #64]
    ldp x10, x11, [x0, #80]
    ldp x12, x13, [x0, #96]
    ldp x14, x15, [x0, #112]
    ldp x16, x17, [x0, #128]
    ldp x18, x19, [x0, #144]
    ldp x20, x21, [x0, #160]
    ldp x22, x23, [x0, #176]
    ldp x24, x25, [x0, #192]
    ldp x26, x27, [x0, #208]
    ldp x28, x29, [x0, #224]
    ldr x30, [x0, #240]
    ldp x0, x1, [x0]
    eret

/* void arch_switch(struct thread *prev, struct thread *next): at EL1t, interrupts masked */
    .section .text.switch, "ax"
    .globl arch_switch, arch_preempt, arch_abandon, arch_on_handler_stack, thread_begin_asm
arch_switch:
    add x2, x0, #THREAD_CONTEXT
    stp x19, x20, [x2]
    stp x21, x22, [x2, #16]
    stp x23, x24, [x2, #32]
    stp x25, x26, [x2, #48]
    stp x27, x28, [x2, #64]
    stp x29, x30, [x2, #80]
    mov x3, sp
    str x3, [x0, #THREAD_CTX_SP]
    add x2, x0, #THREAD_CTX_D8
    stp d8, d9, [x2]
    stp d10, d11, [x2, #16]
    stp d12, d13, [x2, #32]
    stp d14, d15, [x2, #48]
    mrs x3, fpcr
    str x3, [x0, #THREAD_CTX_FPCR]
    mrs x3, tpidr_el0
    str x3, [x0, #THREAD_TLS]
    mov x0, x1
    b resume

/* void arch_preempt(prev, next): at EL1h; prev->frame is filled, the vectors are still prev's */
arch_preempt:
    add x2, x0, #THREAD_FP
    stp q0, q1, [x2]
    stp q2, q3, [x2, #32]
    stp q4, q5, [x2, #64]
    stp q6, q7, [x2, #96]
    stp q8, q9, [x2, #128]
    stp q10, q11, [x2, #160]
    stp q12, q13, [x2, #192]
    stp q14, q15, [x2, #224]
    stp q16, q17, [x2, #256]
    stp q18, q19, [x2, #288]
    stp q20, q21, [x2, #320]
    stp q22, q23, [x2, #352]
    stp q24, q25, [x2, #384]
    stp q26, q27, [x2, #416]
    stp q28, q29, [x2, #448]
    stp q30, q31, [x2, #480]
    mrs x3, fpcr
    mrs x4, fpsr
    add x2, x0, #THREAD_FPCR
    stp x3, x4, [x2]
    mrs x3, tpidr_el0
    str x3, [x0, #THREAD_TLS]
    mov x0, x1

/* x0 = thread to go on with; from EL1t or EL1h */
arch_abandon:
resume:
    msr spsel, #1
    ldr x1, [x0, #THREAD_CPU]
    ldr x1, [x1, #CPU_IRQ_STACK_TOP]
    mov sp, x1
    msr tpidr_el1, x0
    ldr x1, [x0, #THREAD_TLS]
    msr tpidr_el0, x1
    ldrb w1, [x0, #THREAD_PREEMPTED]
    cbnz w1, 1f

    msr spsel, #0
    ldr x1, [x0, #THREAD_CTX_FPCR]
    msr fpcr, x1
    add x2, x0, #THREAD_CTX_D8
    ldp d8, d9, [x2]
    ldp d10, d11, [x2, #16]
    ldp d12, d13, [x2, #32]
    ldp d14, d15, [x2, #48]
    ldr x1, [x0, #THREAD_CTX_SP]
    mov sp, x1
    add x2, x0, #THREAD_CONTEXT
    ldp x19, x20, [x2]
    ldp x21, x22, [x2, #16]
    ldp x23, x24, [x2, #32]
    ldp x25, x26, [x2, #48]
    ldp x27, x28, [x2, #64]
    ldp x29, x30, [x2, #80]
    ret

1:  strb wzr, [x0, #THREAD_PREEMPTED]
    add x2, x0, #THREAD_FPCR
    ldp x3, x4, [x2]
    msr fpcr, x3
    msr fpsr, x4
    add x2, x0, #THREAD_FP
    ldp q0, q1, [x2]
    ldp q2, q3, [x2, #32]
    ldp q4, q5, [x2, #64]
    ldp q6, q7, [x2, #96]
    ldp q8, q9, [x2, #128]
    ldp q10, q11, [x2, #160]
    ldp q12, q13, [x2, #192]
    ldp q14, q15, [x2, #224]
    ldp q16, q17, [x2, #256]
    ldp q18, q19, [x2, #288]
    ldp q20, q21, [x2, #320]
    ldp q22, q23, [x2, #352]
    ldp q24, q25, [x2, #384]
    ldp q26, q27, [x2, #416]
    ldp q28, q29, [x2, #448]
    ldp q30, q31, [x2, #480]
    add x0, x0, #THREAD_FRAME
    b frame_load

/* First instructions of a thread: x19 = fn, x20 = arg, put there by arch_thread_prepare. No frame
 * is above this one. */
thread_begin_asm:
    mov x29, xzr
    mov x30, xzr
    mov x0, x20
    msr daifclr, #15
    blr x19
    bl thread_exit

/* void arch_on_handler_stack(fn, arg): interrupts masked */
arch_on_handler_stack:
    mrs x2, tpidr_el1
    ldr x2, [x2, #THREAD_CPU]
    ldr x2, [x2, #CPU_IRQ_STACK_TOP]
    msr spsel, #1
    mov sp, x2
    mov x2, x0
    mov x0, x1
    mov x29, xzr
    mov x30, xzr
    blr x2
    brk #0
