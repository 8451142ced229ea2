/* SPDX-License-Identifier: Apache-2.0 */
/* Which devices of the board may access memory by themselves, and how they are made to stop. A
 * device with registers that is not listed here may, for all we know. */
#include "hypervisor/core/platform_reader.h"

static const struct {
    const char *compatible;
    enum dma_kind kind;
} known[] = {
    { "virtio,mmio", DMA_VIRTIO_MMIO },
    { "pci-host-ecam-generic", DMA_PCI_ECAM },
    { "arm,pl011", DMA_NONE },
    { "arm,sbsa-uart", DMA_NONE },
    { "ns16550a", DMA_NONE },
    { "snps,dw-apb-uart", DMA_NONE },
    { "arm,pl031", DMA_NONE },
    { "arm,pl061", DMA_NONE },
    { "cfi-flash", DMA_NONE },
    { "mmio-sram", DMA_NONE },
    { "syscon", DMA_NONE },
    { "qemu,fw-cfg-mmio", DMA_NONE },       /* ends before the write that starts it does */
    { "arm,armv7-timer-mem", DMA_NONE },
    { "arm,cortex-a15-gic", DMA_NONE },
    { "arm,cortex-a7-gic", DMA_NONE },
    { "arm,cortex-a9-gic", DMA_NONE },
    { "arm,gic-400", DMA_NONE },
    { "arm,gic-v3", DMA_NONE },
    { "arm,gic-v3-its", DMA_HIDDEN },       /* what these do to memory is told them by registers */
    { "arm,gic-v2m-frame", DMA_HIDDEN },
    { "arm,smmu-v1", DMA_HIDDEN },
    { "arm,smmu-v2", DMA_HIDDEN },
    { "arm,smmu-v3", DMA_HIDDEN },
    { "arm,mmu-400", DMA_HIDDEN },
    { "arm,mmu-401", DMA_HIDDEN },
    { "arm,mmu-500", DMA_HIDDEN },
    { "nvidia,smmu-500", DMA_HIDDEN },
};

static enum dma_kind kind_of(const struct reader *r)
{
    const char *at = reader_text(r, K_COMPATIBLE), *end;

    if (at == NULL) return DMA_UNKNOWN;
    for (end = at + r->prop[K_COMPATIBLE].len; at < end;) {
        for (uint32_t i = 0; i < ARRAY_LEN(known); i++) {
            if (reader_same(at, known[i].compatible)) return known[i].kind;
        }
        while (*at++ != '\0') continue;
    }
    return DMA_UNKNOWN;
}

void platform_judge_dma(struct reader *r)
{
    struct platform *p = r->p;
    enum dma_kind kind;
    struct mmio_range m;

    if (!reader_reg_physical(r, 0, &m)) return;     /* behind another device, or no registers */
    kind = kind_of(r);
    if (kind == DMA_NONE) return;
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
