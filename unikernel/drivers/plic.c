/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V platform-level interrupt controller. A context is one output: a hart at one privilege; ours
 * is found in the device tree. A line goes to the hart that enables it. Off means priority 0: the end
 * of an interrupt whose enable bit is gone would be ignored, and the line silent for ever. */
#include "unikernel/drivers/riscv_intc.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/mmio.h"

#define PRIORITY(irq)       (4UL * (irq))
#define ENABLE(context)     (0x2000UL + 0x80UL * (context))
#define THRESHOLD(context)  (0x200000UL + 0x1000UL * (context))
#define CLAIM(context)      (THRESHOLD(context) + 4)

static struct {
    const struct machine *machine;
    const struct intc *node;
    volatile void *regs;
    unsigned context[CPUS_MAX];
} plic;

static unsigned own_context(void) { return plic.context[cpu_self()->index]; }

static void enable(uint32_t irq)
{
    uint64_t at = ENABLE(own_context()) + irq / 32 * 4;

    mmio_write32(plic.regs, at, mmio_read32(plic.regs, at) | 1U << irq % 32);
    mmio_write32(plic.regs, PRIORITY(irq), 1);
}

static void disable(uint32_t irq)
{
    mmio_write32(plic.regs, PRIORITY(irq), 0);
}

static uint32_t ack(uint64_t cause)
{
    uint32_t irq = mmio_read32(plic.regs, CLAIM(own_context()));

    return irq != 0 ? irq : UINT32_MAX;
}

static void end(uint32_t irq) { mmio_write32(plic.regs, CLAIM(own_context()), irq); }

static void init_cpu(void)
{
    const struct cpu *c = cpu_self();
    int output = intc_output(plic.machine, plic.node, c->id, IRQ_EXTERNAL);
    unsigned context = (unsigned)output;

    if (output < 0) panic("the interrupt controller has no output to hart %lu", c->id);
    plic.context[c->index] = context;
    for (uint32_t i = 0; i <= plic.node->sources / 32; i++) {
        mmio_write32(plic.regs, ENABLE(context) + i * 4, 0);
    }
    mmio_write32(plic.regs, THRESHOLD(context), 0);
}

static const struct irqchip chip = {
    .enable = enable, .disable = disable, .ack = ack, .end = end, .init_cpu = init_cpu,
};

int plic_init(const struct machine *m, const struct intc *c, const struct irqchip **out)
{
    plic.machine = m;
    plic.node = c;
    plic.regs = io_map(&c->regs);
    if (plic.regs == NULL) return -ENOMEM;
    for (uint32_t irq = 1; irq <= c->sources; irq++) mmio_write32(plic.regs, PRIORITY(irq), 0);
    *out = &chip;
    return 0;
}
