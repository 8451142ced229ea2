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

/* A frame is x0..x30, then sp, pc, pstate. What C functions may change of it; x0 and x1 are saved by
 * the user of this. */
    .macro save_volatile
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    str x18, [sp, #144]
    str x30, [sp, #240]
    mrs x1, elr_el1
    mrs x2, spsr_el1
    stp x1, x2, [sp, #FRAME_PC]
    .endm

/* What they keep */
    .macro save_kept
    stp x19, x20, [sp, #152]
    stp x21, x22, [sp, #168]
    stp x23, x24, [sp, #184]
    stp x25, x26, [sp, #200]
    stp x27, x28, [sp, #216]
    str x29, [sp, #232]
    .endm

/* But for x0, x1, x18 and x30 */
    .macro load_volatile frame
    ldp x1, x2, [\frame, #FRAME_PC]
    msr elr_el1, x1
    msr spsr_el1, x2
    ldp x2, x3, [\frame, #16]
    ldp x4, x5, [\frame, #32]
    ldp x6, x7, [\frame, #48]
    ldp x8, x9, [\frame, #64]
    ldp x10, x11, [\frame, #80]
    ldp x12, x13, [\frame, #96]
    ldp x14, x15, [\frame, #112]
    ldp x16, x17, [\frame, #128]
    .endm

    .macro from_thread handler
    stp x0, x1, [sp, #-FRAME_SIZE]!
    save_volatile
    save_kept
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
    .balign 128                         /* the rest is for lower exception levels: there are none */

sync_thread:
    from_thread trap_sync
/* The frame is completed only when the thread may have to give way. */
irq_thread:
    stp x0, x1, [sp, #-FRAME_SIZE]!
    save_volatile
    bl irq_dispatch
    cbnz w0, 1f
    load_volatile sp
    ldr x18, [sp, #144]
    ldr x30, [sp, #240]
    ldp x0, x1, [sp], #FRAME_SIZE
    eret
1:  save_kept
    mrs x0, sp_el0
    str x0, [sp, #FRAME_SP]
    mov x0, sp
    bl sched_irq_exit
    b frame_return
serror_thread:
    from_thread trap_serror

handler_fault:
    mrs x0, tpidr_el1
    ldr x0, [x0, #THREAD_CPU]
    ldr x0, [x0, #CPU_PANIC_STACK_TOP]
    sub x0, x0, #FRAME_SIZE
    str x1, [x0, #8]
    mov x1, sp
    str x1, [x0, #FRAME_SP]
    ldr x1, [x0, #8]
    mov sp, x0
    mrs x0, tpidrro_el0
    stp x0, x1, [sp]
    save_volatile
    save_kept
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
    load_volatile x0
    ldp x18, x19, [x0, #144]
    ldp x20, x21, [x0, #160]
    ldp x22, x23, [x0, #176]
    ldp x24, x25, [x0, #192]
    ldp x26, x27, [x0, #208]
    ldp x28, x29, [x0, #224]
    ldr x30, [x0, #240]
    ldp x0, x1, [x0]
    eret

/* The lock of a CPU: an unsigned half-word is one more (arch.h). Release: what we stored of prev is
 * there before. */
    .macro unlock lock
    ldrh w4, [\lock]
    add w4, w4, #1
    stlrh w4, [\lock]
    .endm

/* void arch_switch(prev, next, lock): at EL1t, interrupts masked; SP_EL1 is where handlers begin.
 * The context is the first of a thread. */
    .section .text.switch, "ax"
    .globl arch_switch, arch_preempt, arch_abandon, arch_on_handler_stack, thread_begin_asm
    .globl arch_fp_save, arch_fp_load
arch_switch:
    stp x19, x20, [x0]
    stp x21, x22, [x0, #16]
    stp x23, x24, [x0, #32]
    stp x25, x26, [x0, #48]
    stp x27, x28, [x0, #64]
    stp x29, x30, [x0, #80]
    mov x3, sp
    str x3, [x0, #CONTEXT_SP]
    stp d8, d9, [x0, #CONTEXT_D8]
    stp d10, d11, [x0, #CONTEXT_D8 + 16]
    stp d12, d13, [x0, #CONTEXT_D8 + 32]
    stp d14, d15, [x0, #CONTEXT_D8 + 48]
    mrs x3, fpcr
    mrs x5, tpidr_el0
    stp x3, x5, [x0, #CONTEXT_FPCR]
    unlock x2
/* x1 = thread to go on with, at EL1t */
resume:
    msr tpidr_el1, x1
    ldrb w3, [x1, #THREAD_PREEMPTED]
    cbnz w3, resume_preempted
    ldp x3, x5, [x1, #CONTEXT_FPCR]
    msr fpcr, x3
    msr tpidr_el0, x5
    ldp d8, d9, [x1, #CONTEXT_D8]
    ldp d10, d11, [x1, #CONTEXT_D8 + 16]
    ldp d12, d13, [x1, #CONTEXT_D8 + 32]
    ldp d14, d15, [x1, #CONTEXT_D8 + 48]
    ldr x3, [x1, #CONTEXT_SP]
    mov sp, x3
    ldp x19, x20, [x1]
    ldp x21, x22, [x1, #16]
    ldp x23, x24, [x1, #32]
    ldp x25, x26, [x1, #48]
    ldp x27, x28, [x1, #64]
    ldp x29, x30, [x1, #80]
    ret

/* void arch_preempt(prev, next, lock): at EL1h; prev->frame is filled, the vectors are still prev's
 * */
arch_preempt:
    mov x6, x0
    add x0, x0, #THREAD_FP
    bl arch_fp_save
    mov x0, x6
    mrs x3, tpidr_el0
    str x3, [x0, #THREAD_TLS]
    unlock x2
    ldr x3, [x1, #THREAD_CPU]
    ldr x3, [x3, #CPU_IRQ_STACK_TOP]
    mov sp, x3
    msr spsel, #0
    b resume

/* void arch_abandon(next, lock): at EL1h, about to be where handlers begin. Nobody takes the stack
 * we are on: it is the CPU's. */
arch_abandon:
    ldr x3, [x0, #THREAD_CPU]
    ldr x3, [x3, #CPU_IRQ_STACK_TOP]
    mov sp, x3
    unlock x1
    mov x1, x0
    msr spsel, #0
    b resume

/* x1 = thread */
resume_preempted:
    strb wzr, [x1, #THREAD_PREEMPTED]
    ldr x3, [x1, #THREAD_TLS]
    msr tpidr_el0, x3
    add x0, x1, #THREAD_FP
    bl arch_fp_load
    add x0, x1, #THREAD_FRAME
    msr spsel, #1
    b frame_load

/* void arch_fp_save(struct arch_fp *to) and back: change x3 and x4 */
arch_fp_save:
    stp q0, q1, [x0]
    stp q2, q3, [x0, #32]
    stp q4, q5, [x0, #64]
    stp q6, q7, [x0, #96]
    stp q8, q9, [x0, #128]
    stp q10, q11, [x0, #160]
    stp q12, q13, [x0, #192]
    stp q14, q15, [x0, #224]
    stp q16, q17, [x0, #256]
    stp q18, q19, [x0, #288]
    stp q20, q21, [x0, #320]
    stp q22, q23, [x0, #352]
    stp q24, q25, [x0, #384]
    stp q26, q27, [x0, #416]
    stp q28, q29, [x0, #448]
    stp q30, q31, [x0, #480]
    mrs x3, fpcr
    mrs x4, fpsr
    add x0, x0, #FP_FPCR
    stp x3, x4, [x0]
    ret

arch_fp_load:
    ldp q0, q1, [x0]
    ldp q2, q3, [x0, #32]
    ldp q4, q5, [x0, #64]
    ldp q6, q7, [x0, #96]
    ldp q8, q9, [x0, #128]
    ldp q10, q11, [x0, #160]
    ldp q12, q13, [x0, #192]
    ldp q14, q15, [x0, #224]
    ldp q16, q17, [x0, #256]
    ldp q18, q19, [x0, #288]
    ldp q20, q21, [x0, #320]
    ldp q22, q23, [x0, #352]
    ldp q24, q25, [x0, #384]
    ldp q26, q27, [x0, #416]
    ldp q28, q29, [x0, #448]
    ldp q30, q31, [x0, #480]
    add x0, x0, #FP_FPCR
    ldp x3, x4, [x0]
    msr fpcr, x3
    msr fpsr, x4
    ret

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
