/* SPDX-License-Identifier: Apache-2.0 */
/* EL2 exception vectors. SP_EL2 always points to the top of this CPU's stack while a guest runs; an exit pushes one frame
 * (x0..x30) there and calls C. ELR, SPSR and ESR stay in their registers: EL2 takes no nested exceptions but fatal ones. */
#include "layout.h"

.macro each_pair op                          // all but x0, x1 and x30
    \op     x2, x3, [sp, #16]
    \op     x4, x5, [sp, #32]
    \op     x6, x7, [sp, #48]
    \op     x8, x9, [sp, #64]
    \op     x10, x11, [sp, #80]
    \op     x12, x13, [sp, #96]
    \op     x14, x15, [sp, #112]
    \op     x16, x17, [sp, #128]
    \op     x18, x19, [sp, #144]
    \op     x20, x21, [sp, #160]
    \op     x22, x23, [sp, #176]
    \op     x24, x25, [sp, #192]
    \op     x26, x27, [sp, #208]
    \op     x28, x29, [sp, #224]
.endm

.macro frame_rest                           // all but x0 and x1
    each_pair stp
    stp     x30, xzr, [sp, #240]            // the zero register has a slot of its own
.endm

.macro frame_push
    sub     sp, sp, #GUEST_FRAME_BYTES
    stp     x0, x1, [sp, #0]
    frame_rest
.endm

.macro lower handler
    .balign 128
    frame_push
    mov     x0, sp
    adr     x30, guest_return               // the handler returns there
    b       \handler
.endm

.macro own kind
    .balign 128
    b       hv_fault_\kind
.endm

    .section .text.hot, "ax"
    .balign 2048
    .globl hv_vectors
hv_vectors:
    own     sync                            // current EL, SP_EL0: never used
    own     irq
    own     fiq
    own     serror
    own     sync                            // current EL, SP_EL2
    own     irq
    own     fiq
    .balign 128                             // unmasked by serror_take only, to take one
    str     x0, [sp, #-16]!
    mrs     x0, spsr_el2
    orr     x0, x0, #(1 << 8)
    msr     spsr_el2, x0
    ldr     x0, [sp], #16
    eret
    lower   trap_sync                       // lower EL, AArch64
    lower   trap_irq
    lower   trap_irq
    lower   trap_serror
    lower   trap_sync                       // lower EL, AArch32 (EL0 only)
    lower   trap_irq
    lower   trap_irq
    lower   trap_serror

guest_return:
    each_pair ldp
    ldr     x30, [sp, #240]
    ldp     x0, x1, [sp], #GUEST_FRAME_BYTES
    eret
    dsb     nsh                             // no speculation past eret
    isb

/* void arch_enter_guests(void *stack_top): give this CPU over to its guests for good. */
    .globl arch_enter_guests
arch_enter_guests:
    sub     sp, x0, #GUEST_FRAME_BYTES
    mov     x29, xzr
    mov     x0, sp
    adr     x30, guest_return
    b       exit_loop

/* A fault of ours. A second one while reporting (the stack may be what is broken) stops the CPU. */
.macro fault kind, code
hv_fault_\kind:
    sub     sp, sp, #GUEST_FRAME_BYTES
    stp     x0, x1, [sp, #0]
    mov     x0, #\code
    b       hv_fault
.endm
    fault sync, 0
    fault irq, 1
    fault fiq, 2
    fault serror, 3

hv_fault:
    frame_rest
    adrp    x1, hv_faults                   // a fault while reporting one only stops
    add     x1, x1, :lo12:hv_faults
    ldr     w2, [x1]
    cbnz    w2, 1f
    mov     w2, #1
    str     w2, [x1]
    mov     x1, sp
    b       panic_fault
1:  wfe
    b       1b

    .bss
    .balign 4
hv_faults:
    .skip   4
