/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/trace.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/vm.h"

int trace_init_cpu(struct cpu *c)
{
    _Static_assert(TRACE_RECORDS * sizeof(struct trace_record) == PAGE_SIZE, "one page of records");
    c->trace = page_alloc(PAGE_RING, PAGE_NO_VM, 1);
    return c->trace == NULL ? -ENOMEM : 0;
}

void trace_record(struct cpu *c, uint32_t event, uint64_t a, uint64_t b)
{
    struct trace_record *ring = c->trace;

    if ((c->trace_mask >> event & 1) == 0) return;
    ring[c->trace_next++ % TRACE_RECORDS] = (struct trace_record){
        .time = arch_counter(),
        .event = (uint16_t)event,
        .vm = c->vcpu == NULL ? UINT16_MAX : (uint16_t)c->vcpu->vm->id,
        .vcpu_cpu = (c->vcpu == NULL ? 0 : c->vcpu->id << 16) | c->id,
        .a = a,
        .b = b,
    };
}

static uint64_t name_of(const struct vcpu *v)
{
    return v == NULL ? UINT64_MAX : (uint64_t)v->vm->id << 8 | v->id;
}

void trace_switch(struct cpu *c, const struct vcpu *from, const struct vcpu *to)
{
    trace_record(c, SHYPER_TRACE_VCPU_SWITCH, name_of(to), name_of(from));
}

const struct trace_record *trace_tail(const struct cpu *c, uint32_t back)
{
    const struct trace_record *ring = c->trace;

    if (ring == NULL || back >= c->trace_next || back >= TRACE_RECORDS) return NULL;
    return &ring[(c->trace_next - 1 - back) % TRACE_RECORDS];
}
