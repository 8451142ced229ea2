/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Record types of saved state (see lib/state.h). Numbers are never reused; a changed payload is a
 * new version. */
#pragma once

#include <stdint.h>

#define SHYPER_STATE_VCPU  1
#define SHYPER_STATE_VGIC  2        /* distributor and shared interrupts */
#define SHYPER_STATE_VGICR 3        /* redistributors */
#define SHYPER_STATE_VUART 4
#define SHYPER_STATE_VGIC_CPU \
    5 /* one vCPU's CPU interface; as many as vCPUs follow SHYPER_STATE_VGIC */
#define SHYPER_STATE_VGIC_BANK \
    6 /* 32 interrupts; first those of each vCPU, then the shared ones, in order */

/* SHYPER_STATE_VUART, version 1 */
struct shyper_state_vuart {
    uint32_t kind;                  /* SHYPER_UART_* */
    uint32_t reg[8];                /* ILPR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, DMACR */
    uint32_t tx_raw;                /* 1: the transmit interrupt is raised */
    uint32_t input_bytes;           /* used part of input */
    uint32_t rsv0;
    uint8_t input[256];             /* received, not yet read by the guest */
};
_Static_assert(sizeof(struct shyper_state_vuart) == 304, "layout of saved state");

/* SHYPER_STATE_VGIC, version 1 */
struct shyper_state_vgic {
    uint32_t gic_version;           /* 2 or 3: a guest of one cannot go on with the other */
    uint32_t irq_end;               /* first INTID beyond, at most 1020 */
    uint32_t ctlr;                  /* group enables */
    uint32_t vcpus;
};
_Static_assert(sizeof(struct shyper_state_vgic) == 16, "layout of saved state");

/* SHYPER_STATE_VGIC_CPU, version 1 */
struct shyper_state_vgic_cpu {
    uint32_t vcpu, rsv0;
    uint64_t vmcr;                  /* GICH_VMCR or ICH_VMCR_EL2 */
    uint32_t apr[4], apr1[4];       /* active priorities; version 2 has apr[0] only */
};
_Static_assert(sizeof(struct shyper_state_vgic_cpu) == 48, "layout of saved state");

#define SHYPER_VIRQ_ENABLED   0x01u
#define SHYPER_VIRQ_PENDING   0x02u /* latched */
#define SHYPER_VIRQ_LINE      0x04u
#define SHYPER_VIRQ_ACTIVE    0x08u
#define SHYPER_VIRQ_EDGE      0x10u
#define SHYPER_VIRQ_GROUP1    0x20u
#define SHYPER_VIRQ_HW_ACTIVE 0x40u /* the board's interrupt is to be active while its vCPU runs */
#define SHYPER_VIRQ_TAKEN     0x80u /* active because the guest acknowledged it */

/* SHYPER_STATE_VGIC_BANK, version 1 */
struct shyper_state_vgic_bank {
    uint32_t vcpu;                  /* 0xFFFFFFFF: shared */
    uint32_t first;                 /* INTID */
    struct {
        uint8_t flags;              /* SHYPER_VIRQ_* */
        uint8_t priority, targets, sgi_sources, lr_source;
        uint8_t queued;             /* active: on which vCPU; else 0 */
        uint8_t running;            /* active: the priority it was taken with */
        uint8_t rsv0;
        uint64_t route;
    } irq[32];
};
_Static_assert(sizeof(struct shyper_state_vgic_bank) == 8 + 32 * 16, "layout of saved state");

/* SHYPER_STATE_VGICR, version 1 */
struct shyper_state_vgicr {
    uint32_t vcpus, rsv0;
    uint8_t waker[8];               /* GICR_WAKER of each */
};
_Static_assert(sizeof(struct shyper_state_vgicr) == 16, "layout of saved state");
