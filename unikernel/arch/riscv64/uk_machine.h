/* SPDX-License-Identifier: Apache-2.0 */
/* Part of kernel/machine.h. */
#pragma once

#include "unikernel/kernel/region.h"

/* Properties of nodes we look at beyond those of all machines. */
enum {
    PROP_PHANDLE,
    PROP_OUTPUTS,
    PROP_MSI_PARENT,
    PROP_PLIC_SOURCES,
    PROP_APLIC_SOURCES,
    PROP_IMSIC_IDS,
    PROP_ISA,
    PROP_ISA_EXTENSIONS,
    ARCH_NODE_PROPS
};

#define MACHINE_HARTS 8
#define MACHINE_INTCS 5

enum intc_kind { INTC_PLIC, INTC_APLIC, INTC_IMSIC, INTC_SSWI };

struct arch_machine {
    uint64_t timebase;              /* ticks per second, 0: not said */
    bool has_sstc;                  /* the timer is a register of ours */
    struct hart {
        uint64_t id;
        uint32_t phandle;           /* of its own interrupt controller */
    } harts[MACHINE_HARTS], *hart;  /* hart: whose node is being read */
    unsigned hart_count;
    struct intc {
        enum intc_kind kind;
        struct region regs;
        uint32_t phandle;           /* 0: none */
        uint32_t msi_parent;        /* phandle of the IMSICs an APLIC sends to, 0: none */
        uint32_t sources;           /* highest number of an interrupt */
        const uint8_t *outputs;     /* pairs of cells: phandle of a hart's controller, cause there */
        uint32_t output_count;
    } intcs[MACHINE_INTCS];
    unsigned intc_count;
    struct region test;             /* device that ends or resets the machine, len 0: none */
};
