/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

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
#else
    return flags;                   /* there are none */
#endif
}
