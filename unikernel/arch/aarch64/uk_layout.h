/* SPDX-License-Identifier: Apache-2.0 */
/* The address space: 39 bits each way, 4 KiB pages, three levels. C, assembly and the linker script
 * all read this file.
 *
 *   0x00000000_00000000  page 0: never mapped
 *   0x00000000_00400000  the application, where static programs expect to be
 *   0x00000000_10000000  mmap area: heap, thread stacks
 *   0xffffff80_00000000  linear map: physical address p is at LINEAR_BASE + p, never executable
 *   0xffffffff_80000000  the kernel's segments                       -+
 *   0xffffffff_88000000  unwind tables, symbols                                |
 *   0xffffffff_90000000  the device tree, read-only                   | one gigabyte: one table
 *   0xffffffff_a0000000  device registers                             |
 *   0xffffffff_b0000000  stacks of kernel threads, guard page each   -+
 */
#pragma once

#define PAGE_SHIFT      12
#define PAGE_SIZE       0x1000
#define BLOCK_SIZE      0x200000

#define APP_BASE        0x400000
#define MMAP_BASE       0x10000000
#define LOW_END         0x8000000000

#define LINEAR_BASE     0xffffff8000000000
#define LINEAR_PA_END   0x7e00000000
#define KERNEL_BASE     0xffffffff80000000
#define TABLES_BASE     0xffffffff88000000
#define DTB_WINDOW      0xffffffff90000000
#define DTB_WINDOW_SIZE 0x400000
#define IO_BASE         0xffffffffa0000000
#define IO_END          0xffffffffb0000000
#define KSTACK_BASE     0xffffffffb0000000

#define BOOT_STACK_SIZE 0x2000
#define IRQ_STACK_SIZE  0x2000
#define PANIC_STACK_SIZE 0x2000
#define EARLY_PAGES     20      /* page tables made before the page allocator runs */
