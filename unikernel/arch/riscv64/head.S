/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the image, in supervisor mode with translation off, at any 2 MiB boundary: a0 = hart,
 * a1 = device tree. The file starts with the header of Linux's RISC-V Image.
 *
 *   s0 physical address of the image     s1 device tree     s2 hart     s3 boot tables
 */
#include "uk_layout.h"
#include "unikernel/offsets.h"

/* The floating-point unit on, as after reset; vectors off. */
    .macro fp_on
    li t0, 0x6600
    csrc sstatus, t0
    li t0, 0x2000
    csrs sstatus, t0
    fscsr zero
    li t0, 0x4000
    csrc sstatus, t0
    .endm

/* Nothing is mapped where we are: the next instruction is the one at \target, by a page fault. */
    .macro go_high target
    ld t0, \target
    csrw stvec, t0
    sfence.vma
    csrw satp, a0
    .balign 4
    .endm

    .section .head, "ax"
    .globl _start
    .option push
    .option norvc
_start:
    j entry
    .long 0
    .quad BLOCK_SIZE                    /* text offset */
    .quad __image_size
    .quad 0                             /* little endian */
    .long 2                             /* version 0.2 */
    .long 0
    .quad __file_size                   /* reserved for Linux; says that the file is whole */
    .ascii "RISCV\0\0\0"
    .ascii "RSC\x05"
    .long 0
    .option pop

kbss_off:
    .quad __kbss_off
boot_stack_off:
    .quad __boot_stack_off + BOOT_STACK_SIZE
high_va:
    .quad high
secondary_high_va:
    .quad secondary_high

entry:
    csrci sstatus, 2
    csrw sie, zero
    mv s2, a0
    mv s1, a1
    lla s0, _start
    ld s3, kbss_off
    add s3, s3, s0
    ld sp, boot_stack_off
    add sp, sp, s3
    mv a0, s0
    mv a1, s3
    call boot_map                       /* fills the tables; a0 = satp */
    go_high high_va
high:
    la t0, vectors
    csrw stvec, t0
    la sp, __boot_stack + BOOT_STACK_SIZE
    la t0, __kbss_zero
    la t1, __kdata
1:  sd zero, 0(t0)
    sd zero, 8(t0)
    addi t0, t0, 16
    bltu t0, t1, 1b
    la t0, __kdata_load
    la t2, __kdata_end
2:  ld t3, 0(t0)                        /* data lie behind the bss */
    sd t3, 0(t1)
    addi t0, t0, 8
    addi t1, t1, 8
    bltu t1, t2, 2b
    fp_on
    mv a0, s0
    mv a1, s1
    mv a2, s2
    li s0, 0
    call uk_entry

/* Another hart, started by the firmware: a1 = its struct cpu */
    .globl secondary_entry
secondary_entry:
    csrci sstatus, 2
    csrw sie, zero
    lla t0, _start
    ld a0, kbss_off
    add a0, a0, t0                      /* the root is the first of the tables */
    srli a0, a0, PAGE_SHIFT
    li t0, 8                            /* Sv39 */
    slli t0, t0, 60
    or a0, a0, t0
    go_high secondary_high_va
secondary_high:
    la t0, vectors
    csrw stvec, t0
    ld t0, CPU_IDLE(a1)
    csrw sscratch, t0
    ld sp, THREAD_KSTACK_TOP(t0)
    fp_on
    mv a0, a1
    li s0, 0
    call cpu_main

    .section .kboot.tables, "aw", %nobits
    .balign PAGE_SIZE
    .globl boot_tables
boot_tables:
    .skip 3 * PAGE_SIZE                 /* root; level 2 and level 3 of the kernel */
