/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the firmware (RISC-V SBI). An extension that is not there answers with an error. */
#pragma once

#include "lib/compiler.h"

#define SBI_TIME            0x54494d45  /* "TIME" */
#define SBI_TIME_SET        0
#define SBI_BASE            0x10
#define SBI_BASE_PROBE      3
#define SBI_HART            0x48534d    /* "HSM" */
#define SBI_HART_START      0
#define SBI_IPI             0x735049    /* "sPI" */
#define SBI_IPI_SEND        0
#define SBI_RFENCE          0x52464e43  /* "RFNC" */
#define SBI_RFENCE_VMA      1
#define SBI_RESET           0x53525354  /* "SRST" */
#define SBI_RESET_SYSTEM    0
#define SBI_RESET_SHUTDOWN  0
#define SBI_RESET_COLD      1
#define SBI_RESET_FAILURE   1           /* the reason; 0: none */

struct sbi_result {
    long error;
    uint64_t value;
};

static inline struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t arg0,
                                         uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a3 __asm__("a3") = arg3;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;

    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbi_result){ (long)a0, a1 };
}
