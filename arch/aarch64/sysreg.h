/* SPDX-License-Identifier: Apache-2.0 */
/* AArch64 system registers by name, barriers, and the bit names both kernels use (Arm ARM DDI
 * 0487). */
#pragma once

#include "lib/compiler.h"

#define sysreg_read(name)                                                                          \
    __extension__({                                                                                \
        uint64_t sysreg_v;                                                                         \
        __asm__ volatile("mrs %0, " #name : "=r"(sysreg_v));                                       \
        sysreg_v;                                                                                  \
    })
#define sysreg_write(name, v) \
    __asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(v)) : "memory")

#define isb()      __asm__ volatile("isb" ::: "memory")
#define dsb(scope) __asm__ volatile("dsb " #scope ::: "memory")
#define dmb(scope) __asm__ volatile("dmb " #scope ::: "memory")
#define wfi()      __asm__ volatile("wfi" ::: "memory")

/* ESR_ELx (D17.2.37) */
#define ESR_EC(esr)        FIELD((esr), 31, 26)
#define ESR_IL             BIT64(25)
#define ESR_EC_UNKNOWN     0x00u
#define ESR_EC_WFX         0x01u
#define ESR_EC_FP          0x07u
#define ESR_EC_HVC64       0x16u
#define ESR_EC_SMC64       0x17u
#define ESR_EC_SYSREG      0x18u
#define ESR_EC_IABT_LOWER  0x20u
#define ESR_EC_IABT_SAME   0x21u
#define ESR_EC_DABT_LOWER  0x24u
#define ESR_EC_DABT_SAME   0x25u
#define ESR_ISS_ISV        BIT64(24)
#define ESR_ISS_SSE        BIT64(21)
#define ESR_ISS_SF         BIT64(15)
#define ESR_ISS_S1PTW      BIT64(7)
#define ESR_ISS_CM         BIT64(8)
#define ESR_ISS_WNR        BIT64(6)
#define ESR_FSC_EXTERNAL   0x10u

#define SPSR_EL1H          0x3c5u       /* EL1h, DAIF masked */
#define SPSR_MODE_EL1H     0x5u

#define DAIF_ALL           15
