/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC as records (abi/state.h): the distributor, each vCPU's interface, then banks of
 * 32 interrupts. All vCPUs are off their cores, so the records in memory are the whole truth.
 * Restoring reads everything twice: once to refuse, once to take, so that a stream that is cut or
 * wrong changes nothing. Which SPIs are linked to the board's is not state: it follows from the
 * profile. */
#include "hypervisor/devices/vgic_internal.h"
#include "abi/state.h"

#define SHARED 0xffffffffu
#define BANK   32u

/* Calls `each` for every bank in the order of the records, until one fails. */
static int for_each_bank(struct vgic *g,
                         int (*each)(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg),
                         void *arg)
{
    int rc = 0;

    for (uint32_t i = 0; i < g->vm->vcpu_count && rc == 0; i++) rc = each(g, i, 0, arg);
    for (uint32_t first = VGIC_PRIVATE; first < g->irq_end && rc == 0; first += BANK)
        rc = each(g, SHARED, first, arg);
    return rc;
}

static struct virq *bank_irq(struct vgic *g, uint32_t vcpu, uint32_t intid)
{
    return vgic_irq(g, vcpu == SHARED ? NULL : g->vm->vcpu[vcpu], intid);
}

static uint8_t flags_of(const struct virq *irq)
{
    uint32_t f =
        (irq->enabled ? SHYPER_VIRQ_ENABLED : 0) | (irq->pending ? SHYPER_VIRQ_PENDING : 0) |
        (irq->line ? SHYPER_VIRQ_LINE : 0) | (irq->active ? SHYPER_VIRQ_ACTIVE : 0) |
        (irq->edge ? SHYPER_VIRQ_EDGE : 0) | (irq->group1 ? SHYPER_VIRQ_GROUP1 : 0) |
        (irq->hw_active ? SHYPER_VIRQ_HW_ACTIVE : 0) | (irq->taken ? SHYPER_VIRQ_TAKEN : 0);

    return (uint8_t)f;
}

static int bank_save(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg)
{
    struct shyper_state_vgic_bank b = { .vcpu = vcpu, .first = first };

    for (uint32_t i = 0; i < BANK; i++) {
        const struct virq *irq = bank_irq(g, vcpu, first + i);

        if (irq == NULL) continue;
        b.irq[i].flags = flags_of(irq);
        b.irq[i].priority = irq->priority;
        b.irq[i].targets = irq->targets;
        b.irq[i].sgi_sources = irq->sgi_sources;
        b.irq[i].lr_source = irq->lr_source;
        b.irq[i].queued = irq->active ? (uint8_t)irq->keeper->id : 0;
        b.irq[i].running = irq->active ? irq->running : 0;
        b.irq[i].route = irq->route;
    }
    return state_put(arg, SHYPER_STATE_VGIC_BANK, 1, &b, sizeof(b));
}

int vgic_save_state(struct device *d, struct state_writer *w)
{
    struct vgic *g = d->state;
    struct shyper_state_vgic s = {
        .gic_version = g->version,
        .irq_end = g->irq_end,
        .ctlr = g->ctlr,
        .vcpus = g->vm->vcpu_count,
    };
    int rc = state_put(w, SHYPER_STATE_VGIC, 1, &s, sizeof(s));

    for (uint32_t i = 0; i < g->vm->vcpu_count && rc == 0; i++) {
        const struct gic_vcpu_regs *r = &g->vm->vcpu[i]->vgic.regs;
        struct shyper_state_vgic_cpu c = { .vcpu = i, .vmcr = r->vmcr };

        for (uint32_t n = 0; n < ARRAY_LEN(c.apr); n++) {
            c.apr[n] = r->apr[n];
            c.apr1[n] = r->apr1[n];
        }
        rc = state_put(w, SHYPER_STATE_VGIC_CPU, 1, &c, sizeof(c));
    }
    return rc != 0 ? rc : for_each_bank(g, bank_save, w);
}

static int bank_get(struct state_reader *r, uint32_t vcpu, uint32_t first,
                    struct shyper_state_vgic_bank *b)
{
    int rc = state_get(r, SHYPER_STATE_VGIC_BANK, 1, b, sizeof(*b));

    if (rc != 0) return rc;
    return b->vcpu == vcpu && b->first == first ? 0 : -EPROTO;
}

static int bank_check(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg)
{
    struct shyper_state_vgic_bank b;
    int rc = bank_get(arg, vcpu, first, &b);
    uint32_t vcpus = g->vm->vcpu_count;

    if (rc != 0) return rc;
    for (uint32_t i = 0; i < BANK; i++) {
        if (b.irq[i].rsv0 != 0 || (b.irq[i].running & ~VGIC_PRIORITY) != 0 ||
            b.irq[i].queued >= vcpus || b.irq[i].lr_source >= vcpus ||
            (b.irq[i].priority & ~VGIC_PRIORITY) != 0 || b.irq[i].sgi_sources >> vcpus != 0 ||
            (b.irq[i].targets >> vcpus != 0))
            return -EPROTO;
        if (first + i >= 16 && b.irq[i].sgi_sources != 0) return -EPROTO;
    }
    return 0;
}

static int bank_restore(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg)
{
    struct vgic_kick k = { 0 };
    struct shyper_state_vgic_bank b;
    int rc = bank_get(arg, vcpu, first, &b);

    for (uint32_t i = 0; i < BANK && rc == 0; i++) {
        struct virq *irq = bank_irq(g, vcpu, first + i);
        uint8_t f = b.irq[i].flags;
        struct vcpu *keeper;

        if (irq == NULL) continue;
        keeper = vgic_irq_lock(irq);
        list_remove(&irq->node);
        irq->enabled = (f & SHYPER_VIRQ_ENABLED) != 0;
        irq->pending = (f & SHYPER_VIRQ_PENDING) != 0;
        irq->line = (f & SHYPER_VIRQ_LINE) != 0;
        irq->active = (f & SHYPER_VIRQ_ACTIVE) != 0;
        irq->taken = irq->active && (f & SHYPER_VIRQ_TAKEN) != 0;
        irq->running = b.irq[i].running;
        irq->edge = (f & SHYPER_VIRQ_EDGE) != 0;
        irq->group1 = (f & SHYPER_VIRQ_GROUP1) != 0;
        irq->hw_active = irq->hw && (f & SHYPER_VIRQ_HW_ACTIVE) != 0;
        irq->priority = b.irq[i].priority;
        irq->targets = b.irq[i].targets;
        irq->sgi_sources = b.irq[i].sgi_sources;
        irq->lr_source = b.irq[i].lr_source;
        irq->route = b.irq[i].route;
        irq->want = 0;
        if (vcpu == SHARED) vgic_spi_retarget(g, irq);
        vgic_irq_push(irq);
        spin_unlock(&keeper->vgic.lock);
        if (irq->active && vcpu == SHARED) irq->keeper = g->vm->vcpu[b.irq[i].queued];
        keeper = vgic_irq_lock(irq);
        if (irq->active) vgic_queue_insert(irq);
        vgic_irq_update(irq, &k);
        spin_unlock(&keeper->vgic.lock);
    }
    vgic_flush(g->vm, &k);
    return rc;
}

static int head_check(struct vgic *g, struct state_reader *r, struct shyper_state_vgic *s)
{
    int rc = state_get(r, SHYPER_STATE_VGIC, 1, s, sizeof(*s));

    if (rc != 0) return rc;
    if (s->gic_version != g->version || s->irq_end != g->irq_end || s->vcpus != g->vm->vcpu_count)
        return -EPROTO;
    if ((s->ctlr & ~(VGIC_GROUP0 | VGIC_GROUP1)) != 0) return -EPROTO;
    return 0;
}

/* commit false: look only. */
static int cpus_get(struct vgic *g, struct state_reader *r, bool commit)
{
    struct shyper_state_vgic_cpu c;

    for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
        int rc = state_get(r, SHYPER_STATE_VGIC_CPU, 1, &c, sizeof(c));

        if (rc != 0) return rc;
        if (c.vcpu != i || c.rsv0 != 0) return -EPROTO;
        if (!commit) continue;
        g->vm->vcpu[i]->vgic.regs.vmcr = c.vmcr;
        for (uint32_t n = 0; n < ARRAY_LEN(c.apr); n++) {
            g->vm->vcpu[i]->vgic.regs.apr[n] = c.apr[n];
            g->vm->vcpu[i]->vgic.regs.apr1[n] = c.apr1[n];
        }
    }
    return 0;
}

int vgic_restore_state(struct device *d, struct state_reader *r)
{
    struct vgic *g = d->state;
    struct state_reader look = *r;
    struct shyper_state_vgic s;
    int rc = head_check(g, &look, &s);

    if (rc == 0) rc = cpus_get(g, &look, false);
    if (rc == 0) rc = for_each_bank(g, bank_check, &look);
    if (rc != 0) return rc;

    rc = head_check(g, r, &s);
    g->ctlr = s.ctlr;
    if (rc == 0) rc = cpus_get(g, r, true);
    return rc != 0 ? rc : for_each_bank(g, bank_restore, r);
}
