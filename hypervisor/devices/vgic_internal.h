/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the virtual GIC share:
 *
 *     vgic.c        records, queues, injection
 *     vgic_lr.c     delivery by list registers
 *     vgic_hw.c     interrupts of the board
 *     vgic_dist.c   registers both versions have; the GICD device
 *     vgic_v2.c     SGIs and targets of version 2; the GICC device
 *     vgic_v3.c     routing and SGIs of version 3; the GICR device
 *     vgic_state.c  save and restore
 *
 * Every interrupt has a keeper, the vCPU in whose queue it is or was last, and the keeper's lock
 * guards it: for ever with private interrupts, while others go from keeper to keeper. Nobody holds
 * two of these locks. Who finds that an interrupt belongs to another vCPU now gives it that keeper
 * under the old one's lock, notes it in its `struct vgic_kick`, and vgic_flush queues it under the
 * new one's. Which vCPUs must look up is noted there too, because a core's lock comes first. */
#pragma once

#include "hypervisor/core/cpu.h"
#include "hypervisor/core/device.h"
#include "hypervisor/core/vcpu.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/devices/vgic.h"

#define VGIC_IRQ_END_MAX  1020u
#define VGIC_PRIORITY     0xf8u         /* priority bits that exist */
#define VGIC_GROUP0       1u            /* GICD_CTLR */
#define VGIC_GROUP1       2u
#define VGIC_IIDR         0x5300043bu   /* product 'S', revision 0, Arm's implementer code */
#define VGIC_VMCR_SPLIT   BIT64(9)      /* ends drop the priority only */

#define WANT_UNPEND   1u
#define WANT_ACTIVE   2u
#define WANT_INACTIVE 4u
#define WANT_SGI_DROP 8u

/* struct vgic_cpu.dirty */
#define VGIC_ADD      1u                /* something pending may go in beside what is there */
#define VGIC_REFILL   3u                /* what is there has to change */

struct vgic {
    struct vm *vm;
    uint32_t version;
    uint32_t irq_end;           /* first INTID beyond */
    uint32_t reset_to;          /* what comes next in vgic_reset_some: INTIDs, then vCPUs */
    uint32_t ctlr;              /* VGIC_GROUP*; atomic */
    uint32_t pages;
    struct virq spi[];
};

struct vgic_kick {
    struct vm *vm;
    uint32_t vcpus;             /* bit per vCPU id */
    struct virq *moved;         /* interrupts with a new keeper, linked by moved_next */
};

/** Queue what was moved and kick who must look up. No vGIC lock held. */
void vgic_flush(struct vgic_kick *k);

/** Notes about a VM's interrupts, flushed at the end of the enclosing block: the guards of locks
 * come behind it, so that those are free by then. */
#define vgic_kick_guard(name, of)                                                                  \
    struct vgic_kick name __attribute__((cleanup(vgic_flush))) = { .vm = (of) }

/** Lock the keeper of an interrupt; it is returned. */
static inline struct vcpu *vgic_irq_lock(const struct virq *irq)
{
    for (;;) {
        struct vcpu *v = __atomic_load_n(&irq->keeper, __ATOMIC_RELAXED);

        spin_lock(&v->vgic.lock);
        if (likely(__atomic_load_n(&irq->keeper, __ATOMIC_RELAXED) == v)) return v;
        spin_unlock(&v->vgic.lock);
    }
}

/** Hold that lock to the end of the enclosing block. */
#define vgic_irq_guard(irq)                                                                        \
    struct spinlock *SPIN_GUARD_NAME(__LINE__) __attribute__((cleanup(spin_guard_drop), unused)) = \
        &vgic_irq_lock(irq)->vgic.lock

/** NULL: no such interrupt. `v` owns INTIDs below 32; NULL: they do not exist here (version 3's
 * distributor). */
static inline struct virq *vgic_irq(struct vgic *g, struct vcpu *v, uint32_t intid)
{
    if (intid < VGIC_PRIVATE) return v == NULL ? NULL : &v->vgic.irq[intid];
    return intid < g->irq_end ? &g->spi[intid - VGIC_PRIVATE] : NULL;
}

static inline bool vgic_is_sgi(const struct virq *irq)     { return irq->intid < 16; }
static inline bool vgic_is_private(const struct virq *irq) { return irq->intid < VGIC_PRIVATE; }
/* The guest's register writes reach the board's distributor; a linked PPI stays under EL2's
 * control. */
static inline bool vgic_drives_hw(const struct virq *irq)
{
    return irq->hw && !vgic_is_private(irq);
}

static inline bool vgic_is_pending(const struct virq *irq)
{
    return irq->pending || (irq->line && !irq->edge && !irq->hw);
}

static inline bool vgic_group_is_on(const struct vgic *g, const struct virq *irq)
{
    return (g->ctlr & (irq->group1 ? VGIC_GROUP1 : VGIC_GROUP0)) != 0;
}

static inline bool vgic_may_go_in(const struct vgic *g, const struct virq *irq)
{
    return irq->enabled && vgic_is_pending(irq) && vgic_group_is_on(g, irq);
}

/** Initial values of one interrupt's record, unlinked. */
void vgic_irq_reset(struct virq *irq, uint32_t intid, uint32_t version);

/** Private interrupts and interface as after power-on; no SPI is in its queue. Locked. */
void vgic_private_reset(struct vcpu *v);

/* Everything below that takes an interrupt is called with its keeper's lock held. */

/** Something about the interrupt changed: bring its place in the queues, and list registers, up to
 * date. */
void vgic_irq_update(struct virq *irq, struct vgic_kick *k);
/** Only that it became pending (again). */
void vgic_irq_raise(struct virq *irq, struct vgic_kick *k);
void vgic_queue_insert(struct virq *irq);
/** The vCPU's list registers no longer say what they should. Locked. */
void vgic_touch(struct vcpu *v, uint8_t dirty, struct vgic_kick *k);

/** Guest writes of pending and active bits; on another core they take effect when that core looks
 * up. */
void vgic_irq_pend(struct virq *irq, struct vgic_kick *k);
void vgic_irq_want(struct virq *irq, uint8_t want, struct vgic_kick *k);
void vgic_irq_apply_want(struct virq *irq);
/** The guest changed enable, priority, trigger or target of a linked SPI: tell the board's
 * distributor. */
void vgic_irq_push(const struct virq *irq);
/** The board's half of a linked interrupt, as what the guest has. */
void vgic_link_sync(struct virq *irq);

/** Refresh what records say about interrupts in v's list registers, when v is loaded on this core.
 * Locked. */
void vgic_peek(struct vcpu *v);
/** One pending interrupt into the list registers of a vCPU of this core, beside what is there;
 * false: they have to be filled anew. Locked. */
bool vgic_slip_in(struct vgic *g, struct vcpu *v, struct virq *irq);

/** A register is an array of fields, `bits` wide each: how the one of an interrupt is read and
 * written. */
struct vgic_bank {
    uint32_t bits;
    uint32_t (*read)(const struct virq *irq, uint32_t bank);
    void (*write)(struct vgic *g, struct virq *irq, uint32_t bank, uint32_t value,
                  struct vgic_kick *k);
};

/** Fields of the interrupts from `first` on, as v accesses them. */
void vgic_fields_mmio(struct vgic *g, struct vcpu *v, struct vcpu *owner, const struct vgic_bank *b,
                      uint32_t bank, uint32_t first, struct mmio_access *a);
/** Registers of both versions at the offsets of GICD (and of a redistributor's SGI frame). False:
 * not one of those. */
bool vgic_common_mmio(struct vgic *g, struct vcpu *v, struct vcpu *owner, uint64_t offset,
                      struct mmio_access *a);
/** GICD_CTLR: group enables concern every vCPU. */
void vgic_control_write(struct vgic *g, uint32_t value);

void vgic_v2_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a);
void vgic_v3_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a);
/** Where an SPI goes by its target or routing register. */
void vgic_spi_retarget(struct vgic *g, struct virq *irq);

int vgic_save_state(struct device *d, struct state_writer *w) must_check;
int vgic_restore_state(struct device *d, struct state_reader *r) must_check;
