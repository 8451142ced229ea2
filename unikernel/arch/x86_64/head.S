/* SPDX-License-Identifier: Apache-2.0 */
/* From the PVH boot protocol to C in the high half.
 *
 * Entered in 32-bit protected mode without paging, ebx = start info, at the image's first byte; the
 * image lies at IMAGE_LMA, where the loader was told to put it (tools/uk_pvh.py). Four pages that
 * later serve as page tables map the first gigabyte as it is, and the first block of the image also
 * where the kernel was linked to run; with them C makes the tables that stay.
 */
#include "uk_layout.h"

#define CR0_ON      0x80010023          /* PG, WP, NE, MP, PE */
#define CR4_ON      0x620               /* PAE, OSFXSR, OSXMMEXCPT */
#define CR4_PGE     0x80
#define EFER        0xc0000080
#define EFER_ON     0x900               /* LME, NXE */
#define LOW(symbol) (symbol - KERNEL_BASE + IMAGE_LMA)
#define TABLES      (__early_pages_img + IMAGE_LMA)

    .section .head, "ax"
    .code32
    .globl _start
_start:
    jmp entry
    .balign 8
    .quad __image_size                  /* tools/uk_pvh.py reads it here */

entry:
    cli
    cld
    mov $(__boot_stack_img + IMAGE_LMA + BOOT_STACK_SIZE), %esp
    mov $TABLES, %edi
    xor %eax, %eax
    mov $0x1000, %ecx
    rep stosl
    mov $TABLES, %edi
    lea 0x1003(%edi), %eax
    mov %eax, (%edi)                    /* first and last entry of the root: the same second level */
    mov %eax, 0xff8(%edi)
    add $0x1000, %eax
    mov %eax, 0x1000(%edi)              /* first gigabyte */
    add $0x1000, %eax
    mov %eax, 0x1ff8(%edi)              /* last gigabyte */
    movl $(IMAGE_LMA + 0x83), 0x3000(%edi)
    mov $0x83, %eax
    mov $512, %ecx
1:  mov %eax, 0x2000(%edi)
    add $BLOCK_SIZE, %eax
    add $8, %edi
    loop 1b

    mov $CR4_ON, %eax
    mov %eax, %cr4
    mov $TABLES, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_ON, %eax
    wrmsr
    mov $CR0_ON, %eax
    mov %eax, %cr0
    lgdt LOW(boot_gdt_pointer)
    ljmp $8, $LOW(low64)

    .balign 8
boot_gdt:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long LOW(boot_gdt)

    .code64
low64:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov $high, %rax
    jmp *%rax
high:
    mov %ebx, %ebx
    mov $IMAGE_LMA, %edi
    mov $(__kbss_off + IMAGE_LMA), %esi
    call boot_map
    mov %rax, %cr3
    mov $(__boot_stack + BOOT_STACK_SIZE), %rsp
    mov %cr4, %rax
    or $CR4_PGE, %rax
    mov %rax, %cr4
    mov $__kbss_zero, %rdi
    mov $__kdata, %rcx
    sub %rdi, %rcx
    shr $3, %rcx
    xor %eax, %eax
    rep stosq
    mov $__kdata_load, %rsi             /* data lie behind the bss */
    mov $__kdata_end, %rcx
    sub %rdi, %rcx
    shr $3, %rcx
    rep movsq
    xor %ebp, %ebp
    push $0
    push $0
    mov %rbx, %rdi
    call uk_entry

/* Where the other CPUs begin, copied to START_PAGE: real mode, cs = START_PAGE / 16. What they need
 * lies at the page's end (struct boot_cpu). */
#define HERE(label) (label - start_code + START_PAGE)
#define BOOT_CPU    (START_PAGE + PAGE_SIZE - 24)

    .section .rodata.start, "a"
    .globl start_code, start_code_end
    .code16
start_code:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl start_gdt_pointer - start_code
    mov $1, %eax
    mov %eax, %cr0
    ljmpl $24, $HERE(start32)

    .code32
start32:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $(CR4_ON | CR4_PGE), %eax
    mov %eax, %cr4
    mov BOOT_CPU, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_ON, %eax
    wrmsr
    mov $CR0_ON, %eax
    mov %eax, %cr0
    ljmp $8, $HERE(start64)

    .code64
start64:
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov BOOT_CPU + 8, %rsp
    mov BOOT_CPU + 16, %rdi
    xor %ebp, %ebp
    mov $secondary_entry, %rax
    call *%rax

    .balign 8
start_gdt:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cf9a000000ffff
start_gdt_pointer:
    .word . - start_gdt - 1
    .long HERE(start_gdt)
start_code_end:

    .section .kboot.tables, "aw", %nobits
    .balign PAGE_SIZE
    .globl boot_tables
boot_tables:
    .skip 4 * PAGE_SIZE     /* root; level 1 and 2 of the last gigabyte; level 3 kernel */
    .section .note.GNU-stack, "", @progbits
