/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual GICv2 (IHI 0048B) and GICv3 (IHI 0069, no LPIs). What the guest sees is a distributor (and redistributors) kept
 * in memory here; delivery is by list registers. A guest gets the version the board has.
 *
 * While a vCPU runs, the truth about interrupts in its list registers is in the hardware; vgic_fold brings it back. Exits
 * that do not concern interrupts do not touch the list registers at all.
 *
 * Lock: vm->vgic's own spinlock, inside the functions; callers hold none of a later order. */
#pragma once

#include "hypervisor/core/types.h"
#include "hypervisor/drivers/gic.h"
#include "lib/list.h"

#define VGIC_PRIVATE 32u            /* SGIs and PPIs */

struct vgic;                        /* per VM; device state of the GICD */

/** One interrupt as the guest sees it. */
struct virq {
    struct list node;               /* in its vCPU's queue while it may be delivered */
    struct vcpu *queued;            /* whose queue */
    struct vcpu *target;            /* where it goes when it fires (SPIs) */
    uint16_t intid, hw_intid;
    uint8_t priority, targets;      /* targets: GICD_ITARGETSR byte (version 2) */
    uint8_t sgi_sources;            /* version 2: vCPUs whose SGI is pending, one bit each */
    uint8_t lr_source;              /* SGI source now in the list register */
    int8_t lr;                      /* list register it is in, -1: none */
    bool enabled, pending, line, active, edge, group1, hw, hw_active;
    uint64_t route;                 /* GICD_IROUTER (version 3) */
};

/** Embedded in struct vcpu. */
struct vgic_cpu {
    struct virq irq[VGIC_PRIVATE];
    struct list queue;              /* highest priority first */
    uint64_t lr_used;
    struct virq *in_lr[GIC_LR_MAX];
    struct gic_vcpu_regs regs;
    uint32_t waker, ctlr;           /* GICR */
    bool dirty;                     /* list registers need refilling before the next entry */
};

/** Part of creating and resetting a vCPU (before the GICD device exists, private interrupts only). */
void vgic_vcpu_init(struct vcpu *v);

/** A device changes its level-triggered line, or pulses an edge (level true). Any core. Wakes and kicks the target. */
void vgic_set_spi(struct vm *vm, uint32_t intid, bool level);
void vgic_set_ppi(struct vcpu *v, uint32_t intid, bool level);

/** The physical interrupt `intid` fired for this VM (SPI) or this running vCPU (PPI); it is active and priority-dropped.
 * It is passed on hardware-linked; when it cannot be taken (masked SPI without owner) it is deactivated here. */
void vgic_hw_spi(struct vm *vm, uint32_t intid);
void vgic_hw_ppi(struct vcpu *v, uint32_t intid);

/** MVM and passthrough: this SPI of the board belongs to the VM; the guest's enable, priority, config and target act on it. */
int vgic_own_spi(struct vm *vm, uint32_t intid) must_check;
void vgic_disown_all(struct vm *vm);

/** On the core: vCPU comes, goes. `enter` (called before each return to the guest when v->vgic.dirty) fills list registers. */
void vgic_load(struct vcpu *v);
void vgic_save(struct vcpu *v);
void vgic_enter(struct vcpu *v);
/** Read list registers back (running vCPU on this core). */
void vgic_fold(struct vcpu *v);
void vgic_maintenance(struct vcpu *v);

/** An enabled pending interrupt waits for this vCPU (not running, or in WFI): the reason to wake it. Any core. */
bool vgic_has_pending(struct vcpu *v);

/** Trapped ICC_SGI1R_EL1, ICC_ASGI1R_EL1, ICC_SGI0R_EL1 writes (version 3). */
void vgic_sgi1r(struct vcpu *v, uint64_t value);
