/* SPDX-License-Identifier: Apache-2.0 */
/* Entry from the boot loader and of secondary CPUs: MMU off, EL2, physical addresses. Builds nothing itself: boot_tables
 * (boot_tables.c) does; then on to virtual addresses through the identity tables, which are left at once. */
#include "layout.h"

    .section .head, "ax"
    .globl hv_image_start
hv_image_start:
    b       boot_primary                    // Linux arm64 Image header (Documentation/arm64/booting)
    .long   0
    .quad   0                               // text_offset
    .quad   HV_CARVE_BYTES                  // image_size: everything behind the image that is ours
    .quad   0xa                             // little endian, 4 KiB, anywhere (2 MiB aligned)
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .section .text.boot, "ax"
boot_primary:                               // x0 device tree
    msr     daifset, #15
    mov     x20, x0
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.ne    not_el2
    adrp    x1, hv_boot_stack_top
    mov     sp, x1
    mov     x29, xzr
    mov     x30, xzr
    adrp    x0, hv_bss_start                // zero BSS with the MMU off; stale cache lines over it are dropped below
    adrp    x1, hv_bss_end
1:
    .rept   16
    stp     xzr, xzr, [x0], #16
    .endr
    cmp     x0, x1
    b.lo    1b
    adrp    x0, hv_image_start              // physical base
    bl      boot_tables
    adrp    x0, hv_bss_start
    adrp    x1, hv_bss_end
2:                                          // written uncached: no dirty or stale line may cover it
    .rept   8
    dc      ivac, x0
    add     x0, x0, #64
    .endr
    cmp     x0, x1
    b.lo    2b
    dsb     sy
    bl      mmu_on
    ldr     x1, =(HV_STACK_VA + HV_STACK_STEP)      // CPU 0's stack; from here on virtual addresses
    mov     sp, x1
    mov     x29, xzr
    mov     x0, x20
    ldr     x2, =arch_main
    br      x2

    .globl boot_secondary
boot_secondary:                             // x0: CPU index (PSCI context)
    msr     daifset, #15
    mov     x20, x0
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.ne    switch_off
    bl      mmu_on
    ldr     x1, =HV_STACK_VA
    add     x2, x20, #1
    mov     x3, #HV_STACK_STEP
    madd    x1, x2, x3, x1
    mov     sp, x1
    mov     x29, xzr
    mov     x0, x20
    ldr     x2, =arch_main_secondary
    br      x2

/* Entered at EL1: no right to anything a hypervisor needs. Say so (not_el2.c), then PSCI SYSTEM_OFF by hvc ends an emulator. */
not_el2:
    adrp    x1, hv_boot_stack_top
    mov     sp, x1
    mov     x0, x20
    bl      not_el2_say
switch_off:
    mov     x0, #8
    movk    x0, #0x8400, lsl #16
    hvc     #0
3:  wfe
    b       3b

/* Switch the MMU on through the identity map and continue at the caller's virtual address on the final tables.
 * Clobbers x0..x4; x30 becomes virtual. */
mmu_on:
    ldr     x0, =HV_MAIR
    msr     mair_el2, x0
    mrs     x1, id_aa64mmfr0_el1
    and     x1, x1, #0xf
    mov     x2, #5
    cmp     x1, x2
    csel    x1, x1, x2, lo
    ldr     x0, =(0x80803500 | HV_T0SZ)     // TCR_EL2: RES1, inner shareable, write-back walks, 4 KiB
    orr     x0, x0, x1, lsl #16             // PS
    msr     tcr_el2, x0
    mov     x0, #(1 << 31)                  // HCR_EL2: RW only; E2H clear
    msr     hcr_el2, x0
    isb
    adrp    x0, hv_idmap_l1
    msr     ttbr0_el2, x0
    tlbi    alle2
    tlbi    alle1                           // nor anything of guests before us
    ic      iallu
    dsb     nsh
    isb
    ldr     x0, =0x30cd183d                 // SCTLR_EL2: RES1, I, C, M, SA, WXN
    msr     sctlr_el2, x0
    isb
    adrp    x0, hv_image_start              // still physical: the difference moves the return address
    ldr     x1, =HV_IMAGE_VA
    sub     x1, x1, x0
    add     x30, x30, x1
    adrp    x2, hv_l1                       // physical address of the final tables
    adr     x3, 4f
    add     x3, x3, x1
    br      x3
4:  msr     ttbr0_el2, x2
    isb
    tlbi    alle2
    dsb     nsh
    isb
    ldr     x0, =hv_vectors
    msr     vbar_el2, x0
    isb
    ret
    .ltorg

    .section .stacks, "aw", %nobits         // not BSS: nothing need clear them
    .balign 4096
    .globl  hv_stacks
hv_stacks:
    .skip   HV_CPU_MAX * HV_STACK_BYTES
