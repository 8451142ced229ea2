/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-size records in per-CPU rings. Callers test the CPU's mask first: one load and one
 * predictable branch when off. */
#pragma once

#include "abi/event.h"
#include "hypervisor/core/types.h"

struct trace_record {
    uint64_t time;
    uint16_t event, vm;
    uint32_t vcpu_cpu;              /* vCPU << 16 | CPU */
    uint64_t a, b;
};

#define TRACE_RECORDS 128u          /* one page per CPU */

int trace_init_cpu(struct cpu *c) must_check;
void trace_record(struct cpu *c, uint32_t event, uint64_t a, uint64_t b);

void trace_switch(struct cpu *c, const struct vcpu *from, const struct vcpu *to);

/** The newest record is `back` = 0; NULL when there are not so many. */
const struct trace_record *trace_tail(const struct cpu *c, uint32_t back);
