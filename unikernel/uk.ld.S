/* SPDX-License-Identifier: Apache-2.0 */
/* One file, two address ranges. The kernel (kernel.o, already linked and localised) runs in the
 * high half, everything else in the low half; load addresses (LMA) are offsets in the image and
 * say only where a piece lies in the file. Every piece is mapped page by page from the table at
 * image_segments, so no relocation is needed wherever the image lies in memory.
 *
 * File order: kernel text, rodata, data; application text, rodata, data; symbols; then, not in the
 * file, the kernel's bss. Symbols come last so that adding them moves nothing (the table is made
 * from a first link). The application's bss is ordinary anonymous memory. */
#include "uk_layout.h"

ENTRY(_start)
PHDRS
{
    ktext PT_LOAD FLAGS(5);
    kdata PT_LOAD FLAGS(6);
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    tls PT_TLS FLAGS(4);
    ksyms PT_LOAD FLAGS(4);
    kbss PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = KERNEL_BASE;
    .ktext : AT(0) {
        KEEP(*kernel.o(.head))
        *kernel.o(.text .text.*)
    } :ktext
    __ktext_size = SIZEOF(.ktext);
    . = ALIGN(PAGE_SIZE);
    .krodata : AT(ADDR(.krodata) - KERNEL_BASE) {
        __krodata = .;
        *kernel.o(.rodata .rodata.*)
        . = ALIGN(8);
        __extable_start = .;
        KEEP(*kernel.o(.extable))
        __extable_end = .;
        __services_start = .;
        KEEP(*kernel.o(SORT(.services.*)))
        __services_end = .;
    } :ktext
    __krodata_size = SIZEOF(.krodata);
    . = ALIGN(PAGE_SIZE);
    .kdata : AT(ADDR(.kdata) - KERNEL_BASE) {
        __kdata = .;
        *kernel.o(.data .data.*)
    } :kdata
    __kdata_size = SIZEOF(.kdata);
    . = ALIGN(PAGE_SIZE);
    __krodata_img = __krodata - KERNEL_BASE;
    __kdata_img = __kdata - KERNEL_BASE;
    __kernel_file_end = . - KERNEL_BASE;

    .kbss (NOLOAD) : AT(__kbss_off) {
        __kbss = .;
        *kernel.o(.kboot.tables)
        __kbss_tables_end = .;
        . += PAGE_SIZE;
        __boot_stack = .;
        . += BOOT_STACK_SIZE;
        . += PAGE_SIZE;
        __irq_stack = .;
        . += IRQ_STACK_SIZE;
        . += PAGE_SIZE;
        __panic_stack = .;
        . += PANIC_STACK_SIZE;
        __early_pages = .;
        . += EARLY_PAGES * PAGE_SIZE;
        __kbss_zero = .;
        *kernel.o(.bss .bss.* COMMON)
        . = ALIGN(PAGE_SIZE);
        __kbss_end = .;
    } :kbss
    __kbss_tables_size = __kbss_tables_end - __kbss;
    __boot_stack_off = __boot_stack - __kbss;
    __irq_stack_off = __irq_stack - __kbss;
    __panic_stack_off = __panic_stack - __kbss;
    __kbss_tail_size = __kbss_end - __panic_stack;
    ASSERT(__kbss_end - KERNEL_BASE <= BLOCK_SIZE, "the kernel must fit one level-3 table")

    . = APP_BASE;
    __text_off = __kernel_file_end;
    .text : AT(__text_off) {
        __text = .;
        *(.text .text.*)
        *(.init .fini)
    } :text
    __text_end = .;
    __text_size = SIZEOF(.text);
    . = ALIGN(PAGE_SIZE);
    __rodata = .;
    __rodata_off = __text_off + (__rodata - APP_BASE);
    .rodata : AT(__rodata_off) {
        *(.rodata .rodata.* .srodata .srodata.*)
        *(.got .got.plt .igot .igot.plt)
        . = ALIGN(8);
        PROVIDE_HIDDEN(__preinit_array_start = .);
        KEEP(*(.preinit_array))
        PROVIDE_HIDDEN(__preinit_array_end = .);
        PROVIDE_HIDDEN(__init_array_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) .init_array))
        PROVIDE_HIDDEN(__init_array_end = .);
        PROVIDE_HIDDEN(__fini_array_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*) .fini_array))
        PROVIDE_HIDDEN(__fini_array_end = .);
    } :rodata
    .tdata : AT(__rodata_off + (ADDR(.tdata) - __rodata)) { *(.tdata .tdata.*) } :rodata :tls
    __tls_start = ADDR(.tdata);
    __tls_file_size = SIZEOF(.tdata);
    __tls_align = MAX(ALIGNOF(.tdata), ALIGNOF(.tbss));
    .tbss : { *(.tbss .tbss.*) } :tls
    __tls_size = SIZEOF(.tbss) ? ADDR(.tbss) + SIZEOF(.tbss) - ADDR(.tdata) : SIZEOF(.tdata);
    __rodata_size = ADDR(.tdata) + SIZEOF(.tdata) - __rodata;
    . = ALIGN(PAGE_SIZE);
    __data = .;
    __data_off = __text_off + (__data - APP_BASE);
    .data : AT(__data_off) {
        *(.data .data.* .sdata .sdata.*)
        __data_end = .;
    } :data
    __data_size = SIZEOF(.data);
    .bss (NOLOAD) : { *(.bss .bss.* .sbss .sbss.* COMMON) } :data
    __bss_end = .;
    __app_file_end = ALIGN(__data_off + __data_size, PAGE_SIZE);

    .ksyms KSYMS_BASE : AT(__app_file_end) { KEEP(*(.ksyms)) } :ksyms
    __ksyms_size = SIZEOF(.ksyms);
    __ksyms_off = __app_file_end;
    __file_size = __ksyms_size ? __ksyms_off + __ksyms_size : __data_size ? __data_off + __data_size : __rodata_off + __rodata_size;
    __kbss_off = ALIGN(__ksyms_off + __ksyms_size, PAGE_SIZE);
    __early_pages_img = __kbss_off + (__early_pages - __kbss);
    __boot_stack_img = __kbss_off + __boot_stack_off;
    __irq_stack_img = __kbss_off + __irq_stack_off;
    __panic_stack_img = __kbss_off + __panic_stack_off;
    __image_size = __kbss_off + (__kbss_end - __kbss);

    /DISCARD/ : { *(.comment .note .note.* .eh_frame .eh_frame_hdr .ARM.* .riscv.*) }
}
