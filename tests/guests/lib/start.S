/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a guest test program (Linux arm64 Image protocol: x0 = device tree, MMU off, EL1), entry of its further vCPUs
 * (x0 = struct cpu_start), exception vectors. The MMU stays off throughout, so every data access is Device memory. */
    .section .head, "ax"
    .globl  _start
_start:
    b       boot
    .word   0
    .quad   0                           // text_offset
    .quad   _end                        // image_size, linked at 0
    .quad   0xa                         // little endian, 4 KiB pages, anywhere
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0

boot:
    mov     x20, x0                     // x20  device tree
    adr     x21, _start                 // x21  load address
    adrp    x0, _rela_start
    add     x0, x0, :lo12:_rela_start
    adrp    x1, _rela_end
    add     x1, x1, :lo12:_rela_end
1:  cmp     x0, x1
    b.hs    2f
    ldp     x2, x3, [x0], #16           // offset, kind: R_AARCH64_RELATIVE only
    ldr     x4, [x0], #8                // addend
    add     x4, x4, x21
    str     x4, [x21, x2]
    b       1b
2:  adrp    x0, _bss_start
    add     x0, x0, :lo12:_bss_start
    adrp    x1, _bss_end
    add     x1, x1, :lo12:_bss_end
3:  cmp     x0, x1
    b.hs    4f
    stp     xzr, xzr, [x0], #16
    b       3b
4:  adrp    x0, boot_stack_top
    add     sp, x0, :lo12:boot_stack_top
    adr     x0, vectors
    msr     vbar_el1, x0
    isb
    mov     x0, x20
    bl      guest_boot
    b       .

    .globl  secondary_entry
secondary_entry:
    adr     x1, vectors
    msr     vbar_el1, x1
    isb
    ldr     x1, [x0]                    // struct cpu_start: stack top, function, argument
    mov     sp, x1
    ldp     x2, x0, [x0, #8]
    blr     x2
    bl      cpu_off
    b       .

    .macro  vector to
    .balign 128
    sub     sp, sp, #272
    stp     x0, x1, [sp]
    mov     x1, \to
    b       trap_entry
    .endm

    .balign 2048
    .globl  vectors
vectors:
    .set    n, 0
    .rept   16
    vector  n
    .set    n, n + 1
    .endr

trap_entry:                             // x1  number of the vector
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, elr_el1
    stp     x30, x2, [sp, #240]
    mrs     x2, spsr_el1
    str     x2, [sp, #256]
    mov     x0, sp
    bl      trap_handle                 // (frame, vector)
    ldr     x2, [sp, #256]
    msr     spsr_el1, x2
    ldp     x30, x2, [sp, #240]
    msr     elr_el1, x2
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #272
    eret

    .globl  hvc_call, smc_call          // (struct smccc *io): x0..x5 in, x0..x3 out
    .macro  smccc name, insn
\name:
    stp     x19, x30, [sp, #-16]!
    mov     x19, x0
    ldp     x4, x5, [x19, #32]
    ldp     x2, x3, [x19, #16]
    ldp     x0, x1, [x19]
    \insn   #0
    stp     x0, x1, [x19]
    stp     x2, x3, [x19, #16]
    ldp     x19, x30, [sp], #16
    ret
    .endm
    smccc   hvc_call, hvc
    smccc   smc_call, smc

/* isolated_run(code, x9): what the code does to x0..x30 ends with it. It ends with BRK, or with a failed fetch. */
    .globl  isolated_run, isolated_back
isolated_run:
    adrp    x2, isolated_kept
    add     x2, x2, :lo12:isolated_kept
    stp     x19, x20, [x2]
    stp     x21, x22, [x2, #16]
    stp     x23, x24, [x2, #32]
    stp     x25, x26, [x2, #48]
    stp     x27, x28, [x2, #64]
    stp     x29, x30, [x2, #80]
    mov     x9, x1
    br      x0
isolated_back:                          // the exception handler returns here
    adrp    x2, isolated_kept
    add     x2, x2, :lo12:isolated_kept
    ldp     x19, x20, [x2]
    ldp     x21, x22, [x2, #16]
    ldp     x23, x24, [x2, #32]
    ldp     x25, x26, [x2, #48]
    ldp     x27, x28, [x2, #64]
    ldp     x29, x30, [x2, #80]
    ret

    .bss
    .balign 16
isolated_kept:
    .space  96
    .space  16384
boot_stack_top:
