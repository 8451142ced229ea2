/* SPDX-License-Identifier: Apache-2.0 */
/* The physical interrupt controller as EL2 uses it, GICv2 (IHI 0048B) or GICv3 (IHI 0069) behind
 * one record of functions chosen at boot. EOImode is 1: `ack` acknowledges and drops the priority,
 * `deactivate` ends the interrupt; an interrupt given to a guest through a hardware-linked list
 * register is deactivated by the guest. */
#pragma once

#include "hypervisor/core/types.h"

#define GIC_SPURIOUS    1020u       /* ack() at or above this: nothing to do */
/* A CPU's timer goes before what others want from it, and both before anything of a guest's. */
#define GIC_PRIO_HYP    0x80u
#define GIC_PRIO_SGI    0x90u
#define GIC_PRIO_GUEST  0xa0u
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
    uint64_t
        vmcr; /* both versions: bits 0, 1 group enables, 9 split EOI; the top bits of 31:24 mask */
    uint32_t apr[4], apr1[4];       /* version 2 uses apr[0] */
};

/* Maintenance interrupts: when the running vCPU's list registers ask for attention. */
#define GIC_MAINT_UNDERFLOW    1u   /* at most one list register is in use */
#define GIC_MAINT_NO_PENDING   2u   /* no list register is pending */
/* The guest ended an interrupt that is in no list register; with split EOI its write is trapped
 * instead, where the CPU can (gic_traps_dir). */
#define GIC_MAINT_UNLISTED_EOI 4u

struct gic_driver {
    uint32_t version;
    int  (*init)(const char **why) must_check;              /* by gic_init */
    void (*init_cpu)(uint32_t cpu);                         /* each CPU itself, the boot CPU too */
    uint32_t (*ack)(void);
    void (*deactivate)(uint32_t intid);
    volatile void *(*frame)(uint32_t intid);                /* its distributor registers */
    void (*set_target)(uint32_t intid, uint32_t cpu);       /* SPIs */
    void (*send_sgi)(uint32_t cpu,
                     uint32_t sgi); /* what was written before is visible to its handler */
    /* virtual CPU interface of the calling CPU */
    void (*lr_write)(uint32_t n, const struct gic_lr *lr);  /* all zero: empty */
    /* a pending one, linked to the physical interrupt of the same number; false: n is not empty */
    bool (*lr_link)(uint32_t n, uint32_t intid, uint8_t priority, bool group1);
    void (*lr_read)(uint32_t n,
                    struct gic_lr *lr);  /* intid, source, priority, hw and the two states */
    uint64_t (*lr_empty)(void);      /* bit n: nothing in list register n, nor an end to tell of */
    void (*maintenance)(uint32_t raise); /* GIC_MAINT_*; interface on; clears the EOI count */
    uint32_t (*eoi_count)(void);         /* ends of unlisted interrupts since then */
    uint64_t (*vmcr)(void);              /* as it is now, see struct gic_vcpu_regs */
    void (*vcpu_load)(const struct gic_vcpu_regs *r);       /* also switches the interface on */
    void (*vcpu_save)(struct gic_vcpu_regs *r);             /* also switches it off */
    void (*vcpu_reset)(struct gic_vcpu_regs *r); /* values after reset; no hardware access */
};

extern const struct gic_driver gic_driver_v2, gic_driver_v3;
extern const struct gic_driver *gic;    /* set by gic_init */
extern uint32_t gic_lr_count;
extern bool gic_traps_dir;
extern uint32_t gic_spi_end;            /* first INTID beyond the implemented SPIs, at most 1020 */

/** An interrupt of the board, the same way with both versions. SGIs and PPIs: of the calling CPU.
 * Single writes that need no lock; gic_set_edge is serialised, and the interrupt must be disabled
 * (IHI 0069: GICD_ICFGR<n>). */
void gic_enable(uint32_t intid, bool on);
void gic_set_active(uint32_t intid, bool on);
void gic_set_pending(uint32_t intid, bool on);
void gic_set_edge(uint32_t intid, bool edge);           /* PPIs, SPIs */
void gic_set_priority(uint32_t intid, uint8_t priority);

/**
 * Choose the driver for platform.gic_version and start the distributor: every SPI disabled,
 * level-triggered, priority GIC_PRIO_GUEST, aimed at the boot CPU. Then each CPU calls
 * gic->init_cpu.
 * @return 0; -ENODEV with a reason (static text) when registers do not answer as such
 */
int gic_init(const char **why) must_check;
