/* SPDX-License-Identifier: Apache-2.0 */
/* RISC-V advanced interrupt architecture: the APLIC takes wires and hands them to a hart either
 * itself or, where harts have an IMSIC, as a message that this keeps until the hart claims it. A
 * message carries the number of its wire; a hart sends another one the first number beyond. A line goes to the hart that enables it; all are high
 * while they are active, as on the machines we know. */
#include "unikernel/drivers/riscv_intc.h"
#include "arch/riscv64/csr.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/mmio.h"

#define DOMAINCFG       0x0000U
#define DOMAIN_ON       0x100U
#define DOMAIN_MSI      0x004U
#define SOURCECFG(irq)  (4U * (irq))
#define LEVEL_HIGH      6U
#define SETIENUM        0x1edcU
#define CLRIE           0x1f00U
#define CLRIENUM        0x1fdcU
#define SETIPNUM        0x2000U
#define TARGET(irq)     (0x3000U + 4U * (irq))
#define TARGET_HART     18U
#define IDC(hart)       (0x4000U + 32U * (hart))
#define IDC_DELIVERY    0x00U
#define IDC_THRESHOLD   0x08U
#define IDC_CLAIM       0x1cU

/* A hart's IMSIC, by siselect (0x150), sireg (0x151) and stopei (0x15c) */
#define EIDELIVERY      0x70U
#define EITHRESHOLD     0x72U
#define EIE             0xc0U           /* 64 numbers each, even registers only */

static struct {
    const struct machine *machine;
    const struct intc *node, *imsic;    /* imsic NULL: the APLIC hands over itself */
    volatile void *regs;
    volatile void *files;               /* of the IMSIC, a page for each hart */
    uint32_t ipi;                       /* number of a message from hart to hart, 0: none is free */
    unsigned hart[CPUS_MAX];            /* of our CPUs, as the APLIC counts */
} aplic;

static unsigned own_hart(void) { return aplic.hart[cpu_self()->index]; }

static void imsic_write(uint64_t reg, uint64_t v)
{
    csr_write(0x150, reg);
    csr_write(0x151, v);
}

static void imsic_enable(uint32_t irq)
{
    csr_write(0x150, EIE + irq / 64 * 2);
    csr_set(0x151, BIT64(irq % 64));
}

static void enable(uint32_t irq)
{
    mmio_write32(aplic.regs, SOURCECFG(irq), LEVEL_HIGH);
    mmio_write32(aplic.regs, TARGET(irq), own_hart() << TARGET_HART | (aplic.imsic ? irq : 1));
    if (aplic.imsic != NULL) imsic_enable(irq);
    mmio_write32(aplic.regs, SETIENUM, irq);
}

static void disable(uint32_t irq) { mmio_write32(aplic.regs, CLRIENUM, irq); }

static uint32_t ack(uint64_t cause)
{
    uint64_t top;
    uint32_t irq;

    if (aplic.imsic != NULL) __asm__ volatile("csrrw %0, 0x15c, zero" : "=r"(top) :: "memory");
    else top = mmio_read32(aplic.regs, IDC(own_hart()) + IDC_CLAIM);
    irq = (uint32_t)(top >> 16);
    if (irq == 0) return UINT32_MAX;
    return irq == aplic.ipi ? ARCH_IPI_IRQ : irq;
}

static void send_message(uint32_t irq, const struct cpu *to)
{
    mmio_write32(aplic.files, PAGE_SIZE * aplic.hart[to->index], aplic.ipi);
}

/* A line that is still active sends another message. */
static void end(uint32_t irq)
{
    if (aplic.imsic != NULL) mmio_write32(aplic.regs, SETIPNUM, irq);
}

static void init_cpu(void)
{
    const struct cpu *c = cpu_self();
    const struct intc *to = aplic.imsic != NULL ? aplic.imsic : aplic.node;
    int output = intc_output(aplic.machine, to, c->id, IRQ_EXTERNAL);
    unsigned hart = (unsigned)output;

    if (output < 0) panic("the interrupt controller has no output to hart %lu", c->id);
    aplic.hart[c->index] = hart;
    if (aplic.imsic != NULL) {
        for (unsigned i = 0; i <= to->sources / 64; i++) imsic_write(EIE + i * 2, 0);
        if (aplic.ipi != 0) imsic_enable(aplic.ipi);
        imsic_write(EITHRESHOLD, 0);
        imsic_write(EIDELIVERY, 1);
    } else {
        mmio_write32(aplic.regs, IDC(hart) + IDC_THRESHOLD, 0);
        mmio_write32(aplic.regs, IDC(hart) + IDC_DELIVERY, 1);
    }
}

static const struct irqchip chip = {
    .enable = enable, .disable = disable, .ack = ack, .end = end, .init_cpu = init_cpu,
};

static const struct irqchip message_chip = {
    .enable = enable, .disable = disable, .ack = ack, .end = end, .init_cpu = init_cpu,
    .send = send_message,
};

/* Where harts are in groups, or guests have files between theirs, there is more than a page for each: we
 * leave messages between harts to the firmware then. */
static bool can_send(const struct intc *imsic)
{
    if (imsic == NULL || aplic.node->sources >= imsic->sources ||
        imsic->regs.len != (uint64_t)imsic->output_count * PAGE_SIZE) {
        return false;
    }
    aplic.files = io_map(&imsic->regs);
    return aplic.files != NULL;
}

static const struct intc *imsic_of(const struct machine *m, const struct intc *c)
{
    for (unsigned i = 0; i < m->arch.intc_count; i++) {
        const struct intc *to = &m->arch.intcs[i];

        if (to->kind == INTC_IMSIC && c->msi_parent != 0 && to->phandle == c->msi_parent) return to;
    }
    return NULL;
}

int aplic_init(const struct machine *m, const struct intc *c, const struct irqchip **out)
{
    const struct intc *imsic = imsic_of(m, c);

    /* That of machine mode is described beside ours. */
    if (intc_output(m, imsic != NULL ? imsic : c, cpu_self()->id, IRQ_EXTERNAL) < 0) return -ENODEV;
    aplic.machine = m;
    aplic.node = c;
    aplic.imsic = imsic;
    aplic.regs = io_map(&c->regs);
    if (aplic.regs == NULL) return -ENOMEM;
    for (uint32_t irq = 1; irq <= c->sources; irq++) mmio_write32(aplic.regs, SOURCECFG(irq), 0);
    for (uint32_t i = 0; i <= c->sources / 32; i++) mmio_write32(aplic.regs, CLRIE + i * 4, ~0U);
    mmio_write32(aplic.regs, DOMAINCFG, DOMAIN_ON | (imsic != NULL ? DOMAIN_MSI : 0));
    if (can_send(imsic)) aplic.ipi = c->sources + 1;
    *out = aplic.ipi != 0 ? &message_chip : &chip;
    return 0;
}
