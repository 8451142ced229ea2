/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC as records (abi/state.h): the distributor, each vCPU's interface, then banks of
 * 32 interrupts. All vCPUs are off their cores, so the records in memory are the whole truth.
 * Restoring reads everything twice: once to refuse, once to take, so that a stream that is cut or
 * wrong changes nothing. Which SPIs are linked to the board's is not state: it follows from the
 * profile. */
#include "hypervisor/devices/vgic_internal.h"
#include "abi/state.h"
#include "lib/str.h"

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

/* What is the same in a record of struct virq and in the saved one: bits of `flags`, and values. */
#define FLAGS(X)                                                                                   \
    X(enabled, ENABLED) X(pending, PENDING) X(line, LINE) X(active, ACTIVE) X(edge, EDGE)          \
    X(group1, GROUP1) X(hw_active, HW_ACTIVE) X(taken, TAKEN)
#define VALUES(X) X(priority) X(targets) X(sgi_sources) X(lr_source) X(route)

static int bank_save(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg)
{
    struct shyper_state_vgic_bank b = { .vcpu = vcpu, .first = first };

    for (uint32_t i = 0; i < BANK; i++) {
        const struct virq *irq = bank_irq(g, vcpu, first + i);

        if (irq == NULL) continue;
#define SAVE_FLAG(member, flag) | (irq->member ? SHYPER_VIRQ_##flag : 0)
        b.irq[i].flags = (uint8_t)(0 FLAGS(SAVE_FLAG));
#define SAVE_VALUE(member) b.irq[i].member = irq->member;
        VALUES(SAVE_VALUE)
        b.irq[i].queued = irq->active ? (uint8_t)irq->keeper->id : 0;
        b.irq[i].running = irq->active ? irq->running : 0;
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

        memcpy(c.apr, r->apr, sizeof(c.apr));
        memcpy(c.apr1, r->apr1, sizeof(c.apr1));
        rc = state_put(w, SHYPER_STATE_VGIC_CPU, 1, &c, sizeof(c));
    }
    return rc != 0 ? rc : for_each_bank(g, bank_save, w);
}

/* Reading, twice: to look only, then to take what was found good. */
struct pass {
    struct state_reader *in;
    bool commit;
};

static bool is_valid(const struct vgic *g, const struct shyper_state_vgic_bank *b)
{
    uint32_t vcpus = g->vm->vcpu_count;

    for (uint32_t i = 0; i < BANK; i++) {
        if (b->irq[i].rsv0 != 0 || (b->irq[i].running & ~VGIC_PRIORITY) != 0 ||
            b->irq[i].queued >= vcpus || b->irq[i].lr_source >= vcpus ||
            (b->irq[i].priority & ~VGIC_PRIORITY) != 0 || b->irq[i].sgi_sources >> vcpus != 0 ||
            (b->irq[i].targets >> vcpus != 0))
            return false;
        if (b->first + i >= 16 && b->irq[i].sgi_sources != 0) return false;
    }
    return true;
}

static void irq_restore(struct vgic *g, struct virq *irq, const struct shyper_state_vgic_bank *b,
                        uint32_t i, struct vgic_kick *k)
{
    bool shared = b->vcpu == SHARED;

    {
        vgic_irq_guard(irq);

        list_remove(&irq->node);
#define TAKE_FLAG(member, flag) irq->member = (b->irq[i].flags & SHYPER_VIRQ_##flag) != 0;
        FLAGS(TAKE_FLAG)
#define TAKE_VALUE(member) irq->member = b->irq[i].member;
        VALUES(TAKE_VALUE)
        irq->taken &= irq->active;
        irq->hw_active &= irq->hw;
        irq->running = b->irq[i].running;
        irq->want = 0;
        if (shared) vgic_spi_retarget(g, irq);
        vgic_irq_push(irq);
    }
    if (irq->active && shared) irq->keeper = g->vm->vcpu[b->irq[i].queued];
    vgic_irq_guard(irq);
    if (irq->active) vgic_queue_insert(irq);
    vgic_irq_update(irq, k);
}

static int bank_get(struct vgic *g, uint32_t vcpu, uint32_t first, void *arg)
{
    const struct pass *pass = arg;
    struct shyper_state_vgic_bank b;
    int rc = state_get(pass->in, SHYPER_STATE_VGIC_BANK, 1, &b, sizeof(b));
    vgic_kick_guard(k, g->vm);

    if (rc != 0) return rc;
    if (b.vcpu != vcpu || b.first != first || !is_valid(g, &b)) return -EPROTO;
    for (uint32_t i = 0; i < BANK && pass->commit; i++) {
        struct virq *irq = bank_irq(g, vcpu, first + i);

        if (irq != NULL) irq_restore(g, irq, &b, i, &k);
    }
    return 0;
}

static int cpus_get(struct vgic *g, const struct pass *pass)
{
    struct shyper_state_vgic_cpu c;

    for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
        struct gic_vcpu_regs *r = &g->vm->vcpu[i]->vgic.regs;
        int rc = state_get(pass->in, SHYPER_STATE_VGIC_CPU, 1, &c, sizeof(c));

        if (rc != 0) return rc;
        if (c.vcpu != i || c.rsv0 != 0) return -EPROTO;
        if (!pass->commit) continue;
        r->vmcr = c.vmcr;
        memcpy(r->apr, c.apr, sizeof(r->apr));
        memcpy(r->apr1, c.apr1, sizeof(r->apr1));
    }
    return 0;
}

static int get_all(struct vgic *g, struct pass pass)
{
    struct shyper_state_vgic s;
    int rc = state_get(pass.in, SHYPER_STATE_VGIC, 1, &s, sizeof(s));

    if (rc != 0) return rc;
    if (s.gic_version != g->version || s.irq_end != g->irq_end || s.vcpus != g->vm->vcpu_count)
        return -EPROTO;
    if ((s.ctlr & ~(VGIC_GROUP0 | VGIC_GROUP1)) != 0) return -EPROTO;
    if (pass.commit) g->ctlr = s.ctlr;
    rc = cpus_get(g, &pass);
    return rc != 0 ? rc : for_each_bank(g, bank_get, &pass);
}

int vgic_restore_state(struct device *d, struct state_reader *r)
{
    struct state_reader look = *r;
    int rc = get_all(d->state, (struct pass){ &look, false });

    return rc != 0 ? rc : get_all(d->state, (struct pass){ r, true });
}
