/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel and its text in the linear map are, instructions an application may not use, and some
 * that do not mean the same everywhere. */
#pragma once

#if defined(__aarch64__)
#define KERNEL_TEXT   0xffffffff80001000
#define LINEAR_TEXT   0xffffff8040201000
#define UNDEFINED     "udf #0"
#define SYSTEM_CALL   "svc #0"
#define MASK          "msr daifset, #2"
#define MISALIGNED    "ldxr x1, [%0]" :: "r"(1 + (char *)variable) : "x1", "memory"
#define DIVIDE        "sdiv %0, %0, %1"
#define RESULT
#define CLOBBERED
#elif defined(__riscv)
#define KERNEL_TEXT   0xffffffffc0001000
#define LINEAR_TEXT   0xffffffc080201000
#define UNDEFINED     "unimp"
#define SYSTEM_CALL   "ebreak"
#define MASK          "csrc sstatus, 2"
#define MISALIGNED    "amoadd.d zero, zero, (%0)" :: "r"(1 + (char *)variable) : "memory"
#define DIVIDE        "div %0, %0, %1"
#define RESULT
#define CLOBBERED
#elif defined(__x86_64__)
#define KERNEL_TEXT   0xffffffffc0001000
#define LINEAR_TEXT   0xffff800000201000
#define UNDEFINED     "ud2"
#define SYSTEM_CALL   "syscall"
#define MASK          "cli"
#define MISALIGNED    "movaps (%0), %%xmm0" :: "r"(1 + (char *)variable) : "xmm0", "memory"
#define DIVIDE        "cqo; idivq %1"
#define RESULT        __asm__("rax")
#define CLOBBERED     , "rdx"
#endif
