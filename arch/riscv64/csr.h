/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers of supervisor mode, by name, and their bits (RISC-V privileged
 * architecture, "Supervisor-Level ISA"). */
#pragma once

#include "lib/compiler.h"

#define csr_read(name)                                                                             \
    __extension__({                                                                                \
        uint64_t csr_v;                                                                            \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_v));                                         \
        csr_v;                                                                                     \
    })
#define csr_write(name, v) __asm__ volatile("csrw " #name ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define csr_set(name, v)   __asm__ volatile("csrs " #name ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define csr_clear(name, v) __asm__ volatile("csrc " #name ", %0" ::"rK"((uint64_t)(v)) : "memory")

#define SSTATUS_SIE     BIT64(1)
#define SSTATUS_SPIE    BIT64(5)

/* scause without its top bit, which tells interrupts from exceptions */
#define CAUSE_INTERRUPT BIT64(63)
#define IRQ_SOFT        1U              /* also the bits in sie and sip */
#define IRQ_TIMER       5U
#define IRQ_EXTERNAL    9U

#define CAUSE_FETCH_MISALIGNED  0U
#define CAUSE_FETCH_ACCESS      1U
#define CAUSE_ILLEGAL           2U
#define CAUSE_BREAKPOINT        3U
#define CAUSE_LOAD_MISALIGNED   4U
#define CAUSE_LOAD_ACCESS       5U
#define CAUSE_STORE_MISALIGNED  6U
#define CAUSE_STORE_ACCESS      7U
#define CAUSE_FETCH_PAGE        12U
#define CAUSE_LOAD_PAGE         13U
#define CAUSE_STORE_PAGE        15U

#define SATP_SV39       (UINT64_C(8) << 60)

static inline void sfence_vma(void) { __asm__ volatile("sfence.vma" ::: "memory"); }
static inline void sfence_vma_page(uint64_t va)
{
    __asm__ volatile("sfence.vma %0" ::"r"(va) : "memory");
}
