/* SPDX-License-Identifier: Apache-2.0 */
/* memset, called by code that uses the frame pointer for something else. */
#pragma once

#include <stddef.h>

#if defined(__aarch64__)
#define FP_OFFSET 0
static inline void memset_with_fp(const void *fp, void *to, size_t n)
{
    register void *d __asm__("x0") = to;
    register long value __asm__("x1") = 0;
    register size_t len __asm__("x2") = n;
    register const void *f __asm__("x20") = fp;

    __asm__ volatile("mov x19, x29; mov x29, %3; bl memset; mov x29, x19"
                     : "+r"(d), "+r"(value), "+r"(len) : "r"(f)
                     : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "x19", "x30", "v0", "v1", "v2", "v3", "cc", "memory");
}
#elif defined(__riscv)
#define FP_OFFSET 16
static inline void memset_with_fp(const void *fp, void *to, size_t n)
{
    register void *d __asm__("a0") = to;
    register long value __asm__("a1") = 0;
    register size_t len __asm__("a2") = n;
    register const void *f __asm__("s2") = fp;

    __asm__ volatile("mv s1, s0; mv s0, %3; call memset; mv s0, s1"
                     : "+r"(d), "+r"(value), "+r"(len) : "r"(f)
                     : "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "s1", "ra", "memory");
}
#elif defined(__x86_64__)
#define FP_OFFSET 0
static inline void memset_with_fp(const void *fp, void *to, size_t n)
{
    long value = 0;

    __asm__ volatile("sub $128, %%rsp; push %%rbp; mov %3, %%rbp; call memset; pop %%rbp; add $128, %%rsp"
                     : "+D"(to), "+S"(value), "+d"(n) : "b"(fp)
                     : "rax", "rcx", "r8", "r9", "r10", "r11", "cc", "memory");
}
#endif
