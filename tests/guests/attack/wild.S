/* SPDX-License-Identifier: Apache-2.0 */
/* Runs code that may do anything to its registers, and comes back at the first exception: from then on nothing is believed but
 * the program counter and MPIDR_EL1. */
    .text
    .globl  wild_run
wild_run:                               // (const struct wild *w)
    mrs     x1, mpidr_el1
    and     x1, x1, #7
    adr     x2, wild_kept
    add     x1, x2, x1, lsl #7          // x1  this vCPU's place
    stp     x19, x20, [x1]
    stp     x21, x22, [x1, #16]
    stp     x23, x24, [x1, #32]
    stp     x25, x26, [x1, #48]
    stp     x27, x28, [x1, #64]
    stp     x29, x30, [x1, #80]
    mov     x2, sp
    str     x2, [x1, #96]
    adr     x2, wild_vectors
    msr     vbar_el1, x2
    ldp     x2, x3, [x0, #248]          // sp, pc
    ldr     x4, [x0, #264]              // spsr
    mov     sp, x2
    msr     elr_el1, x3
    msr     spsr_el1, x4
    mov     x30, x0
    ldp     x0, x1, [x30]
    ldp     x2, x3, [x30, #16]
    ldp     x4, x5, [x30, #32]
    ldp     x6, x7, [x30, #48]
    ldp     x8, x9, [x30, #64]
    ldp     x10, x11, [x30, #80]
    ldp     x12, x13, [x30, #96]
    ldp     x14, x15, [x30, #112]
    ldp     x16, x17, [x30, #128]
    ldp     x18, x19, [x30, #144]
    ldp     x20, x21, [x30, #160]
    ldp     x22, x23, [x30, #176]
    ldp     x24, x25, [x30, #192]
    ldp     x26, x27, [x30, #208]
    ldp     x28, x29, [x30, #224]
    ldr     x30, [x30, #240]
    eret

    .balign 2048
wild_vectors:
    .set    n, 0
    .rept   16
    .balign 128
    mov     x2, #n
    b       wild_back
    .set    n, n + 1
    .endr

wild_back:                              // x2  number of the vector
    movz    x0, #0x0800                 // SCTLR_EL1: MMU and caches off, little endian, before memory is believed
    movk    x0, #0x30d0, lsl #16
    msr     sctlr_el1, x0
    isb
    mrs     x1, mpidr_el1
    and     x1, x1, #7
    adr     x3, wild_kept
    add     x1, x3, x1, lsl #7
    ldr     x0, [x1, #96]
    mov     sp, x0
    adrp    x0, vectors
    add     x0, x0, :lo12:vectors
    msr     vbar_el1, x0
    isb
    ldp     x19, x20, [x1]
    ldp     x21, x22, [x1, #16]
    ldp     x23, x24, [x1, #32]
    ldp     x25, x26, [x1, #48]
    ldp     x27, x28, [x1, #64]
    ldp     x29, x30, [x1, #80]
    mov     x0, x2
    ret

    .bss
    .balign 128
wild_kept:
    .space  8 * 128
