/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_gic.c
/* Any sequence of what guests, devices and the scheduler can do to the virtual GIC: accesses of every width anywhere in
 * its frames, SGIs, lines, acknowledgements and ends right and wrong, switches, resets, saved state of any content. The
 * fake controller stops at what the architecture forbids: one interrupt in two list registers, a linked one pending and
 * active, a maintenance interrupt that does not go away. Every read of a register that holds configuration has to give what
 * a model of these registers, byte by byte, gives; test_vgic_random.c has the model of what becomes of it. At the end nothing
 * may be left of a VM that is taken down. */
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

#define VCPUS  4u
#define INTIDS 128u

/* What a guest has configured, as the architecture says: private interrupts for each vCPU, others in [0]. */
static struct model {
    bool known;                     /* not after a state of any content was restored */
    uint32_t vcpus, end;
    uint8_t control;
    uint8_t group[VCPUS][INTIDS], enable[VCPUS][INTIDS], priority[VCPUS][INTIDS], edge[VCPUS][INTIDS];
    uint8_t targets[INTIDS], route[INTIDS][8];
} m;

static void model_reset(const struct vm *vm)
{
    memset(&m, 0, sizeof(m));
    m.known = true;
    m.vcpus = vm->vcpu_count;
    m.end = vm->is_mvm ? 128 : 96;
    for (uint32_t v = 0; v < VCPUS; v++) {
        memset(m.group[v], gic->version == 3, INTIDS);
        memset(m.enable[v], 1, 16);
        memset(m.edge[v], 1, 16);
    }
    memset(m.targets, 1, INTIDS);
}

/* A field of `bits` bits for each interrupt from the bank's beginning on; the interrupts of one byte. */
static uint8_t fields(uint8_t (*of)[INTIDS], int owner, uint32_t at, uint32_t bits, bool write, uint8_t byte, int sets)
{
    uint8_t all = 0;

    for (uint32_t i = 0; i < 8 / bits; i++) {
        uint32_t n = at * 8 / bits + i, shift = bits * i + (bits == 2);
        uint8_t *f, one = bits == 8 ? byte & 0xf8 : byte >> shift & 1;

        if (n >= m.end || (n < 32 && owner < 0)) continue;
        f = &of[n < 32 ? owner : 0][n];
        if (!write) all |= (uint8_t)(*f << shift);
        else if (sets < 0) *f = bits == 2 && n < 32 ? *f : one;         /* a plain field */
        else if (one) *f = (uint8_t)sets;                               /* ones set or clear */
    }
    return all;
}

static uint8_t target_byte(uint32_t n, uint32_t v, bool write, uint8_t byte)
{
    if (n >= m.end || m.vcpus == 1) return 0;
    if (n < 32) return (uint8_t)(1u << v);
    if (write) m.targets[n] = byte & (uint8_t)((1u << m.vcpus) - 1);
    return m.targets[n];
}

static uint8_t route_byte(uint32_t at, bool write, uint8_t byte)
{
    uint32_t n = at / 8;

    if (n < 32 || n >= m.end) return 0;
    if (write && (at % 8 < 3 || at % 8 == 4)) m.route[n][at % 8] = byte;
    return m.route[n][at % 8];
}

/* One byte of an access that is allowed; owner of private interrupts, or -1. */
static uint8_t model_byte(uint32_t at, uint32_t v, int owner, bool write, uint8_t byte)
{
    if (at < 0x100) return fields(m.group, owner, at - 0x80, 1, write, byte, -1);
    if (at < 0x180) return fields(m.enable, owner, at - 0x100, 1, write, byte, 1);
    if (at < 0x200) return fields(m.enable, owner, at - 0x180, 1, write, byte, 0);
    if (at < 0x800) return fields(m.priority, owner, at - 0x400, 8, write, byte, -1);
    if (at < 0xc00) return target_byte(at - 0x800, v, write, byte);
    if (at < 0xd00) return fields(m.edge, owner, at - 0xc00, 2, write, byte, -1);
    return route_byte(at - 0x6000, write, byte);
}

/* False: not a register of configuration. sizes: the widths it may be accessed with, one bit each. */
static bool model_has(uint32_t at, uint32_t *sizes)
{
    bool bytes = (at >= 0x400 && at < 0x800) || (gic->version == 2 && at >= 0x800 && at < 0xc00);

    *sizes = bytes ? 1 | 2 | 4 : at >= 0x6000 ? 4 | 8 : 4;
    return bytes || (at >= 0x80 && at < 0x200) || (at >= 0xc00 && at < 0xd00) ||
           (gic->version == 3 && at >= 0x6000 && at < 0x6000 + 8 * 1020);
}

static void model_access(const struct vm *vm, uint32_t device, uint32_t v, struct mmio_access *before, uint64_t got)
{
    uint32_t at = (uint32_t)before->offset, sizes;
    int owner = gic->version == 2 ? (int)v : -1;
    uint64_t want = 0;

    if (device == 1) {
        if (at % 0x20000 < 0x10000 || at / 0x20000 >= vm->vcpu_count) return;
        owner = (int)(at / 0x20000);
        at %= 0x10000;
        if (!((at < 0x200 && at % 0x80 < 4) || (at >= 0x400 && at < 0x420) || (at >= 0xc00 && at < 0xc08))) return;
    }
    if (!m.known || !model_has(at, &sizes)) return;
    for (uint32_t i = 0; i < before->size && (sizes & before->size) != 0; i++)
        want |= (uint64_t)model_byte(at + i, v, owner, before->write, (uint8_t)(before->value >> (8 * i))) << (8 * i);
    if (!before->write && got != want) abort();
}

static void access_frame(struct vm *vm, struct vcpu *v, const struct op *o)
{
    uint32_t n = (o->size >> 4) % vm->device_count;
    struct device *d = &vm->device[n];
    uint8_t size = (uint8_t)(1u << o->size % 4);
    struct mmio_access a = { .size = size, .write = (o->size & 8) != 0 };

    a.offset = o->where % d->config.len & ~(uint64_t)(size - 1);
    if (o->size & 4) {                          /* where the registers are */
        a.offset = o->where % 0xd00 & ~(uint64_t)(size - 1);
        if (n == 1) a.offset += 0x10000 + 0x20000 * ((o->where >> 16) % vm->vcpu_count);
    }
    a.value = size == 8 ? o->value : o->value & ((UINT64_C(1) << (8 * size)) - 1);
    struct mmio_access before = a;
    fake_access(v, d, &a);
    model_access(vm, n, v->id, &before, a.value);
    if (!a.write) return;
    before.write = a.write = false;
    fake_access(v, d, &a);
    model_access(vm, n, v->id, &before, a.value);
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
            while (!vgic_reset_some(vm)) continue;
            d->model->reset(d);
        } else {
            size_t from = w.used;

            if (d->model->save(d, &w) != 0) abort();
            struct state_reader r = { .at = room + from, .size = w.used - from };
            if (o->where % 4 > 1) room[from + o->value % (w.used - from)] ^= (uint8_t)(o->value >> 32);
            int rc = d->model->restore(d, &r);
            m.known = m.known && o->where % 4 == 1;
            if (rc != 0 && o->where % 4 == 1) abort();
        }
    }
    if (o->where % 4 == 0) {
        vgic_vcpu_init(vm->vcpu[0]);
        model_reset(vm);
    }
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
    model_reset(vm);
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
