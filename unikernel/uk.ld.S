/* SPDX-License-Identifier: Apache-2.0 */
/* One file, two address ranges. The kernel (uk.kernel.o, already linked and localised) runs in the
 * high half, everything else in the low half; load addresses (LMA) are offsets in the image and
 * say only where a piece lies in the file. Every piece is mapped page by page from the table
 * image_segments, so no relocation is needed wherever the image lies in memory.
 *
 * Pieces follow each other in the file without padding: first all that is executed, of the kernel
 * and of the application, then all that is read: what the kernel's data start from and its constants,
 * the application's constants and what its data start from, symbols. A page with the end of one and
 * the beginning of the other appears in both ranges; so the first constants can also be executed,
 * behind the application's code. Nothing of the file is ever written: data are copied out of it, the
 * kernel's to behind its bss, the application's to anonymous memory. Symbols come last so that
 * adding them moves nothing (the table is made from a first link). */
#include "uk_layout.h"

#define LIBRARIES */libc.a:* */libuk.a:* */libgcc.a:*
#define PAGE_OF(address) ((address) / PAGE_SIZE * PAGE_SIZE)

ENTRY(_start)
PHDRS
{
    ktext PT_LOAD FLAGS(5);
    kbss PT_LOAD FLAGS(6);
    text PT_LOAD FLAGS(5);
    kdata PT_LOAD FLAGS(6);
    krodata PT_LOAD FLAGS(4);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    tls PT_TLS FLAGS(4);
    tables PT_LOAD FLAGS(4);
}

SECTIONS
{
    . = KERNEL_BASE;
    .ktext : AT(0) {
        KEEP(*/uk.kernel.o(.head))
        */uk.kernel.o(.boot.segments)       /* read before constants are mapped */
        */uk.kernel.o(.text.boot_map .text.uk_main)     /* in the gap that aligned vectors leave */
        */uk.kernel.o(.text.vectors)
        */uk.kernel.o(.text .text.*)
    } :ktext
    __ktext_size = SIZEOF(.ktext);

    . = ALIGN(PAGE_SIZE);
    .kbss (NOLOAD) : AT(__kbss_off) {
        __kbss = .;
        */uk.kernel.o(.kboot.tables)
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
        */uk.kernel.o(.bss .bss.* COMMON)
        . = ALIGN(64);
    } :kbss
    __kdata = .;

    /* An offset in the file follows from what lies before it, so the order here is the file's. */
    __text_off = ALIGN(__ktext_size, 16);
    __text_base = APP_BASE + __text_off % PAGE_SIZE;
    . = __text_base;
    .text : AT(__text_off + (ADDR(.text) - __text_base)) {
        __text = .;
        *(EXCLUDE_FILE(LIBRARIES) .text EXCLUDE_FILE(LIBRARIES) .text.*)
        *(.init .fini)
        __libc_text = .;                /* code that may hold locks of libc, and what it calls */
        __cond_text = .;
        */libc.a:pthread_cond_timedwait.o(.text .text.*)
        __cond_text_end = .;
        __cookie_text = .;
        */libc.a:fopencookie.o(.text .text.*)
        __cookie_text_end = .;
        *(.text .text.*)                /* and, behind it, the linker's ways from there to the kernel */
    } :text
    __text_end = .;
    __text_img = PAGE_OF(__text_off);
    __text_size = __text_end - APP_BASE;
    __app_read = ALIGN(PAGE_SIZE);

    __kdata_off = ALIGN(__text_img + __text_size, 16);
    . = __kdata;
    .kdata : AT(__kdata_off) {
        */uk.kernel.o(.data .data.*)
        . = ALIGN(16);
    } :kdata
    __kdata_end = .;
    __kbss_end = ALIGN(PAGE_SIZE);
    __kbss_tables_size = __kbss_tables_end - __kbss;
    __boot_stack_off = __boot_stack - __kbss;
    __irq_stack_off = __irq_stack - __kbss;
    __panic_stack_off = __panic_stack - __kbss;
    __kbss_tail_size = __kbss_end - __panic_stack;

    __kread = __kbss_end + PAGE_SIZE;
    __kread_img = PAGE_OF(__kdata_off);
    __kdata_load = __kread + __kdata_off % PAGE_SIZE;
    . = __kdata_load + SIZEOF(.kdata);
    .krodata : AT(__kdata_off + (ADDR(.krodata) - __kdata_load)) {
        */uk.kernel.o(.rodata .rodata.*)
        *(.uk_syscalls)
        . = ALIGN(8);
        __extable_start = .;
        KEEP(*/uk.kernel.o(.extable))
        __extable_end = .;
        __services_start = .;
        KEEP(*/uk.kernel.o(SORT(.services.*)))
        __services_end = .;
    } :krodata
    __kread_size = . - __kread;
    ASSERT(. - KERNEL_BASE <= BLOCK_SIZE, "the kernel must fit one level-3 table")

    __rodata_off = ALIGN(__kread_img + __kread_size, 16);
    __rodata_base = __app_read + __rodata_off % PAGE_SIZE;
    . = __rodata_base;
    .rodata : AT(__rodata_off + (ADDR(.rodata) - __rodata_base)) {
        *(.rodata .rodata.* .srodata .srodata.*)
        *(.gcc_except_table .gcc_except_table.*)
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
    .tdata : AT(__rodata_off + (ADDR(.tdata) - __rodata_base)) { *(.tdata .tdata.*) } :rodata :tls
    __tls_start = ADDR(.tdata);
    __tls_file_size = SIZEOF(.tdata);
    __tls_align = MAX(ALIGNOF(.tdata), ALIGNOF(.tbss));
    .tbss : { *(.tbss .tbss.*) } :tls
    __tls_size = SIZEOF(.tbss) ? ADDR(.tbss) + SIZEOF(.tbss) - ADDR(.tdata) : SIZEOF(.tdata);
    __data_load = ALIGN(ADDR(.tdata) + SIZEOF(.tdata), 16);
    __data_off = __rodata_off + (__data_load - __rodata_base);
    __rodata = PAGE_OF(__rodata_base);
    __rodata_img = PAGE_OF(__rodata_off);
    __rodata_size = __data_load + SIZEOF(.data) - __rodata;

    . = ALIGN(__data_load + SIZEOF(.data), PAGE_SIZE);
    .data : AT(__data_off) {
        __data = .;
        *(.data .data.* .sdata .sdata.*)
    } :data
    __data_size = SIZEOF(.data);
    .bss (NOLOAD) : { *(.bss .bss.* .sbss .sbss.* COMMON) } :data
    __bss_end = .;

    /* What tells about the code: unwind tables of both halves, symbols */
    __tables_off = ALIGN(__data_off + __data_size, 16);
    __tables_base = TABLES_BASE + __tables_off % PAGE_SIZE;
#ifdef UNWIND
    .eh_frame_hdr __tables_base : AT(__tables_off) { *(.eh_frame_hdr) } :tables
    .eh_frame : AT(__tables_off + (ADDR(.eh_frame) - __tables_base)) { KEEP(*(.eh_frame)) LONG(0) } :tables
    __unwind_index = ADDR(.eh_frame_hdr);
    __ktext_start = KERNEL_BASE;
    __ktext_end = KERNEL_BASE + __ktext_size;
    __ksyms = ALIGN(8);
#else
    .eh_frame __tables_base + BLOCK_SIZE (INFO) : { *(.eh_frame) }     /* for gdb */
    __ksyms = __tables_base;
#endif
    .ksyms __ksyms : AT(__tables_off + (__ksyms - __tables_base)) { KEEP(*(.ksyms)) } :tables
    __ksyms_size = SIZEOF(.ksyms);
    __tables_img = PAGE_OF(__tables_off);
    __tables_size = __ksyms + __ksyms_size - __tables_base;
    __tables_span = __tables_size ? __tables_base - TABLES_BASE + __tables_size : 0;
    __file_size = __tables_size ? __tables_off + __tables_size : __data_off + __data_size;
    __kbss_off = ALIGN(__file_size, PAGE_SIZE);
    __early_pages_img = __kbss_off + (__early_pages - __kbss);
    __boot_stack_img = __kbss_off + __boot_stack_off;
    __irq_stack_img = __kbss_off + __irq_stack_off;
    __panic_stack_img = __kbss_off + __panic_stack_off;
    __image_size = __kbss_off + (__kbss_end - __kbss);

    /DISCARD/ : { *(.comment .note .note.* .ARM.* .riscv.*) }
}
