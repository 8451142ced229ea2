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

#define EACH_OF_16 "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define EACH_OF_32 EACH_OF_16 ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define VECTORS    512

#if !defined(__x86_64__)
#define KEPT(i) 1
#else
#define KEPT(i) ((i) % 32 < 16 || has_avx())
/* Half as much where there is no AVX, or the system has not switched it on. */
static inline int has_avx(void)
{
    unsigned a = 1, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c >> 27 & 3) == 3;
}
#endif

/** True when all vector registers, filled with `seed`, are the same after a loop. */
static inline int vectors_after_loop(unsigned char seed, unsigned long rounds)
{
#if defined(__riscv)
    return flags_after_loop(seed, rounds) == seed;      /* looks at all registers */
#else
    unsigned char in[VECTORS], out[VECTORS];

    for (int i = 0; i < VECTORS; i++) {
        in[i] = (unsigned char)(seed + i);
        out[i] = KEPT(i) ? 0 : in[i];
    }
#if defined(__aarch64__)
    __asm__ volatile(".irp r, " EACH_OF_32 "\n ldr q\\r, [%1, #16 * \\r]\n .endr\n"
                     "1: sub %0, %0, #1\n"
                     "cbnz %0, 1b\n"
                     ".irp r, " EACH_OF_32 "\n str q\\r, [%2, #16 * \\r]\n .endr\n"
                     : "+r"(rounds)
                     : "r"(in), "r"(out)
                     : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",
                       "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
                       "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "memory");
#else
#define VECTOR_LOOP(load, store)                                                                   \
    __asm__ volatile(".irp r, " EACH_OF_16 "\n " load "\n .endr\n"                                 \
                     "1: sub $1, %0\n"                                                             \
                     "jnz 1b\n"                                                                    \
                     ".irp r, " EACH_OF_16 "\n " store "\n .endr\n"                                \
                     : "+r"(rounds)                                                                \
                     : "r"(in), "r"(out)                                                           \
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",     \
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc",         \
                       "memory")
    if (has_avx()) VECTOR_LOOP("vmovdqu 32 * \\r(%1), %%ymm\\r", "vmovdqu %%ymm\\r, 32 * \\r(%2)");
    else VECTOR_LOOP("movdqu 32 * \\r(%1), %%xmm\\r", "movdqu %%xmm\\r, 32 * \\r(%2)");
#undef VECTOR_LOOP
#endif
    for (int i = 0; i < VECTORS; i++) {
        if (out[i] != in[i]) return 0;
    }
    return 1;
#endif
}
