/* SPDX-License-Identifier: Apache-2.0 */
/* Registers a vCPU has for itself, for programs that look whether they keep their values. */
#pragma once

#include "tests/guests/lib/guest.h"

/* All vector registers: op is "ldp" or "stp", at is what addresses 512 bytes. */
#define VECTOR_PAIRS(op, at)                                                                       \
    ".arch_extension fp\n"                                                                         \
    op " q0, q1, [" at ", #0]\n" op " q2, q3, [" at ", #32]\n" op " q4, q5, [" at ", #64]\n"       \
    op " q6, q7, [" at ", #96]\n" op " q8, q9, [" at ", #128]\n" op " q10, q11, [" at ", #160]\n"  \
    op " q12, q13, [" at ", #192]\n" op " q14, q15, [" at ", #224]\n" op " q16, q17, [" at ", #256]\n" \
    op " q18, q19, [" at ", #288]\n" op " q20, q21, [" at ", #320]\n" op " q22, q23, [" at ", #352]\n" \
    op " q24, q25, [" at ", #384]\n" op " q26, q27, [" at ", #416]\n" op " q28, q29, [" at ", #448]\n" \
    op " q30, q31, [" at ", #480]\n"                                                               \
    ".arch_extension nofp\n"

#define FPCR S3_3_C4_C4_0
#define FPSR S3_3_C4_C4_1

/* Registers that only hold what is written, and the bits that do. */
#define KEEPING_REGISTERS(X)                                                                       \
    X(tpidr_el0, UINT64_MAX) X(tpidrro_el0, UINT64_MAX) X(tpidr_el1, UINT64_MAX) X(contextidr_el1, 0xffffffff) \
    X(mair_el1, UINT64_C(0x4444ff00ff44ff04)) X(ttbr0_el1, UINT64_C(0xfffffffff000)) X(ttbr1_el1, UINT64_C(0xfffffffff000)) \
    X(far_el1, UINT64_MAX) X(sp_el0, UINT64_MAX) X(csselr_el1, 1) X(cntkctl_el1, 3)                \
    X(FPCR, 0x07c00000) X(FPSR, 0x0800009f)
#define KEEPING_COUNT 13u
