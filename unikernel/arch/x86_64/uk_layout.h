/* SPDX-License-Identifier: Apache-2.0 */
/* The address space: 48 bits, four levels. C, assembly and the linker script all read this file. The
 * kernel lies in the last gigabyte, so that calls between it and the application reach (2 GiB).
 *
 *   0x00000000_00000000  page 0: never mapped
 *   0x00000000_00400000  the application, where static programs expect to be
 *   0x00000000_10000000  mmap area: heap, thread stacks
 *   0xffff8000_00000000  linear map: physical address p is at LINEAR_BASE + p, never executable
 *   0xffffffff_c0000000  the kernel's segments                       -+
 *   0xffffffff_c8000000  unwind tables, symbols                                | one gigabyte: one table
 *   0xffffffff_e0000000  device registers                             |
 *   0xffffffff_f0000000  stacks of kernel threads, guard page each   -+
 */
#pragma once

#define PAGE_SHIFT      12
#define PAGE_SIZE       0x1000
#define BLOCK_SIZE      0x200000

#define APP_BASE        0x400000
#define MMAP_BASE       0x10000000
#define LOW_END         0x8000000000

#define LINEAR_BASE     0xffff800000000000
#define LINEAR_PA_END   0x400000000000
#define KERNEL_BASE     0xffffffffc0000000
#define TABLES_BASE     0xffffffffc8000000
#define IO_BASE         0xffffffffe0000000
#define IO_END          0xfffffffff0000000
#define KSTACK_BASE     0xfffffffff0000000

#define START_PAGE      0x8000          /* physical: where further CPUs begin */
#define IMAGE_LMA       0x200000        /* physical: an ELF file is loaded where it says */

#define BOOT_STACK_SIZE 0x2000
#define IRQ_STACK_SIZE  0x2000
#define PANIC_STACK_SIZE 0x2000
#define EARLY_PAGES     20      /* page tables made before the page allocator runs; the first four boot with */
