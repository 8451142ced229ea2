/* SPDX-License-Identifier: Apache-2.0 */
/* The host stands in for an ISA in unit tests: a vCPU's state is what tests look at. */
#pragma once

#include <stdint.h>

struct arch_vcpu {
    uint64_t pc, context, regs[31];
    unsigned injected_undefined, injected_aborts;
    uint64_t abort_address;
};

struct cpu;
struct cpu *this_cpu(void);         /* the test's choice */
