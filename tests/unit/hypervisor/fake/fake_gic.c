/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/devices/vgic.c hypervisor/devices/vgic_lr.c hypervisor/devices/vgic_dist.c hypervisor/devices/vgic_hw.c
// sources: hypervisor/devices/vgic_v2.c hypervisor/devices/vgic_v3.c hypervisor/devices/vgic_state.c lib/state.c
// sources: tests/unit/hypervisor/fake/fake_page.c
#include "fake_gic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"

extern const struct device_model *const __start_device_models[], *const __stop_device_models[];

/* A rule of the architecture or of this file was broken: say where, and stop for good. */
static void noreturn_fn fake_abort(int at)
{
    fprintf(stderr, "%s:%d: broken rule\n", __FILE__, at);
    abort();
}

struct platform platform;
struct cpu cpus[CPU_MAX];
uint32_t cpu_count = FAKE_CORES;
uint32_t gic_lr_count, gic_spi_end;
bool gic_traps_dir;
const struct gic_driver *gic;
static struct gic_driver driver;
static uint32_t here;

struct fake_core fake_core[FAKE_CORES];
struct fake_line fake_spi[1020];
struct fake_line fake_ppi[FAKE_CORES][32];
uint32_t fake_kicks, fake_requests;

bool arch_vtimer_line(void)                             { return fake_ppi[here][27].level; }
struct cpu *this_cpu(void)                              { return &cpus[here]; }
void vcpu_kick(struct vcpu *v)                          { fake_kicks += v != NULL; }
void cpu_request(struct cpu *c, uint32_t work)          { fake_requests += c != NULL && work != 0; }
void panic(const char *format, ...)                     { (void)format; fake_abort(__LINE__); }

int s2_map(struct stage2 *s, ipa_t at, pa_t to, uint64_t len, enum s2_attr attr)
{
    (void)s;
    return attr == S2_DEVICE && at.v != 0 && to.v == platform.gicv.base && len <= 0x2000 ? 0 : -EINVAL;
}

int irq_assign(uint32_t intid, struct vm *vm)
{
    if (intid < 32 || intid >= gic_spi_end) return -EINVAL;
    if (vm != NULL && fake_spi[intid].owner != NULL && fake_spi[intid].owner != vm) return -EBUSY;
    fake_spi[intid].owner = vm;
    return 0;
}

static struct fake_line *line(uint32_t intid)
{
    if (intid >= 1020) fake_abort(__LINE__);
    return intid < 32 ? &fake_ppi[here][intid] : &fake_spi[intid];
}

void gic_enable(uint32_t intid, bool on)                        { line(intid)->enabled = on; }
void gic_set_active(uint32_t intid, bool on)                    { line(intid)->active = on; }
void gic_set_pending(uint32_t intid, bool on)                   { line(intid)->pending = on; }
void gic_set_edge(uint32_t intid, bool edge)                    { line(intid)->edge = edge; }
void gic_set_priority(uint32_t intid, uint8_t priority)         { line(intid)->priority = priority; }
static void set_target(uint32_t intid, uint32_t cpu)            { line(intid)->target = cpu; }
static void deactivate(uint32_t intid)                          { line(intid)->active = false; }

static void lr_write(uint32_t n, const struct gic_lr *lr)
{
    if (n >= gic_lr_count) fake_abort(__LINE__);
    if (lr->hw && lr->pending && lr->active) fake_abort(__LINE__);           /* not allowed by the architecture */
    for (uint32_t i = 0; i < gic_lr_count; i++) {               /* nor is one interrupt in two list registers */
        const struct gic_lr *other = &fake_core[here].lr[i];
        if (i < n && (lr->pending || lr->active) && (other->pending || other->active) && other->intid == lr->intid) fake_abort(__LINE__);
    }
    fake_core[here].lr[n] = *lr;
    fake_core[here].lr[n].priority &= 0xf8;
    fake_core[here].ended &= ~(1u << n);
}

static uint64_t lr_empty(void)
{
    uint64_t empty = 0;

    for (uint32_t i = 0; i < gic_lr_count; i++) {
        const struct gic_lr *lr = &fake_core[here].lr[i];

        if (!lr->pending && !lr->active && (lr->hw || !lr->eoi_maintenance)) empty |= BIT64(i);
    }
    return empty;
}

static bool lr_link(uint32_t n, uint32_t intid, uint8_t priority, bool group1)
{
    if (!(lr_empty() >> n & 1)) return false;
    lr_write(n, &(struct gic_lr){ .intid = intid, .hw_intid = intid, .hw = true, .pending = true,
                                  .priority = priority, .group1 = group1 });
    return true;
}

static void lr_read(uint32_t n, struct gic_lr *lr)
{
    *lr = fake_core[here].lr[n];
}

static void maintenance(uint32_t raise)
{
    fake_core[here].raise = raise;
    fake_core[here].eoi_count = 0;
}

static uint32_t eoi_count(void)  { return fake_core[here].eoi_count; }
static uint64_t vmcr(void)       { return fake_core[here].vmcr; }

static void vcpu_load(const struct gic_vcpu_regs *r)
{
    if (fake_core[here].on) fake_abort(__LINE__);
    fake_core[here].on = true;
    fake_core[here].vmcr = r->vmcr;
    fake_core[here].apr = r->apr[0];
}

static void vcpu_save(struct gic_vcpu_regs *r)
{
    if (!fake_core[here].on) fake_abort(__LINE__);
    fake_core[here].on = false;
    r->vmcr = fake_core[here].vmcr;
    r->apr[0] = fake_core[here].apr;
}

static void regs_reset(struct gic_vcpu_regs *r)
{
    *r = (struct gic_vcpu_regs){ 0 };
}

void fake_gic_reset(uint32_t version, uint32_t list_registers)
{
    memset(fake_core, 0, sizeof(fake_core));
    memset(fake_spi, 0, sizeof(fake_spi));
    memset(fake_ppi, 0, sizeof(fake_ppi));
    memset(cpus, 0, sizeof(cpus));
    for (uint32_t i = 0; i < CPU_MAX; i++) cpus[i].id = i;
    here = fake_kicks = fake_requests = 0;
    gic_lr_count = list_registers;
    gic_traps_dir = true;
    gic_spi_end = FAKE_SPI_END;
    platform = (struct platform){ .gic_version = version, .irq_vtimer = 27, .irq_maintenance = 25,
                                  .gicv = { 0x8040000, 0x10000 }, .cpu_count = FAKE_CORES };
    driver = (struct gic_driver){
        .version = version, .deactivate = deactivate, .set_target = set_target,
        .lr_write = lr_write, .lr_read = lr_read, .lr_empty = lr_empty, .lr_link = lr_link, .maintenance = maintenance,
        .eoi_count = eoi_count, .vmcr = vmcr, .vcpu_load = vcpu_load, .vcpu_save = vcpu_save, .vcpu_reset = regs_reset,
    };
    gic = &driver;
}

void fake_on_core(uint32_t core, struct vcpu *v)
{
    here = core;
    cpus[core].vcpu = v;
}

const struct device_model *fake_model(uint32_t type)
{
    for (const struct device_model *const *m = __start_device_models; m < __stop_device_models; m++) {
        if ((*m)->type == type && ((*m)->present == NULL || (*m)->present())) return *m;
    }
    return NULL;
}

static int device_make(struct vm *vm, uint32_t type, uint64_t ipa, uint64_t len)
{
    struct device *d = &vm->device[vm->device_count];

    d->model = fake_model(type);
    d->vm = vm;
    d->config = (struct device_config){ .type = type, .ipa = ipa, .len = len };
    if (d->model->create(d) != 0) return -1;
    vm->device_count++;
    return 0;
}

struct vm *fake_vm_new(uint32_t vcpus, bool is_mvm)
{
    struct vm *vm = calloc(1, sizeof(*vm));

    vm->id = 1;
    vm->is_mvm = is_mvm;
    vm->vcpu_count = vcpus;
    vm->config.device_count = 1;
    vm->config.device[0].irq = 70;                  /* so that there are 64 SPIs */
    for (uint32_t i = 0; i < vcpus; i++) {
        struct vcpu *v = vm->vcpu[i] = calloc(1, sizeof(*v));

        v->vm = vm;
        v->id = i;
        v->cpu = &cpus[i];
        v->mpidr = UINT64_C(0x100) * (i / 2) + i % 2;
        vgic_vcpu_init(v);
    }
    if (device_make(vm, SHYPER_DEV_GICD, 0x8000000, 0x10000) != 0) {
        fake_vm_free(vm);
        return NULL;
    }
    while (!vgic_reset_some(vm)) continue;
    if (gic->version == 3 && device_make(vm, SHYPER_DEV_GICR, 0x80a0000, 0x20000 * vcpus) != 0) fake_abort(__LINE__);
    for (uint32_t i = 32; is_mvm && i < gic_spi_end; i++) {
        if (vgic_own_spi(vm, i) != 0 && fake_spi[i].owner == NULL) fake_abort(__LINE__);
    }
    for (uint32_t i = 0; i < vcpus; i++) {
        fake_on_core(i, vm->vcpu[i]);
        vgic_load(vm->vcpu[i]);
        vm->vcpu[i]->state = VCPU_RUNNING;
        fake_core[i].vmcr = 0xff000003u;
    }
    fake_write(vm->vcpu[0], 0, 4, 3);
    fake_settle(vm);
    return vm;
}

void fake_vm_free(struct vm *vm)
{
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        fake_on_core(i, NULL);
        vgic_save(vm->vcpu[i]);
    }
    while (vm->device_count > 0) {
        struct device *d = &vm->device[--vm->device_count];
        d->model->destroy(d);
    }
    for (uint32_t i = 0; i < vm->vcpu_count; i++) free(vm->vcpu[i]);
    free(vm);
}

uint32_t fake_ack(uint32_t core, uint8_t *source)
{
    struct fake_core *c = &fake_core[core];
    struct gic_lr *best = NULL;
    uint32_t running = c->apr == 0 ? 256 : (uint32_t)__builtin_ctz(c->apr) * 8;

    for (uint32_t i = 0; i < gic_lr_count; i++) {
        struct gic_lr *lr = &c->lr[i];

        if (!lr->pending || lr->active || !(c->vmcr & (lr->group1 ? 2 : 1))) continue;
        if (best == NULL || lr->priority < best->priority) best = lr;
    }
    if (!c->on || best == NULL || best->priority >= running || best->priority >= (c->vmcr >> 24 & 0xff)) return FAKE_NONE;
    best->pending = false;
    best->active = true;
    c->apr |= 1u << (best->priority / 8);
    *source = best->source;
    return best->intid;
}

/* priority: what the end has dropped, which has to be that of the active interrupt; 256: not looked at. */
static void end(uint32_t core, uint32_t intid, uint8_t source, uint32_t priority)
{
    struct fake_core *c = &fake_core[core];

    for (uint32_t i = 0; i < gic_lr_count; i++) {
        struct gic_lr *lr = &c->lr[i];

        if (!lr->active || lr->intid != intid || (intid < 16 && lr->source != source)) continue;
        if (priority < 256 && lr->priority != priority) return;
        lr->active = false;
        if (lr->hw && lr->hw_intid < 32) fake_ppi[core][lr->hw_intid].active = false;
        else if (lr->hw) fake_spi[lr->hw_intid].active = false;
        else if (lr->eoi_maintenance && !lr->pending) c->ended |= 1u << i;
        return;
    }
    c->eoi_count++;
}

void fake_eoi(uint32_t core, uint32_t intid, uint8_t source)
{
    uint32_t apr = fake_core[core].apr;

    if (apr == 0) return;
    fake_core[core].apr = apr & (apr - 1);
    if (!(fake_core[core].vmcr & BIT64(9))) end(core, intid, source, (uint32_t)__builtin_ctz(apr) * 8);
}

/* Trapped when interrupts are active that are in no list register. */
void fake_dir(uint32_t core, uint32_t intid)
{
    if (gic_traps_dir && (fake_core[core].raise & GIC_MAINT_UNLISTED_EOI)) {
        fake_on_core(core, cpus[core].vcpu);
        if (cpus[core].vcpu != NULL) vgic_dir(cpus[core].vcpu, intid);
    } else if (fake_core[core].vmcr & BIT64(9)) {
        end(core, intid, 0, 256);
    }
}

bool fake_maintenance(uint32_t core)
{
    const struct fake_core *c = &fake_core[core];
    uint32_t valid = 0, pending = 0;

    if (!c->on) return false;
    for (uint32_t i = 0; i < gic_lr_count; i++) {
        valid += c->lr[i].pending || c->lr[i].active;
        pending += c->lr[i].pending && !c->lr[i].active;
    }
    return c->ended != 0 || ((c->raise & GIC_MAINT_UNDERFLOW) && valid <= 1) ||
           ((c->raise & GIC_MAINT_NO_PENDING) && pending == 0) || ((c->raise & GIC_MAINT_UNLISTED_EOI) && c->eoi_count != 0);
}

static bool fire(struct fake_line *l)
{
    if (!l->enabled || l->active || !(l->pending || (l->level && !l->edge))) return false;
    l->pending = false;
    l->active = true;
    return true;
}

static void take_physical(struct vm *vm, uint32_t core)
{
    for (uint32_t i = 16; i < 32; i++) {
        if (fake_core[core].on && fire(&fake_ppi[core][i])) vgic_hw_ppi(vm->vcpu[core], i);
    }
    for (uint32_t i = 32; i < gic_spi_end; i++) {
        if (fake_spi[i].owner != NULL && fake_spi[i].target == core && fire(&fake_spi[i])) vgic_hw_spi(fake_spi[i].owner, i);
    }
}

static bool settle_core(struct vm *vm, uint32_t core)
{
    struct vcpu *v = vm->vcpu[core];
    bool busy = false;

    fake_on_core(core, v);
    take_physical(vm, core);
    for (uint32_t rounds = 0; v->vgic.loaded && (fake_maintenance(core) || v->vgic.dirty); rounds++) {
        if (rounds > 4) fake_abort(__LINE__);        /* a maintenance interrupt that filling does not end would hang the core */
        if (fake_maintenance(core)) vgic_maintenance(v);
        vgic_enter(v);
        busy = true;
    }
    return busy;
}

void fake_settle(struct vm *vm)
{
    uint32_t rounds = 0;
    bool busy = true;

    while (busy) {
        if (rounds++ > 16) fake_abort(__LINE__);
        busy = false;
        for (uint32_t i = 0; i < vm->vcpu_count; i++) busy = settle_core(vm, i) || busy;
    }
}

void fake_access(struct vcpu *v, struct device *d, struct mmio_access *a)
{
    uint64_t value = a->value;

    for (uint32_t tries = 0;; tries++) {
        fake_on_core(v->id, v);
        a->value = value;
        if (d->model->mmio(d, v, a)) return;
        if (!v->again || tries > 1) fake_abort(__LINE__);
        v->again = false;
        fake_settle(v->vm);
    }
}

static void access_at(struct vcpu *v, uint32_t offset, struct mmio_access *a)
{
    struct vm *vm = v->vm;
    uint32_t intid = offset;
    bool private;

    if (offset >= 0x80 && offset < 0x400) intid = (offset & 0x7f) * 8;
    else if (offset < 0x800) intid = offset - 0x400;
    else intid = (offset - 0xc00) * 4;
    private = offset >= 0x80 && offset < 0xd00 && intid < 32;
    a->offset = offset;
    if (gic->version == 3 && private) a->offset += 0x20000u * v->id + 0x10000u;
    fake_access(v, &vm->device[gic->version == 3 && private], a);
}

uint64_t fake_read(struct vcpu *v, uint32_t offset, uint8_t size)
{
    struct mmio_access a = { .size = size, .value = 0x5a5a5a5a5a5a5a5a };

    access_at(v, offset, &a);
    return a.value;
}

void fake_write(struct vcpu *v, uint32_t offset, uint8_t size, uint64_t value)
{
    struct mmio_access a = { .size = size, .write = true, .value = value };

    access_at(v, offset, &a);
}
