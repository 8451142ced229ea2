/* SPDX-License-Identifier: Apache-2.0 */
/* The host stands in for an ISA in unit tests: a vCPU's state is what tests look at. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct guest_frame {
    uint64_t x[31];
};

struct arch_vcpu {
    uint64_t pc, context, regs[31];
    unsigned injected_undefined, injected_aborts;
    uint64_t abort_address;
    bool abort_fetch;
    bool loaded;                    /* its registers are on a core */
    bool vtimer_on;                 /* its virtual timer will fire ... */
    uint64_t vtimer_at;             /* ... at this count */
    unsigned loads, resets, restarts;
};

static inline void arch_spin_hint(void)
{
    __asm__ volatile("" ::: "memory");
}

struct cpu;
struct cpu *this_cpu(void);         /* the test's choice */
