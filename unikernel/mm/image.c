/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/mm/image.h"
#include "unikernel/mm/attr.h"
#include "uk_layout.h"

extern char __ktext_size[], __krodata[], __krodata_img[], __krodata_size[];
extern char __kdata[], __kdata_img[], __kdata_size[];
extern char __kbss_off[], __kbss_tables_size[], __kbss_tail_size[];
extern char __boot_stack[], __boot_stack_img[], __irq_stack[], __irq_stack_img[];
extern char __panic_stack[], __panic_stack_img[];
extern char __ksyms_off[], __ksyms_size[];
extern char __text_off[], __text_size[], __rodata[], __rodata_off[], __rodata_size[];
extern char __data[], __data_off[], __data_size[];

#define N(symbol) ((uint64_t)(symbol))

/* Space between the kernel's segments is nobody's: it guards the stacks. */
const struct image_segment image_segments[] = {
    { KERNEL_BASE, 0, N(__ktext_size), ATTR_X },
    { N(__krodata), N(__krodata_img), N(__krodata_size), 0 },
    { N(__kdata), N(__kdata_img), N(__kdata_size), ATTR_W },
    { N(__kbss), N(__kbss_off), N(__kbss_tables_size), ATTR_W },
    { N(__boot_stack), N(__boot_stack_img), BOOT_STACK_SIZE, ATTR_W },
    { N(__irq_stack), N(__irq_stack_img), IRQ_STACK_SIZE, ATTR_W },
    { N(__panic_stack), N(__panic_stack_img), N(__kbss_tail_size), ATTR_W },
    { KSYMS_BASE, N(__ksyms_off), N(__ksyms_size), 0 },
    { APP_BASE, N(__text_off), N(__text_size), ATTR_X | ATTR_APP },
    { N(__rodata), N(__rodata_off), N(__rodata_size), ATTR_APP },
    { N(__data), N(__data_off), N(__data_size), ATTR_W | ATTR_APP },
    { 0, 0, 0, 0 },
};
