/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs take turns in one program: tests say which one is calling. A CPU with nothing to run jumps back to the test that
 * let it run; no lock is held there. */
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

void exit_loop(struct guest_frame *f);

uint32_t host_cpus_started;
bool host_wfi_trapped[CPU_MAX];
static uint32_t here;
static jmp_buf idle;
static bool may_idle;

struct cpu *this_cpu(void)          { return &cpus[here]; }
void host_cpu_set(uint32_t cpu)     { here = cpu; }
void arch_vcpu_trap_wfi(bool on)    { host_wfi_trapped[here] = on; }
void arch_relax(void)               { }

int arch_cpu_start(uint32_t cpu)
{
    host_cpus_started |= 1u << cpu;
    return 0;
}

uint8_t *arch_cpu_stack(uint32_t cpu)
{
    static uint8_t stack[CPU_MAX][64];

    return stack[cpu] + sizeof(stack[cpu]);
}

void arch_wait_for_interrupt(void)
{
    if (!may_idle) {
        fprintf(stderr, "CPU %u waits for an interrupt outside its exit loop\n", here);
        abort();
    }
    longjmp(idle, 1);
}

bool host_exit_loop(void)
{
    struct guest_frame frame;
    bool runs = false;

    may_idle = true;
    if (setjmp(idle) == 0) {
        exit_loop(&frame);
        runs = true;
    } else {
        runs = false;
    }
    may_idle = false;
    return runs;
}
