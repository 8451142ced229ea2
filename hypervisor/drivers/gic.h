/* SPDX-License-Identifier: Apache-2.0 */
/* The physical interrupt controller as EL2 uses it, GICv2 (IHI 0048B) or GICv3 (IHI 0069) behind one record of functions
 * chosen at boot. EOImode is 1: `eoi` drops the priority, `deactivate` ends the interrupt; an interrupt given to a guest
 * through a hardware-linked list register is deactivated by the guest. */
#pragma once

#include "hypervisor/core/types.h"

#define GIC_SPURIOUS    1020u       /* ack() at or above this: nothing to do */
#define GIC_PRIO_GUEST  0xa0u
#define GIC_PRIO_HYP    0x80u
#define GIC_LR_MAX      16u

/** A list register, independent of the version. */
struct gic_lr {
    uint32_t intid;
    uint32_t hw_intid;              /* with hw */
    uint8_t source;                 /* version 2, SGIs: requesting vCPU */
    uint8_t priority;
    bool pending, active, hw, eoi_maintenance, group1;
};

/** The virtual CPU interface's own state, saved when a vCPU leaves a core. */
struct gic_vcpu_regs {
    uint64_t vmcr;
    uint32_t apr[4], apr1[4];       /* version 2 uses apr[0] */
};

struct gic_driver {
    uint32_t version;
    void (*init)(void);                                     /* once, boot CPU: distributor, all disabled, targets none */
    void (*init_cpu)(uint32_t cpu);                         /* each CPU itself */
    uint32_t (*ack)(void);
    void (*eoi)(uint32_t intid);
    void (*deactivate)(uint32_t intid);
    void (*enable)(uint32_t intid, bool on);                /* SGI/PPI: of the calling CPU */
    void (*set_active)(uint32_t intid, bool on);
    void (*set_pending)(uint32_t intid, bool on);
    void (*set_edge)(uint32_t intid, bool edge);
    void (*set_priority)(uint32_t intid, uint8_t priority);
    void (*set_target)(uint32_t intid, uint32_t cpu);       /* SPIs */
    void (*send_sgi)(uint32_t cpu, uint32_t sgi);
    /* virtual CPU interface of the calling CPU */
    void (*lr_write)(uint32_t n, const struct gic_lr *lr);
    void (*lr_clear)(uint32_t n);
    void (*lr_read)(uint32_t n, struct gic_lr *lr);
    uint64_t (*lr_empty)(void);                             /* bit n: list register n is free (ELRSR) */
    void (*maintenance)(bool underflow, bool no_pending);   /* which maintenance interrupts to raise */
    void (*vcpu_load)(const struct gic_vcpu_regs *r);       /* also switches the interface on */
    void (*vcpu_save)(struct gic_vcpu_regs *r);             /* also switches it off */
    void (*vcpu_reset)(struct gic_vcpu_regs *r);            /* values after reset; no hardware access */
};

extern const struct gic_driver *gic;    /* set by gic_init */
extern uint32_t gic_lr_count;
extern uint32_t gic_spi_end;            /* first INTID beyond the implemented SPIs, at most 1020 */

/** Choose and start the driver for platform.gic_version. -ENODEV with a reason when registers do not answer as such. */
int gic_init(const char **why) must_check;
