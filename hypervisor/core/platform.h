/* SPDX-License-Identifier: Apache-2.0 */
/* What the board is, as read from the firmware's device tree in one pass. Nothing about a board is
 * compiled in. */
#pragma once

#include "hypervisor/core/types.h"
#include "lib/ranges.h"

#define PLATFORM_FDT_MAX (2 * MIB)  /* the boot protocol's limit for a device tree */
#define PLATFORM_HIDDEN_MAX 16u
#define PLATFORM_ENTROPY 40u        /* bytes */
#define PLATFORM_DMA_MAX 64u

struct mmio_range {
    uint64_t base, len;         /* physical; len 0: absent */
};

enum dma_kind { DMA_NONE, DMA_HIDDEN, DMA_UNKNOWN, DMA_VIRTIO_MMIO, DMA_PCI_ECAM };

/** Something that may access memory by itself, and can be stopped (quiesce.h). */
struct dma_device {
    uint64_t base, len;
    enum dma_kind kind;
};

enum uart_kind { UART_NONE, UART_PL011 };
enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

struct platform {
    struct ranges ram;          /* all RAM minus the tree's memory reservations */
    struct ranges ram_all;      /* everything that is RAM, reserved or not */
    uint32_t cpu_count;
    struct {
        uint64_t mpidr;         /* affinity bits only */
    } cpu[CPU_MAX];
    enum psci_conduit psci;
    uint32_t gic_version;       /* 2 or 3 */
    struct mmio_range gicd, gicc, gich, gicv;   /* gicc, gich, gicv: version 2 */
    struct mmio_range gicr[4];                  /* version 3: redistributor regions */
    struct mmio_range hidden[PLATFORM_HIDDEN_MAX];  /* ITS, v2m frames, SMMUs: kept from the MVM */
    uint32_t hidden_count;
    struct dma_device dma[PLATFORM_DMA_MAX];
    uint32_t dma_count;
    const char *dma_unknown;    /* a node of the tree that may be one too, which nobody can stop */
    uint32_t irq_maintenance;   /* INTIDs; PPIs */
    uint32_t irq_vtimer, irq_hyp_timer, irq_ptimer;
    struct {
        enum uart_kind kind;
        struct mmio_range mmio;
        uint32_t irq;           /* INTID */
        bool sbsa;              /* no baud rate or line control registers */
    } uart;
    uint64_t initrd_base, initrd_end;           /* the bundle; both 0 when there is none */
    uint64_t dtb_base, dtb_len;                 /* used part of the tree */
    bool has_entropy;
    uint8_t entropy[PLATFORM_ENTROPY];          /* the firmware's kaslr-seed and rng-seed */
};

/**
 * Read the firmware's tree.
 *
 * @fdt    readable for its whole length, which the header's totalsize states, or
 *         PLATFORM_FDT_MAX, whichever is less
 * @pa     where it lies
 * @why    on failure: a sentence naming the node or property and what to do (static text)
 * @return 0; -EINVAL broken tree; -ENODEV something indispensable is missing (GIC, timer, memory,
 *         CPUs)
 * p->uart is valid, if there is one, also after a failure: it is needed to tell of it. A missing
 * UART is not an error. CPUs beyond CPU_MAX and with status other than "okay" are left out.
 */
int platform_read(struct platform *p, const void *fdt, pa_t pa, const char **why) must_check;

/** Make the CPU that boots number 0, whatever the tree's order. -ENODEV: it is not among the CPUs
 * kept. */
int platform_boot_cpu(struct platform *p, uint64_t mpidr) must_check;

extern struct platform platform;

/** True when any of [base, base + len) is RAM, whoever owns it. */
bool platform_has_memory(uint64_t base, uint64_t len);
