/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string.h>

#define INTEGERS "t2,t3,t4,t5,t6,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11,a0,a1,a2,a3,a4,a5,a6,a7"
#define FLOATS   "f0,f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f11,f12,f13,f14,f15,f16,f17,f18,f19,f20,f21,f22," \
                 "f23,f24,f25,f26,f27,f28,f29,f30,f31"

/** Condition flags, set from the lowest four bits of `flags`, as they are after a loop that neither
 * changes nor stores them. */
static inline unsigned long flags_after_loop(unsigned long flags, unsigned long rounds)
{
#if defined(__aarch64__)
    unsigned long seen;

    __asm__ volatile("msr nzcv, %2\n"
                     "1: sub %1, %1, #1\n"
                     "cbnz %1, 1b\n"
                     "mrs %0, nzcv"
                     : "=r"(seen), "+r"(rounds)
                     : "r"(flags << 28)
                     : "cc");
    return seen >> 28;
#elif defined(__x86_64__)
    /* carry, zero, sign and overflow; bit 1 always reads 1 */
    unsigned long bits = (flags & 1) | (flags & 2) << 5 | (flags & 4) << 5 | (flags & 8) << 8;

    __asm__ volatile("pushfq\n"
                     "andq $-2242, (%%rsp)\n"
                     "orq %0, (%%rsp)\n"
                     "popfq\n"
                     "1: lea -1(%1), %1\n"
                     "jrcxz 2f\n"
                     "jmp 1b\n"
                     "2: pushfq\n"
                     "popq %0"
                     : "+r"(bits), "+c"(rounds)
                     :
                     : "cc", "memory");
    return (bits & 1) | (bits >> 5 & 2) | (bits >> 5 & 4) | (bits >> 8 & 8);
#elif defined(__riscv)
    /* There are none: all registers that hold values. */
    unsigned long v[2][24 + 32];
    register unsigned long *at __asm__("t0") = v[0];
    register unsigned long left __asm__("t1") = rounds;

    for (int i = 0; i < 24 + 32; i++) v[0][i] = flags << 32 | (unsigned long)(i + 1);
    __asm__ volatile(".set at, 0\n"
                     ".irp r, " INTEGERS "\n ld \\r, at(t0)\n .set at, at + 8\n .endr\n"
                     ".irp r, " FLOATS "\n fld \\r, at(t0)\n .set at, at + 8\n .endr\n"
                     "1: addi t1, t1, -1\n"
                     "bnez t1, 1b\n"
                     ".irp r, " INTEGERS "\n sd \\r, at(t0)\n .set at, at + 8\n .endr\n"
                     ".irp r, " FLOATS "\n fsd \\r, at(t0)\n .set at, at + 8\n .endr\n"
                     : "+r"(at), "+r"(left)
                     :
                     : "t2", "t3", "t4", "t5", "t6", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
                       "s9", "s10", "s11", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "f0", "f1",
                       "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13",
                       "f14", "f15", "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24",
                       "f25", "f26", "f27", "f28", "f29", "f30", "f31", "memory");
    return memcmp(v[0], v[1], sizeof(v[0])) == 0 ? flags : ~flags;
#endif
}
