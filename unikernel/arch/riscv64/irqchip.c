/* SPDX-License-Identifier: Apache-2.0 */
/* A hart's own interrupts, and the controller that stands behind its external one. Harts interrupt each
 * other by messages to an IMSIC, by the device that raises software interrupts (ACLINT SSWI), or
 * through the firmware, which takes thousands of instructions. */
#include "unikernel/drivers/riscv_intc.h"
#include "unikernel/arch/riscv64/sbi.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/fdt_cursor.h"
#include "lib/mmio.h"

bool trap_irq(uint64_t cause);

static const struct irqchip *outside;
static const struct intc *sswi;                 /* NULL: none */
static volatile void *sswi_regs;
static int sswi_output[CPUS_MAX];               /* -1: not one of its harts */
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

static uint32_t ack(uint64_t cause)
{
    uint32_t irq = (uint8_t)cause;

    if (unlikely(irq == IRQ_EXTERNAL)) return outside->ack(cause);
    if (irq == IRQ_SOFT) csr_clear(sip, BIT64(IRQ_SOFT));
    return IRQ_LOCAL + irq;
}

bool trap_irq(uint64_t cause)
{
    return (uint8_t)cause == IRQ_TIMER ? irq_timer() : irq_dispatch(cause);
}

static void end(uint32_t irq)
{
    if (irq < IRQ_LOCAL) outside->end(irq);
}

static void init_cpu(void)
{
    const struct cpu *c = cpu_self();

    outside->init_cpu();
    csr_write(sie, own);
    if (sswi != NULL) sswi_output[c->index] = intc_output(&machine, sswi, c->id, IRQ_SOFT);
}

static void send(uint32_t irq, const struct cpu *to)
{
    __asm__ volatile("fence w, ow" ::: "memory");   /* what the other shall see before that */
    if (outside->send != NULL) {
        outside->send(irq, to);
    } else if (sswi != NULL && sswi_output[to->index] >= 0) {
        mmio_write32(sswi_regs, 4 * (uint64_t)sswi_output[to->index], 1);
    } else {
        (void)sbi_call(SBI_IPI, SBI_IPI_SEND, 1, to->id, 0, 0);
    }
}

static const struct irqchip chip = { enable, disable, ack, end, init_cpu, send };

int intc_output(const struct machine *m, const struct intc *c, uint64_t hart, uint32_t cause)
{
    for (uint32_t i = 0; i < c->output_count; i++) {
        uint32_t phandle = fdt_cell(c->outputs + 8 * i);

        if (fdt_cell(c->outputs + 8 * i + 4) != cause) continue;
        for (unsigned h = 0; h < m->arch.hart_count; h++) {
            const struct hart *at = &m->arch.harts[h];

            if (at->phandle == phandle && at->id == hart) return (int)i;
        }
    }
    return -1;
}

/* A hart's register must be there for each output. */
static void sswi_init(const struct intc *c)
{
    if (c->regs.len < 4 * (uint64_t)c->output_count) return;
    sswi_regs = io_map(&c->regs);
    if (sswi_regs != NULL) sswi = c;
}

int arch_irq_init(const struct machine *m, const struct irqchip **out, const char **problem)
{
    int err = -ENODEV;

    *problem = "the device tree has no interrupt controller we know (PLIC, APLIC)";
    for (unsigned i = 0; i < m->arch.intc_count; i++) {
        const struct intc *c = &m->arch.intcs[i];

        if (c->kind == INTC_PLIC && err != 0) err = plic_init(m, c, &outside);
        if (c->kind == INTC_APLIC && err != 0) err = aplic_init(m, c, &outside);
        if (c->kind == INTC_SSWI) sswi_init(c);
    }
    *out = &chip;
    return err;
}
