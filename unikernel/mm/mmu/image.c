/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/mm/image.h"
#include "unikernel/mm/mmu/attr.h"
#include "uk_layout.h"

extern char __ktext_size[], __kread[], __kread_img[], __kread_size[];
extern char __kbss_off[], __kbss_tables_size[], __kbss_tail_size[];
extern char __boot_stack[], __boot_stack_img[], __irq_stack[], __irq_stack_img[];
extern char __panic_stack[], __panic_stack_img[];
extern char __tables_img[], __tables_span[];
extern char __text_img[], __text_size[], __rodata[], __rodata_img[], __rodata_size[];

#define N(symbol) ((uint64_t)(symbol))

/* Space between the kernel's segments is nobody's: it guards the stacks. The first tables are made
 * from this before constants are mapped, so it lies with the code. */
const struct image_segment image_segments[] __attribute__((section(".boot.segments"))) = {
    { KERNEL_BASE, 0, N(__ktext_size), ATTR_X },
    { N(__kread), N(__kread_img), N(__kread_size), 0 },
    { N(__kbss), N(__kbss_off), N(__kbss_tables_size), ATTR_W },
    { N(__boot_stack), N(__boot_stack_img), BOOT_STACK_SIZE, ATTR_W },
    { N(__irq_stack), N(__irq_stack_img), IRQ_STACK_SIZE, ATTR_W },
    { N(__panic_stack), N(__panic_stack_img), N(__kbss_tail_size), ATTR_W },
    { TABLES_BASE, N(__tables_img), N(__tables_span), 0 },
    { APP_BASE, N(__text_img), N(__text_size), ATTR_X | ATTR_APP },
    { N(__rodata), N(__rodata_img), N(__rodata_size), ATTR_APP },
    { 0, 0, 0, 0 },
};
