/* SPDX-License-Identifier: Apache-2.0 */
/* From the boot loader to C in the high half.
 *
 * Entered as the arm64 Linux boot protocol says: MMU off, x0 = device tree, image anywhere at a 2
 * MiB boundary, at EL2 or EL1 (at EL3 we go down far enough to say that we cannot run there).
 * Nothing here but adrp reaches memory until the MMU is on.
 *
 * x19 level we came from   x20 physical address of the image   x21 device tree x22 boot tables
 * x23 boot stack top              x24 where to go on at EL1
 *
 * Another CPU is entered by PSCI at secondary_entry with x0 = its struct boot_cpu, at the same
 * level as the first was. / */
#include "uk_layout.h"

#define SCTLR_EL1_OFF   0x30d00800      /* RES1 bits, MMU and caches off */
#define SCTLR_EL1_ON    0x30d0180d      /* ... M, C, I, SA */
#define SCTLR_WXN       0x80000         /* writable is never executable, whatever an entry says */
#define SPSR_EL1H       0x3c5

    .arch armv8-a+fp+simd

    .section .head, "ax"
    .globl _start
_start:
    b entry
    .long 0
    .quad 0                             /* text offset */
    .quad __image_size
    .quad 0xa                           /* little endian, 4 KiB pages, anywhere */
    .quad 0, 0
    .quad __file_size                   /* reserved for Linux; the profile compiler sees by it that the file is whole */
    .ascii "ARM\x64"
    .long 0

entry:
    msr daifset, #15
    mov x21, x0
    adrp x20, _start
    adr x24, at_el1
enter:
    mrs x19, CurrentEL
    lsr x19, x19, #2
    cmp x19, #2
    b.eq from_el2
    b.hi from_el3
    ldr w0, =SCTLR_EL1_OFF
    msr sctlr_el1, x0
    isb
    br x24

from_el3:
    mov x0, #0x5b1                      /* SCR_EL3: RW, HCE, SMD off, RES1, NS */
    msr scr_el3, x0
    msr cptr_el3, xzr
    mrs x0, id_aa64pfr0_el1
    tst x0, #0xf00
    b.eq 4f
    mov x0, #(1 << 31)                  /* with an EL2 between: EL1 is AArch64, FP is not trapped */
    msr hcr_el2, x0
    mov x0, #0x33ff
    msr cptr_el2, x0
4:
    adr x0, at_el1
    msr elr_el3, x0
    mov x0, #SPSR_EL1H
    msr spsr_el3, x0
    ldr w0, =SCTLR_EL1_OFF
    msr sctlr_el1, x0
    eret

from_el2:
    mov x0, #(1 << 31)                  /* HCR_EL2: EL1 is AArch64 ... */
    orr x0, x0, #(3 << 40)              /* ... with pointer authentication; nothing traps */
    msr hcr_el2, x0
    mov x0, #3                          /* EL1 reads both counters and programs both timers */
    msr cnthctl_el2, x0
    msr cntvoff_el2, xzr
    mov x0, #0x33ff                     /* RES1: FP is not trapped */
    msr cptr_el2, x0
    msr hstr_el2, xzr
    msr vttbr_el2, xzr
    mrs x0, midr_el1
    msr vpidr_el2, x0
    mrs x0, mpidr_el1
    msr vmpidr_el2, x0
    mrs x0, id_aa64dfr0_el1             /* all event counters belong to EL1 when there is a PMU */
    ubfx x1, x0, #8, #4
    mov x2, #0
    cbz x1, 1f
    cmp x1, #15
    b.eq 1f
    mrs x2, pmcr_el0
    ubfx x2, x2, #11, #5
1:  msr mdcr_el2, x2
    mrs x0, id_aa64pfr0_el1             /* GICv3 by system registers, also at EL1 */
    ubfx x0, x0, #24, #4
    cbz x0, 2f
    mov x0, #0xf
    msr s3_4_c12_c9_5, x0               /* ICC_SRE_EL2 */
    isb
    msr s3_4_c12_c11_0, xzr             /* ICH_HCR_EL2 */
2:  msr elr_el2, x24
    mov x0, #SPSR_EL1H
    msr spsr_el2, x0
    ldr w0, =SCTLR_EL1_OFF
    msr sctlr_el1, x0
    eret

at_el1:
    mov x0, #(3 << 20)                  /* FP and SIMD for all */
    msr cpacr_el1, x0
    ldr x0, =__kbss_off
    add x22, x20, x0
    ldr x0, =__boot_stack_off
    add x23, x22, x0
    add x23, x23, #BOOT_STACK_SIZE
    mov sp, x23
    mov x0, x20
    mov x1, x22
    bl boot_map                         /* fills the tables; x0 = TCR */
    mov x2, x0
    mov x0, x22                         /* first page of the tables: low half, now the identity */
    add x1, x22, #PAGE_SIZE             /* second page: high half */
    bl mmu_on
    ldr x0, =high
    br x0

/* x0, x1 = tables of the low and the high half, x2 = TCR */
mmu_on:
    mov x4, #0x04ff                     /* MAIR: 0 normal write-back, 1 device nGnRE */
    msr mair_el1, x4
    msr tcr_el1, x2
    msr ttbr0_el1, x0
    msr ttbr1_el1, x1
    dsb sy
    tlbi vmalle1
    ic iallu
    dsb sy
    isb
    ldr w0, =(SCTLR_EL1_ON | SCTLR_WXN)
    msr sctlr_el1, x0
    isb
    ret

high:
    ldr x1, =(__irq_stack + IRQ_STACK_SIZE)
    mov sp, x1                          /* SP_EL1: handlers only, from here on */
    ldr x1, =vectors
    msr vbar_el1, x1
    msr spsel, #0
    ldr x1, =(__boot_stack + BOOT_STACK_SIZE)
    mov sp, x1
    ldr x0, =__kbss_zero
    ldr x1, =__kdata
3:  stp xzr, xzr, [x0], #16
    cmp x0, x1
    b.lo 3b
    ldr x0, =__kdata_load
    ldr x2, =__kdata_end
4:  ldp x3, x4, [x0], #16               /* data lie behind the bss */
    stp x3, x4, [x1], #16
    cmp x1, x2
    b.lo 4b
    mov x29, xzr
    mov x30, xzr
    mov x0, x20
    mov x1, x21
    mov x2, x19
    bl uk_entry

    .globl secondary_entry
secondary_entry:
    msr daifset, #15
    mov x21, x0
    adr x24, secondary_at_el1
    b enter

secondary_at_el1:
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    ldp x0, x22, [x21]                  /* low half: identity, final */
    ldp x1, x2, [x21, #16]              /* high half; TCR */
    ldp x23, x25, [x21, #32]            /* handlers' stack, own stack */
    ldp x26, x27, [x21, #48]            /* idle thread, struct cpu */
    bl mmu_on
    ldr x0, =secondary_high
    br x0

secondary_high:
    msr ttbr0_el1, x22
    isb
    tlbi vmalle1
    dsb nsh
    isb
    mov sp, x23                         /* SP_EL1: handlers only */
    ldr x1, =vectors
    msr vbar_el1, x1
    msr spsel, #0
    mov sp, x25
    msr tpidr_el1, x26
    mov x29, xzr
    mov x30, xzr
    mov x0, x27
    bl cpu_main
    .ltorg

    .section .kboot.tables, "aw", %nobits
    .balign PAGE_SIZE
    .globl boot_tables
boot_tables:
    .skip 5 * PAGE_SIZE     /* roots low and high; level 2 high; level 3 kernel; level 2 identity */
