/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs take turns in one program, or are threads of it: each thread says which one it is. */
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"

uint32_t host_cpus_started;
int (*host_on_cpu_start)(uint32_t cpu);
void (*host_on_relax)(void);
static __thread uint32_t here;

struct cpu *this_cpu(void)          { return &cpus[here]; }
void host_cpu_set(uint32_t cpu)     { here = cpu; }

void arch_relax(void)
{
    if (host_on_relax != NULL) host_on_relax();
}

int arch_cpu_start(uint32_t cpu)
{
    host_cpus_started |= 1u << cpu;
    return host_on_cpu_start == NULL ? 0 : host_on_cpu_start(cpu);
}

uint8_t *arch_cpu_stack(uint32_t cpu)
{
    static uint8_t stack[CPU_MAX][64];

    return stack[cpu] + sizeof(stack[cpu]);
}
