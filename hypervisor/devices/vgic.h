/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual GICv2 (IHI 0048B) and GICv3 (IHI 0069, no LPIs). What the guest sees is a distributor
 * (and redistributors) kept in memory here; delivery is by list registers. A guest gets the version
 * the board has.
 *
 * While a vCPU is loaded, the truth about interrupts in its list registers is in the hardware.
 * vgic_enter takes everything back and fills the list registers anew; it is called only when
 * something changed (v->vgic.dirty, WORK_VGIC). Exits that do not concern interrupts do not touch
 * the list registers at all.
 *
 * Locks: one per vCPU, inside the functions; callers hold none of a later order, and none of a
 * core's either, except around vgic_has_pending, because the others may kick vCPUs. */
#pragma once

#include "abi/vm.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/types.h"
#include "hypervisor/drivers/gic.h"
#include "lib/list.h"

#define VGIC_PRIVATE 32u            /* SGIs and PPIs */
#define VGIC_PTIMER  30u            /* the physical timer's PPI, in every guest's tree */

struct vgic;                        /* per VM; device state of the GICD */

/** One interrupt as the guest sees it. */
struct virq {
    struct list node; /* in its keeper's queue while it is active or may be delivered */
    struct vcpu *keeper;            /* whose lock guards all this; atomic */
    struct virq *moved_next;        /* given a new keeper and not queued there yet (`moving`) */
    struct vcpu *target;            /* where it goes when it fires; NULL: nowhere (SPIs) */
    uint64_t route;                 /* GICD_IROUTER (version 3) */
    uint16_t intid, hw_intid;
    uint8_t priority, targets;      /* targets: GICD_ITARGETSR byte (version 2) */
    uint8_t sgi_sources;            /* version 2: vCPUs whose SGI is pending, one bit each */
    uint8_t lr_source; /* version 2, SGIs: the source in the list register, or of the active one */
    int8_t lr;                      /* list register it is in, -1: none */
    uint8_t want; /* register writes waiting until it is taken out of its list register */
    uint8_t sgi_drop;               /* version 2: sources to clear then */
    uint8_t running; /* active: the priority it was taken with, which its end has to match */
    uint8_t order;   /* place in the queue: running or priority when it was put there */
    bool line;                      /* level of the device's line */
    bool moving;                    /* see moved_next */
    bool hw_active; /* PPIs: the physical interrupt belongs to this vCPU until the guest ends it */
    /* together, and aligned: delivery of the board's interrupts writes them all */
    bool pending;                   /* latched: an edge, or written by the guest */
    bool active;
    bool taken; /* active because the guest acknowledged it, not by a register write */
    bool lr_active;                 /* was active when put into the list register */
    bool lr_pending,
        lr_latch; /* pending in the list register when last seen; and because `pending` was set */
    bool enabled, edge, group1;
    bool hw;                        /* hardware-linked to hw_intid */
};

/** Embedded in struct vcpu. */
struct vgic_cpu {
    struct spinlock lock; /* what is here, and interrupts whose keeper this vCPU is */
    struct virq irq[VGIC_PRIVATE];
    struct virq *timer;             /* of those, the virtual timer's */
    struct list queue;              /* most urgent first */
    uint64_t lr_used;
    struct virq *in_lr[GIC_LR_MAX];
    struct gic_vcpu_regs regs;      /* valid while not loaded */
    uint32_t waker;                 /* GICR */
    uint32_t looks;                 /* how often its list registers were read back; locked */
    uint32_t asked_for;             /* the register its guest tries to read ... */
    uint32_t asked;                 /* ... and the vCPUs whose list registers it waits to see */
    uint32_t asked_looks[SHYPER_VCPU_MAX];      /* and their `looks` when it asked */
    bool loaded;                    /* list registers and interface of its core are its own */
    bool unlisted;                  /* an active interrupt found no list register */
    bool crowded;                   /* something waits that found no list register, too */
    uint8_t dirty;                  /* list registers need a look before the next entry: how much */
};

/** INTID of an SPI of the MVM that no line of the board uses: the doorbell. After gic_init. */
uint32_t vgic_doorbell_intid(void);

/** Part of creating a vCPU (before the GICD device exists), and of turning it on again: then its
 * private interrupts keep their configuration, as those of a core that was powered off do. Not
 * while loaded. */
void vgic_vcpu_init(struct vcpu *v);

/** A device changes its level-triggered line, or pulses an edge (level true). Any core. Wakes and
 * kicks the target. */
void vgic_set_spi(struct vm *vm, uint32_t intid, bool level);
void vgic_set_ppi(struct vcpu *v, uint32_t intid, bool level);

/** The physical interrupt `intid` fired for this VM (SPI) or this loaded vCPU (PPI); it is active
 * and priority-dropped. It is passed on hardware-linked; what the VM does not own is deactivated
 * here. */
void vgic_hw_spi(struct vm *vm, uint32_t intid);
void vgic_hw_ppi(struct vcpu *v, uint32_t intid);

/** MVM and passthrough: this SPI of the board belongs to the VM; the guest's enable, priority,
 * config and target act on it. */
int vgic_own_spi(struct vm *vm, uint32_t intid) must_check;
void vgic_disown_all(struct vm *vm);
/** After the device's creation, and for its reset, which has to follow: a bounded number of
 * interrupts become as after power-on; true when all are. */
bool vgic_reset_some(struct vm *vm);

/** On the vCPU's core: it comes (list registers filled), goes (nothing of it stays in the
 * hardware). */
void vgic_load(struct vcpu *v);
void vgic_save(struct vcpu *v);
/** Before a return to the guest when v->vgic.dirty: list registers back, and filled anew. */
void vgic_enter(struct vcpu *v);
/** Look at the list registers of a vCPU loaded on this core: records then say what is pending and
 * active now. */
void vgic_fold(struct vcpu *v);
/** The maintenance interrupt fired on the core where v is loaded. When this returns its cause is
 * gone. */
void vgic_maintenance(struct vcpu *v);

/**
 * An interrupt would be signalled to this vCPU: the reason not to sleep. Enables, groups and the
 * priority mask count. Exact on the vCPU's own core and for one that is not loaded; otherwise it
 * may say true for what is just being handled. The core that puts a vCPU to sleep asks under its
 * run queue lock; who injects kicks afterwards: no wake-up is lost.
 */
bool vgic_has_pending(struct vcpu *v);

/** Trapped writes of ICC_SGI1R_EL1, and with group1 false of ICC_SGI0R_EL1 and ICC_ASGI1R_EL1,
 * which with one security state reach SGIs in group 0 only (version 3). */
void vgic_sgi(struct vcpu *v, uint64_t value, bool group1);

/** Trapped deactivation (GICV_DIR, ICC_DIR_EL1) of what the register's value names. */
void vgic_dir(struct vcpu *v, uint32_t value);
