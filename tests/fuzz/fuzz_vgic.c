/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/devices/vgic.c hypervisor/devices/vgic_lr.c hypervisor/devices/vgic_dist.c
// sources: hypervisor/devices/vgic_hw.c
// sources: hypervisor/devices/vgic_v2.c hypervisor/devices/vgic_v3.c hypervisor/devices/vgic_state.c lib/state.c
// sources: tests/unit/hypervisor/fake/fake_gic.c tests/unit/hypervisor/fake/fake_page.c
/* Any sequence of what guests, devices and the scheduler can do to the virtual GIC: accesses of every width anywhere in
 * its frames, SGIs, lines, acknowledgements and ends right and wrong, switches, resets, saved state of any content. The
 * fake controller stops at what the architecture forbids: one interrupt in two list registers, a linked one pending and
 * active, a maintenance interrupt that does not go away. At the end nothing may be left of a VM that is taken down. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/hypervisor/fake/fake_gic.h"
#include "tests/unit/hypervisor/fake/fake_page.h"

#define OPS_MAX 500

struct op {
    uint8_t kind, who, size, rsv0;
    uint32_t where;
    uint64_t value;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void access_frame(struct vm *vm, struct vcpu *v, const struct op *o)
{
    struct device *d = &vm->device[(o->size >> 4) % vm->device_count];
    uint8_t size = (uint8_t)(1u << o->size % 4);
    struct mmio_access a = { .size = size, .write = (o->size & 8) != 0 };

    a.offset = o->where % d->config.len & ~(uint64_t)(size - 1);
    a.value = size == 8 ? o->value : o->value & ((UINT64_C(1) << (8 * size)) - 1);
    fake_access(v, d, &a);
}

static void switch_vcpu(struct vcpu *v)
{
    fake_on_core(v->id, v);
    if (v->vgic.loaded) vgic_save(v);
    else vgic_load(v);
}

/* The scheduler's part: vCPUs off, then what is only done then, then on again. */
static void while_stopped(struct vm *vm, const struct op *o)
{
    uint8_t room[4096];
    struct state_writer w = { .at = room, .size = sizeof(room) };

    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        fake_on_core(i, NULL);
        vgic_save(vm->vcpu[i]);
    }
    for (uint32_t i = 0; i < vm->device_count; i++) {
        struct device *d = &vm->device[i];

        if (o->where % 4 == 0) {
            d->model->reset(d);
        } else {
            size_t from = w.used;

            if (d->model->save(d, &w) != 0) abort();
            struct state_reader r = { .at = room + from, .size = w.used - from };
            if (o->where % 4 > 1) room[from + o->value % (w.used - from)] ^= (uint8_t)(o->value >> 32);
            int rc = d->model->restore(d, &r);
            if (rc != 0 && o->where % 4 == 1) abort();
        }
    }
    if (o->where % 4 == 0) vgic_vcpu_init(vm->vcpu[0]);
}

static void act(struct vm *vm, const struct op *o)
{
    struct vcpu *v = vm->vcpu[o->who % vm->vcpu_count];
    uint32_t intid = o->where % 128;
    uint8_t source = 0;

    switch (o->kind % 10) {
    case 0:
    case 1:
        access_frame(vm, v, o);
        break;
    case 2:
        fake_on_core(v->id, v);
        if (gic->version == 3) vgic_sgi(v, o->value, true);
        break;
    case 3:
        fake_on_core(v->id, v);
        if (intid < 32) vgic_set_ppi(v, intid, o->size & 1);
        else vgic_set_spi(vm, intid, o->size & 1);
        break;
    case 4:
        if (intid >= 32 && intid < FAKE_SPI_END) fake_spi[intid].level = o->size & 1;
        else fake_ppi[v->id][27].level = o->size & 1;
        break;
    case 5:
        (void)fake_ack(v->id, &source);
        break;
    case 6:
        fake_eoi(v->id, intid, o->size % 8);
        break;
    case 7:
        fake_dir(v->id, intid);
        break;
    case 8:
        if (o->size & 1) switch_vcpu(v);
        else if (o->size & 2) while_stopped(vm, o);
        else (void)vgic_has_pending(v);
        break;
    default:
        if (fake_core[v->id].on) fake_core[v->id].vmcr = o->value & 0xff000203u;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vm *vm;
    struct op o;

    if (size < 4) return 0;
    fake_gic_reset(2 + data[0] % 2, 2 + data[1] % 6);
    vm = fake_vm_new(1 + data[2] % 4, data[3] % 2);
    if (vm == NULL) abort();
    for (uint32_t i = 0; i < FAKE_CORES; i++) fake_ppi[i][27].enabled = true;
    data += 4;
    size -= 4;
    for (uint32_t i = 0; i < OPS_MAX && size >= sizeof(o); i++) {
        memcpy(&o, data, sizeof(o));
        data += sizeof(o);
        size -= sizeof(o);
        act(vm, &o);
        fake_settle(vm);
    }
    fake_vm_free(vm);
    if (fake_page_live() != 0) abort();
    for (uint32_t i = 32; i < FAKE_SPI_END; i++) {
        if (fake_spi[i].owner != NULL || fake_spi[i].enabled || fake_spi[i].active) abort();
    }
    return 0;
}
