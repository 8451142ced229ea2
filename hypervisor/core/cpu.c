/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/drivers/gic.h"

struct cpu cpus[CPU_MAX];
uint32_t cpu_count;

void cpu_request(struct cpu *c, uint32_t work)
{
    /* Pairs with the exchange in exit_loop. */
    uint32_t was = __atomic_fetch_or(&c->work, work, __ATOMIC_RELEASE);

    /* Who set the bits before has interrupted it, or it was the CPU itself, which will look. */
    if ((was & work) != work && c != this_cpu()) gic->send_sgi(c->id, SGI_KICK);
}
