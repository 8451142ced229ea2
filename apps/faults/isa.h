/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel and its text in the linear map are, and instructions an application may not use. */
#pragma once

#if defined(__aarch64__)
#define KERNEL_TEXT   0xffffffff80001000
#define LINEAR_TEXT   0xffffff8040201000
#define UNDEFINED     "udf #0"
#define SYSTEM_CALL   "svc #0"
#elif defined(__riscv)
#define KERNEL_TEXT   0xffffffffc0001000
#define LINEAR_TEXT   0xffffffc080201000
#define UNDEFINED     "unimp"
#define SYSTEM_CALL   "ebreak"
#elif defined(__x86_64__)
#define KERNEL_TEXT   0xffffffffc0001000
#define LINEAR_TEXT   0xffff800000201000
#define UNDEFINED     "ud2"
#define SYSTEM_CALL   "syscall"
#endif
