/* SPDX-License-Identifier: Apache-2.0 */
/* The board's devices by compatible: the UART, the timer, the interrupt controller and PSCI are used, and of all
 * it is known whether they may access memory by themselves, and how they are made to stop. A device
 * with registers that is not listed here may, for all we know. */
#include "hypervisor/core/platform_reader.h"
#include "lib/str.h"

#define GICV_LEN_MAX 0x2000u        /* two pages are defined; QEMU's tree claims more */

static int keep_gic_interrupts(struct reader *r)
{
    const struct prop *prop = &r->prop[K_INTERRUPT_CELLS];

    if (reader_has(r, K_INTERRUPT_CELLS) && prop->len == 4) {
        uint32_t cells = fdt_cell(prop->data);

        if (cells != 3 && cells != 4) return reader_refuse(r, -EINVAL, "GIC node: #interrupt-cells is not 3 or 4");
        r->irq_cells = cells;
    }
    r->gic_irqs = reader_irqs(r);
    return 0;
}

static int judge_gic2(struct reader *r)
{
    struct platform *p = r->p;

    if (p->gic_version != 0) return 0; /* a second controller hangs below the first: not ours */
    if (!reader_reg_physical(r, 0, &p->gicd) || !reader_reg_physical(r, 1, &p->gicc))
        return reader_refuse(r, -ENODEV,
                             "GICv2 node: reg lacks the distributor or the CPU interface");
    if (!reader_reg_physical(r, 2, &p->gich) || !reader_reg_physical(r, 3, &p->gicv))
        return reader_refuse(
            r, -ENODEV,
            "GICv2 node: reg lacks the virtualisation registers (QEMU: virtualization=on)");
    p->gicv.len = MIN(p->gicv.len, GICV_LEN_MAX);
    p->gic_version = 2;
    return keep_gic_interrupts(r);
}

static int judge_gic3(struct reader *r)
{
    struct platform *p = r->p;
    uint32_t regions = 1;

    if (p->gic_version != 0) return 0;
    if (reader_has(r, K_GICR_REGIONS) && r->prop[K_GICR_REGIONS].len == 4)
        regions = fdt_cell(r->prop[K_GICR_REGIONS].data);
    if (regions == 0 || regions > ARRAY_LEN(p->gicr))
        return reader_refuse(r, -EINVAL, "GICv3 node: #redistributor-regions is not 1 to 4");
    if (!reader_reg_physical(r, 0, &p->gicd))
        return reader_refuse(r, -ENODEV, "GICv3 node: reg lacks the distributor");
    for (uint32_t i = 0; i < regions; i++) {
        if (!reader_reg_physical(r, 1 + i, &p->gicr[i]))
            return reader_refuse(r, -ENODEV, "GICv3 node: reg lacks a redistributor region");
    }
    p->gic_version = 3;
    return keep_gic_interrupts(r);
}

static int judge_psci(struct reader *r)
{
    if (reader_text_is(r, K_METHOD, "smc")) r->p->psci = PSCI_SMC;
    else if (reader_text_is(r, K_METHOD, "hvc")) r->p->psci = PSCI_HVC;
    else return reader_refuse(r, -EINVAL, "PSCI node: method is neither smc nor hvc");
    return 0;
}

static int judge_timer(struct reader *r)
{
    r->timer_irqs = reader_irqs(r);
    return 0;
}

static int judge_pl011(struct reader *r)     { return platform_judge_uart(r, false); }
static int judge_sbsa_uart(struct reader *r) { return platform_judge_uart(r, true); }

static const struct known {
    const char *compatible;
    enum dma_kind dma;
    int (*judge)(struct reader *r);
} known[] = {
    { "virtio,mmio", DMA_VIRTIO_MMIO, NULL },
    { "pci-host-ecam-generic", DMA_PCI_ECAM, NULL },
    { "arm,pl011", DMA_NONE, judge_pl011 },
    { "arm,sbsa-uart", DMA_NONE, judge_sbsa_uart },
    { "ns16550a", DMA_NONE, NULL },
    { "snps,dw-apb-uart", DMA_NONE, NULL },
    { "arm,pl031", DMA_NONE, NULL },
    { "arm,pl061", DMA_NONE, NULL },
    { "cfi-flash", DMA_NONE, NULL },
    { "mmio-sram", DMA_NONE, NULL },
    { "syscon", DMA_NONE, NULL },
    { "qemu,fw-cfg-mmio", DMA_NONE, NULL },             /* ends before the write that starts it does */
    { "arm,armv8-timer", DMA_UNKNOWN, judge_timer },         /* no registers */
    { "arm,psci-1.0", DMA_UNKNOWN, judge_psci },
    { "arm,psci-0.2", DMA_UNKNOWN, judge_psci },
    { "arm,armv7-timer-mem", DMA_NONE, NULL },
    { "arm,cortex-a15-gic", DMA_NONE, judge_gic2 },
    { "arm,cortex-a7-gic", DMA_NONE, judge_gic2 },
    { "arm,cortex-a9-gic", DMA_NONE, judge_gic2 },
    { "arm,gic-400", DMA_NONE, judge_gic2 },
    { "arm,gic-v3", DMA_NONE, judge_gic3 },
    { "arm,gic-v3-its", DMA_HIDDEN, NULL },             /* what these do to memory is told them by registers */
    { "arm,gic-v2m-frame", DMA_HIDDEN, NULL },
    { "arm,smmu-v1", DMA_HIDDEN, NULL },
    { "arm,smmu-v2", DMA_HIDDEN, NULL },
    { "arm,smmu-v3", DMA_HIDDEN, NULL },
    { "arm,mmu-400", DMA_HIDDEN, NULL },
    { "arm,mmu-401", DMA_HIDDEN, NULL },
    { "arm,mmu-500", DMA_HIDDEN, NULL },
    { "nvidia,smmu-500", DMA_HIDDEN, NULL },
};

/* By the first string of the compatible list that is known. */
static const struct known *known_as(const struct reader *r)
{
    static const struct known stranger = { NULL, DMA_UNKNOWN, NULL };
    const char *at = reader_text(r, K_COMPATIBLE), *end;

    for (end = at == NULL ? at : at + r->prop[K_COMPATIBLE].len; at < end; at += strlen(at) + 1) {
        for (uint32_t i = 0; i < ARRAY_LEN(known); i++) {
            if (reader_same(at, known[i].compatible)) return &known[i];
        }
    }
    return &stranger;
}

static void keep_dma(struct reader *r, enum dma_kind kind)
{
    struct platform *p = r->p;
    struct mmio_range m;

    if (kind == DMA_NONE || !reader_reg_physical(r, 0, &m))
        return;                         /* no registers, or behind another device */
    if (kind == DMA_HIDDEN) {
        if (p->hidden_count < PLATFORM_HIDDEN_MAX) p->hidden[p->hidden_count++] = m;
        else (void)reader_refuse(r, -EINVAL, "more than 16 ITS, v2m frames and SMMUs");
        return;
    }
    if (kind == DMA_UNKNOWN || p->dma_count == PLATFORM_DMA_MAX) {
        if (p->dma_unknown == NULL) p->dma_unknown = r->frame[r->depth - 1].name;
        return;
    }
    p->dma[p->dma_count++] = (struct dma_device){ m.base, m.len, kind };
}

int platform_judge_device(struct reader *r)
{
    const struct known *k = known_as(r);
    bool disabled = r->frame[r->depth - 1].disabled;    /* but there: who has its registers has it */

    if (reader_has(r, K_REG) && (!disabled || k->dma == DMA_HIDDEN)) keep_dma(r, k->dma);
    return disabled || k->judge == NULL ? 0 : k->judge(r);
}
