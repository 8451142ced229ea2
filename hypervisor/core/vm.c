/* SPDX-License-Identifier: Apache-2.0 */
/* Making VMs: everything a VM needs is reserved here, in an order whose undoing is `vm_release`
 * with a cursor. A VM that cannot be made completely leaves nothing behind. */
#include "hypervisor/core/vm.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/place.h"
#include "hypervisor/core/vm_make.h"
#include "lib/str.h"

struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;

#define PAGES(bytes) ((uint32_t)(((bytes) + PAGE_SIZE - 1) / PAGE_SIZE))

struct vm *vm_of_mvm(void)
{
    return vms[SHYPER_MVM_ID];
}

static const struct device_model *device_model_find(uint32_t type)
{
    for (const struct device_model *const *m = hv_device_models_start; m < hv_device_models_end;
         m++) {
        if ((*m)->type == type) return *m;
    }
    return NULL;
}

static void vtimer_due(struct timer *t)
{
    vcpu_kick(container_of(t, struct vcpu, vtimer));
}

static void ptimer_due(struct timer *t)
{
    vgic_set_ppi(container_of(t, struct vcpu, ptimer), VGIC_PTIMER, true);
}

static struct device no_device;

static int add_vcpu(struct vm *vm, const char **why)
{
    uint32_t id = vm->vcpu_count;
    struct cpu *home = place_vcpu(vm, id, why);
    struct vcpu *v;

    if (home == NULL) return -EINVAL;
    *why = "no memory left in the hypervisor";
    v = page_alloc(PAGE_VCPU, vm->id, PAGES(sizeof(*v)));
    if (v == NULL) return -ENOMEM;
    v->vm = vm;
    v->id = id;
    v->mpidr = vm->is_mvm ? home->mpidr : id;
    v->cpu = home;
    v->state = VCPU_OFF;
    v->device_hint = &no_device;
    runnable_init(&v->sched, &vm->config.sched, time_count());
    list_init(&v->home_node);
    timer_init(&v->vtimer, vtimer_due);
    timer_init(&v->ptimer, ptimer_due);
    vgic_vcpu_init(v);
    arch_vcpu_reset(v);
    vm->vcpu[vm->vcpu_count++] = v;
    place_settle(v);
    return 0;
}

static int add_device(struct vm *vm, const struct device_config *config, const char **why)
{
    struct device *d = &vm->device[vm->device_count];
    int err;

    *why = "devices: type not served by this version";
    d->model = device_model_find(config->type);
    if (d->model == NULL) return -EINVAL;
    vm->devices_made++;
    if (d->model->present != NULL && !d->model->present()) return 0;
    d->vm = vm;
    d->config = *config;
    *why = "devices: could not be created";
    err = d->model->create(d);
    if (err == 0) vm->device_count++;
    return err;
}

static int add_memory(struct vm *vm, const struct vm_region *r, const char **why)
{
    int err = guest_mem_add_some(vm, r->ipa, r->bytes);

    *why = "memory: not enough guest memory is free, or it is in too many pieces";
    if (err == 0) vm->regions_made++;
    return err;
}

/* Where the highest region or device of a profile ends. */
static uint64_t top_of(const struct vm_config *c)
{
    uint64_t top = 0;

    for (uint32_t i = 0; i < c->memory_count; i++)
        top = MAX(top, c->memory[i].ipa + c->memory[i].bytes);
    for (uint32_t i = 0; i < c->device_count; i++)
        top = MAX(top, c->device[i].ipa + c->device[i].len);
    return top;
}

#define GIB_SLOTS(from, end) ((uint32_t)(((end) - 1) / GIB - (from) / GIB + 1))
#define BLOCKS(from, end)    ((uint32_t)(((end) - 1) / BLOCK_SIZE - (from) / BLOCK_SIZE + 1))
#define MVM_TABLES           64u    /* beside RAM: devices wherever the board has them */

/* Table pages the VM can ever need. Chunks are whole blocks, so RAM whose address is a multiple of
 * 2 MiB needs pages at its end only, other RAM everywhere. */
static uint32_t tables_for(const struct vm *vm, uint32_t ipa_bits)
{
    const struct vm_config *c = &vm->config;
    uint32_t n = ipa_bits > 39 ? 1u << (ipa_bits - 39) : 1;

    for (uint32_t i = 0; i < c->memory_count; i++) {
        uint64_t from = c->memory[i].ipa, end = from + c->memory[i].bytes;

        n += GIB_SLOTS(from, end);
        n += is_aligned(from, BLOCK_SIZE) ? !is_aligned(end, BLOCK_SIZE) : BLOCKS(from, end);
    }
    for (uint32_t i = 0; i < c->device_count; i++) n += c->device[i].type == SHYPER_DEV_GICC ? 2 : 0;
    if (vm->is_mvm) n += (uint32_t)(ranges_total(&platform.ram_all) / GIB) + MVM_TABLES;
    return n;
}

static int add_basics(struct vm *vm, uint32_t ipa_bits, const char **why)
{
    uint8_t *log;
    int err;

    *why = "memory: too many translation tables for the hypervisor; regions at multiples of 2 MiB "
           "need few";
    if (page_reserve(vm->id, tables_for(vm, ipa_bits)) != 0) return -ENOMEM;
    *why = "no memory left in the hypervisor";
    log = page_alloc(PAGE_RING, vm->id, PAGES(VM_LOG_BYTES));
    if (log == NULL) return -ENOMEM;
    vm->log = (struct text_ring){ .buf = log, .size = VM_LOG_BYTES };
    err = console_vm_init(vm);
    return err != 0 ? err : s2_init(&vm->s2, vm->id, ipa_bits);
}

/* Widest address a profile names decides the translation's width: 39 bits need one root page, more
 * need several. */
static uint32_t width_for(const struct vm_config *c)
{
    return top_of(c) <= BIT64(39) ? MIN(39u, arch_ipa_bits()) : arch_ipa_bits();
}

static int free_id(void)
{
    for (int id = SHYPER_MVM_ID + 1; id < SHYPER_VM_MAX; id++) {
        if (vms[id] == NULL) return id;
    }
    return -ENOSPC;
}

static bool name_is_taken(const char *name)
{
    for (uint32_t i = 0; i < SHYPER_VM_MAX; i++) {
        if (vms[i] != NULL && strcmp(vms[i]->config.name, name) == 0) return true;
    }
    return false;
}

int vm_make_begin(const struct vm_config *config, bool is_mvm, struct vm **out, const char **why)
{
    uint32_t ipa_bits = is_mvm ? arch_ipa_bits() : width_for(config);
    int id = is_mvm ? SHYPER_MVM_ID : free_id(), err;
    struct vm *vm;

    *why = "there are as many VMs as this version can hold";
    if (id < 0) return id;
    *why = "name: another VM has it";
    if (name_is_taken(config->name)) return -EEXIST;
    *why = "memory or devices: an address is beyond what this machine's stage 2 translates";
    if (top_of(config) > BIT64(ipa_bits)) return -EINVAL;
    *why = "no memory left in the hypervisor";
    vm = page_alloc(PAGE_VM, (uint32_t)id, PAGES(sizeof(*vm)));
    if (vm == NULL) return -ENOMEM;
    vm->id = (uint32_t)id;
    vm->is_mvm = is_mvm;
    vm->config = *config;
    vm->state = SHYPER_VM_CREATED;
    err = add_basics(vm, ipa_bits, why);
    if (err == 0) *out = vm;
    else while (!vm_release_some(vm)) continue;
    return err;
}

int vm_make_some(struct vm *vm, const char **why)
{
    const struct vm_config *c = &vm->config;
    int err = 0;

    if (vm->regions_made < c->memory_count) err = add_memory(vm, &c->memory[vm->regions_made], why);
    else if (vm->vcpu_count < c->cpu_count) err = add_vcpu(vm, why);
    else if (vm->devices_made < c->device_count) err = add_device(vm, &c->device[vm->devices_made], why);
    else if (vgic_reset_some(vm)) {
        vms[vm->id] = vm;
        return 0;
    }
    return err != 0 ? err : -EAGAIN;
}

int vm_make(const struct vm_config *config, bool is_mvm, struct vm **out, const char **why)
{
    struct vm *vm;
    int err = vm_make_begin(config, is_mvm, &vm, why);

    if (err != 0) return err;
    while ((err = vm_make_some(vm, why)) == -EAGAIN) continue;
    if (err == 0) *out = vm;
    else while (!vm_release_some(vm)) continue;
    return err;
}

static void release_vcpus(struct vm *vm)
{
    for (; vm->vcpu_count > 0; vm->vcpu_count--) {
        struct vcpu *v = vm->vcpu[vm->vcpu_count - 1];

        place_leave(v);
        page_free(v, PAGES(sizeof(*v)));
    }
}

/* Order matters: nothing may still reach what goes next. */
bool vm_release_some(struct vm *vm)
{
    if (vm->device_count > 0) {
        struct device *d = &vm->device[--vm->device_count];

        d->model->destroy(d);
        return false;
    }
    if (vm->s2.root != NULL && !s2_destroy_some(&vm->s2)) return false;
    if (!guest_mem_free_some(vm)) return false;
    log_debug(vm, "is gone");
    release_vcpus(vm);
    console_vm_destroy(vm);
    if (vm->log.buf != NULL) page_free(vm->log.buf, PAGES(VM_LOG_BYTES));
    page_unreserve(vm->id);
    if (vms[vm->id] == vm) vms[vm->id] = NULL;
    page_free(vm, PAGES(sizeof(*vm)));
    return true;
}
