/* SPDX-License-Identifier: Apache-2.0 */
/* A hart's own interrupts, and the controller that stands behind its external one. */
#include "unikernel/drivers/riscv_intc.h"
#include "unikernel/arch/riscv64/sbi.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "lib/err.h"
#include "lib/fdt_cursor.h"

static const struct irqchip *outside;
static uint64_t own = BIT64(IRQ_EXTERNAL);      /* what each hart enables of its own */

static void enable(uint32_t irq)
{
    if (irq < IRQ_LOCAL) {
        outside->enable(irq);
    } else {
        own |= BIT64(irq - IRQ_LOCAL);
        csr_set(sie, own);
    }
}

static void disable(uint32_t irq)
{
    if (irq < IRQ_LOCAL) {
        outside->disable(irq);
    } else {
        own &= ~BIT64(irq - IRQ_LOCAL);
        csr_clear(sie, BIT64(irq - IRQ_LOCAL));
    }
}

static uint32_t ack(void)
{
    uint64_t pending = csr_read(sip) & csr_read(sie);

    if (pending & BIT64(IRQ_SOFT)) {
        csr_clear(sip, BIT64(IRQ_SOFT));
        return IRQ_LOCAL + IRQ_SOFT;
    }
    if (pending & BIT64(IRQ_TIMER)) return IRQ_LOCAL + IRQ_TIMER;
    return pending != 0 ? outside->ack() : UINT32_MAX;
}

static void end(uint32_t irq)
{
    if (irq < IRQ_LOCAL) outside->end(irq);
}

static void init_cpu(void)
{
    outside->init_cpu();
    csr_write(sie, own);
}

static void send(uint32_t irq, const struct cpu *to)
{
    __asm__ volatile("fence w, w" ::: "memory");    /* what the other shall see before that */
    (void)sbi_call(SBI_IPI, SBI_IPI_SEND, 1, to->id, 0, 0);
}

static const struct irqchip chip = { enable, disable, ack, end, init_cpu, send };

int intc_output(const struct machine *m, const struct intc *c, uint64_t hart)
{
    for (uint32_t i = 0; i < c->output_count; i++) {
        uint32_t phandle = fdt_cell(c->outputs + 8 * i);

        if (fdt_cell(c->outputs + 8 * i + 4) != IRQ_EXTERNAL) continue;
        for (unsigned h = 0; h < m->arch.hart_count; h++) {
            const struct hart *at = &m->arch.harts[h];

            if (at->phandle == phandle && at->id == hart) return (int)i;
        }
    }
    return -1;
}

int arch_irq_init(const struct machine *m, const struct irqchip **out, const char **problem)
{
    int err = -ENODEV;

    *problem = "the device tree has no interrupt controller we know (PLIC, APLIC)";
    for (unsigned i = 0; i < m->arch.intc_count && err != 0; i++) {
        const struct intc *c = &m->arch.intcs[i];

        if (c->kind == INTC_PLIC) err = plic_init(m, c, &outside);
        if (c->kind == INTC_APLIC) err = aplic_init(m, c, &outside);
    }
    *out = &chip;
    return err;
}
