/* SPDX-License-Identifier: Apache-2.0 */
/* Traps. A handler never depends on the stack it interrupted: sscratch holds the running thread, by
 * which the handlers' stack is found before anything is stored. A trap inside a handler is reported
 * on a third stack, since the second may be the reason; one bit of stvec tells the two apart.
 *
 *   from a thread:  frame on the handlers' stack -> C -> back, or away to another thread from C
 *   from a handler: frame on the panic stack -> C, which returns only when a page is there after all
 *
 * FP registers: sstatus says "dirty" in its sign bit from a thread's first FP instruction on, and is
 * set back to "initial" (with fcsr 0) when the thread leaves the CPU. Threads that never use FP
 * neither save nor load any of it. The kernel itself is compiled without.
 */
#include "uk_layout.h"
#include "unikernel/offsets.h"

#define FROM_HANDLER 16                 /* the bit of stvec */
#define FS_CLEAN     0x4000             /* from dirty to initial in sstatus */

/* sp has the address of the stack's top; then what C functions may change is in a frame there. */
    .macro save_volatile
    addi sp, sp, -FRAME_SIZE
    sd ra, 1*8(sp)
    sd t0, 5*8(sp)
    sd t1, 6*8(sp)
    sd t2, 7*8(sp)
    sd a0, 10*8(sp)
    sd a1, 11*8(sp)
    sd a2, 12*8(sp)
    sd a3, 13*8(sp)
    sd a4, 14*8(sp)
    sd a5, 15*8(sp)
    sd a6, 16*8(sp)
    sd a7, 17*8(sp)
    sd t3, 28*8(sp)
    sd t4, 29*8(sp)
    sd t5, 30*8(sp)
    sd t6, 31*8(sp)
    ld t0, THREAD_TRAP_SP(tp)
    csrrw tp, sscratch, tp              /* the thread again */
    csrr t1, sepc
    csrr t2, sstatus
    sd t0, 2*8(sp)
    sd t1, 0*8(sp)
    sd t2, FRAME_STATUS(sp)
    .endm

/* What they keep */
    .macro save_kept
    sd gp, 3*8(sp)
    sd tp, 4*8(sp)
    sd s0, 8*8(sp)
    sd s1, 9*8(sp)
    sd s2, 18*8(sp)
    sd s3, 19*8(sp)
    sd s4, 20*8(sp)
    sd s5, 21*8(sp)
    sd s6, 22*8(sp)
    sd s7, 23*8(sp)
    sd s8, 24*8(sp)
    sd s9, 25*8(sp)
    sd s10, 26*8(sp)
    sd s11, 27*8(sp)
    .endm

/* But for a0 and sp */
    .macro load_volatile frame
    ld t0, 0*8(\frame)
    ld t1, FRAME_STATUS(\frame)
    csrw sepc, t0
    csrw sstatus, t1
    sc.d zero, t0, (\frame)             /* an interrupted lr is not completed by a later sc */
    ld ra, 1*8(\frame)
    ld t0, 5*8(\frame)
    ld t1, 6*8(\frame)
    ld t2, 7*8(\frame)
    ld a1, 11*8(\frame)
    ld a2, 12*8(\frame)
    ld a3, 13*8(\frame)
    ld a4, 14*8(\frame)
    ld a5, 15*8(\frame)
    ld a6, 16*8(\frame)
    ld a7, 17*8(\frame)
    ld t3, 28*8(\frame)
    ld t4, 29*8(\frame)
    ld t5, 30*8(\frame)
    ld t6, 31*8(\frame)
    .endm

    .section .text.vectors, "ax"
    .balign 32
    .globl vectors
vectors:
    j from_thread
    .balign FROM_HANDLER

from_handler:
    csrrw tp, sscratch, tp
    sd sp, THREAD_TRAP_SP(tp)
    ld sp, THREAD_CPU(tp)
    ld sp, CPU_PANIC_STACK_TOP(sp)
    save_volatile
    save_kept
    mv a0, sp
    csrr a1, scause
    csrr a2, stval
    call trap_in_handler
    mv a0, sp
    j frame_load_handler

from_thread:
    csrrw tp, sscratch, tp
    sd sp, THREAD_TRAP_SP(tp)
    ld sp, THREAD_CPU(tp)
    ld sp, CPU_IRQ_STACK_TOP(sp)
    save_volatile
    csrr a0, scause
    csrsi stvec, FROM_HANDLER
    bgez a0, 2f
/* An interrupt: the frame is completed only when the thread may have to give way. */
    call trap_irq
    bnez a0, 1f
    csrci stvec, FROM_HANDLER
    load_volatile sp
    ld a0, 10*8(sp)
    ld sp, 2*8(sp)
    sret
1:  save_kept
    mv a0, sp
    call sched_irq_exit
    mv a0, sp
    j frame_load
2:  save_kept
    mv a1, a0
    mv a0, sp
    csrr a2, stval
    call trap_sync
    mv a0, sp
/* a0 = frame of a thread, anywhere */
frame_load:
    csrci stvec, FROM_HANDLER
frame_load_handler:
    load_volatile a0
    ld sp, 2*8(a0)
    ld gp, 3*8(a0)
    ld tp, 4*8(a0)
    ld s0, 8*8(a0)
    ld s1, 9*8(a0)
    ld s2, 18*8(a0)
    ld s3, 19*8(a0)
    ld s4, 20*8(a0)
    ld s5, 21*8(a0)
    ld s6, 22*8(a0)
    ld s7, 23*8(a0)
    ld s8, 24*8(a0)
    ld s9, 25*8(a0)
    ld s10, 26*8(a0)
    ld s11, 27*8(a0)
    ld a0, 10*8(a0)
    sret

/* Callee-saved FP registers, \op = fsd or fld, from \at(\base) on */
    .macro each_fs op, at, base
    \op fs0, \at+0*8(\base)
    \op fs1, \at+1*8(\base)
    \op fs2, \at+2*8(\base)
    \op fs3, \at+3*8(\base)
    \op fs4, \at+4*8(\base)
    \op fs5, \at+5*8(\base)
    \op fs6, \at+6*8(\base)
    \op fs7, \at+7*8(\base)
    \op fs8, \at+8*8(\base)
    \op fs9, \at+9*8(\base)
    \op fs10, \at+10*8(\base)
    \op fs11, \at+11*8(\base)
    .endm

    .macro each_s op, base
    \op ra, THREAD_RA(\base)
    \op sp, THREAD_SP(\base)
    \op s0, THREAD_S0+0*8(\base)
    \op s1, THREAD_S0+1*8(\base)
    \op s2, THREAD_S0+2*8(\base)
    \op s3, THREAD_S0+3*8(\base)
    \op s4, THREAD_S0+4*8(\base)
    \op s5, THREAD_S0+5*8(\base)
    \op s6, THREAD_S0+6*8(\base)
    \op s7, THREAD_S0+7*8(\base)
    \op s8, THREAD_S0+8*8(\base)
    \op s9, THREAD_S0+9*8(\base)
    \op s10, THREAD_S0+10*8(\base)
    \op s11, THREAD_S0+11*8(\base)
    .endm

    .macro each_f op, base
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \op f\n, THREAD_FP+\n*8(\base)
    .endr
    .endm

/* The thread's FP state is saved, or over. */
    .macro retire_fp
    fscsr zero
    li t1, FS_CLEAN
    csrc sstatus, t1
    .endm

/* The lock of a CPU: an unsigned half-word is one more (arch.h). Release: what we stored of prev is
 * there before. From here on prev is not ours, so traps belong to next. */
    .macro hand_over next, lock
    csrw sscratch, \next
    lhu t0, (\lock)
    addi t0, t0, 1
    fence rw, w
    sh t0, (\lock)
    .endm

/* void arch_switch(prev, next, lock): interrupts masked. The context is the first of a thread. */
    .section .text.switch, "ax"
    .globl arch_switch, arch_preempt, arch_abandon, arch_on_handler_stack, thread_begin_asm
    .globl arch_fp_save, arch_fp_load
arch_switch:
    each_s sd, a0
    sd tp, THREAD_TLS(a0)
    csrr t0, sstatus
    bltz t0, save_fs
1:  hand_over a1, a2
/* a1 = thread to go on with */
resume:
    lhu t0, THREAD_PREEMPTED(a1)        /* and kept_fp */
    bnez t0, resume_with_more
2:  ld tp, THREAD_TLS(a1)
    each_s ld, a1
    ret

save_fs:
    each_fs fsd, THREAD_FS0, a0
    frcsr t0
    sd t0, THREAD_CTX_FCSR(a0)
    li t0, 1
    sb t0, THREAD_KEPT_FP(a0)
    retire_fp
    j 1b

resume_with_more:
    lbu t0, THREAD_PREEMPTED(a1)
    bnez t0, resume_preempted
    sb zero, THREAD_KEPT_FP(a1)
    ld t0, THREAD_CTX_FCSR(a1)
    fscsr t0
    each_fs fld, THREAD_FS0, a1
    j 2b

/* void arch_preempt(prev, next, lock): on the handlers' stack; prev->frame is filled */
arch_preempt:
    csrci stvec, FROM_HANDLER
    csrr t0, sstatus
    bgez t0, 1f
    call arch_fp_save
    retire_fp
1:  hand_over a1, a2
    j resume

resume_preempted:
    sb zero, THREAD_PREEMPTED(a1)
    mv a0, a1
    ld t0, THREAD_FRAME + FRAME_STATUS(a1)
    bgez t0, 1f
    call arch_fp_load
1:  addi a0, a1, THREAD_FRAME
    j frame_load

/* void arch_fp_save(struct thread *t) and back: change t0 */
arch_fp_save:
    each_f fsd, a0
    frcsr t0
    sd t0, THREAD_FCSR(a0)
    ret

arch_fp_load:
    ld t0, THREAD_FCSR(a0)
    fscsr t0
    each_f fld, a0
    ret

/* void arch_abandon(next, lock): on the handlers' stack */
arch_abandon:
    csrci stvec, FROM_HANDLER
    csrr t0, sstatus
    bgez t0, 1f
    retire_fp
1:  hand_over a0, a1
    mv a1, a0
    j resume

/* First instructions of a thread: s1 = fn, s2 = arg, put there by arch_thread_prepare. No frame is
 * above this one. */
thread_begin_asm:
    li s0, 0
    li ra, 0
    mv a0, s2
    csrsi sstatus, 2
    jalr s1
    call thread_exit

/* void arch_on_handler_stack(fn, arg): interrupts masked */
arch_on_handler_stack:
    csrsi stvec, FROM_HANDLER
    csrr t0, sscratch
    ld t0, THREAD_CPU(t0)
    ld sp, CPU_IRQ_STACK_TOP(t0)
    mv t0, a0
    mv a0, a1
    li s0, 0
    li ra, 0
    jalr t0
    ebreak
