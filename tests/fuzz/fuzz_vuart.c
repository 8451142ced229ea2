/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/devices/vuart.c hypervisor/core/console.c lib/state.c
// sources: tests/unit/hypervisor/fake/fake_page.c tests/unit/hypervisor/fake/fake_uart.c
/* Bytes as accesses of a guest to its UART, of every width, and what happens at the other end of the line: input, reading of
 * the output, reset, saved state right and damaged. A model of the PL011 that knows nothing of the code says what each register
 * reads, what arrives, and whether the interrupt line is raised. */
#include <stdlib.h>
#include <string.h>

#include "abi/state.h"
#include "hypervisor/core/vm.h"
#include "tests/unit/hypervisor/fake/fake_page.h"
#include "tests/unit/hypervisor/fake/fake_uart.h"
#include "tests/fuzz/must.h"

#define STEPS 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct device_model *const __start_device_models[];
struct vm *vms[SHYPER_VM_MAX];
struct spinlock vms_lock;
static bool line;

void mvm_notify(uint32_t events) { }

void vgic_set_spi(struct vm *vm, uint32_t intid, bool level)
{
    line = level;
}

struct step {
    uint8_t what, size;
    uint16_t offset;
    uint32_t value;
};

/* DDI 0183G, table 3-1: registers that keep what is written. */
static const struct { uint32_t offset, bits, reset; } kept[] = {
    { 0x20, 0xff, 0 },       { 0x24, 0xffff, 0 },     { 0x28, 0x3f, 0 },  { 0x2c, 0xff, 0 },
    { 0x30, 0xff01, 0x300 }, { 0x34, 0x3f, 0x12 }, { 0x38, 0x7ff, 0 }, { 0x48, 7, 0 },
};
#define KEPT 8u
#define IMSC 6u

static struct model {
    bool sbsa, tx;
    uint32_t reg[KEPT];
    uint8_t in[256];
    uint32_t in_count;
    uint8_t out[STEPS * 4];
    uint32_t out_count;
} model, saved;

static uint32_t raised(void)
{
    return (model.tx ? 1u << 5 : 0) | (model.in_count > 0 ? 1u << 4 | 1u << 6 : 0);
}

static uint32_t model_read(uint32_t offset)
{
    static const uint8_t id[] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
    uint32_t c = 0;

    switch (offset) {
    case 0x00:
        if (model.in_count == 0) return 0;
        c = model.in[0];
        memmove(model.in, model.in + 1, --model.in_count);
        return c;
    case 0x18: return 1 | 2 | 4 | 1 << 7 | (model.in_count == 0 ? 1 << 4 : 0);
    case 0x3c: return raised();
    case 0x40: return raised() & model.reg[IMSC];
    default: break;
    }
    if (offset >= 0xfe0) return id[(offset - 0xfe0) / 4];
    for (uint32_t i = 0; i < KEPT; i++) {
        if (kept[i].offset == offset && (!model.sbsa || i == IMSC)) return model.reg[i];
    }
    return 0;
}

static void model_write(uint32_t offset, uint32_t value)
{
    if (offset == 0x00) {
        model.out[model.out_count++] = (uint8_t)value;
        model.tx = true;
    }
    if (offset == 0x44 && value & 1u << 5) model.tx = false;
    for (uint32_t i = 0; i < KEPT; i++) {
        if (kept[i].offset == offset && (!model.sbsa || i == IMSC)) model.reg[i] = value & kept[i].bits;
    }
}

static void model_reset(void)
{
    model.tx = false;
    model.in_count = 0;
    for (uint32_t i = 0; i < KEPT; i++) model.reg[i] = kept[i].reset;
}

static void access_register(struct device *d, const struct step *s)
{
    uint32_t size = 1u << s->size % 4, offset = s->offset % 0x1000u & ~(size - 1), shift = offset % 4 * 8;
    uint64_t mask = size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
    struct mmio_access a = { .offset = offset, .size = (uint8_t)size, .write = s->size & 8, .value = s->value & mask };
    bool done = d->model->mmio(d, NULL, &a);

    must(done == (size <= 4));
    if (!done) return;
    if (!a.write) must(a.value == ((model_read(offset & ~3u) >> shift) & mask));
    else if (shift == 0) model_write(offset, s->value & (uint32_t)mask);
}

static void type_in(struct vm *vm, const struct step *s)
{
    uint8_t text[256];
    uint32_t n = s->offset % 257, room = sizeof(model.in) - model.in_count;

    for (uint32_t i = 0; i < n; i++) text[i] = (uint8_t)(s->value + i * 7);
    must(console_write(vm, text, n) == MIN(n, room));
    memcpy(model.in + model.in_count, text, MIN(n, room));
    model.in_count += MIN(n, room);
}

static void read_out(struct vm *vm, const struct step *s)
{
    uint8_t text[STEPS * 4];
    uint64_t cursor = s->value % (model.out_count + 2), at = cursor > model.out_count ? 0 : cursor, lost;
    uint32_t len = s->offset % sizeof(text), n = console_read(vm, &cursor, text, len, &lost);

    must(lost == 0 && n == MIN(len, model.out_count - at) && memcmp(text, model.out + at, n) == 0);
    must(cursor == at + n);
}

/* Saved state is taken back as it was; damaged, it is refused and changes nothing, or means something a device can be in. */
static void save_and_restore(struct device *d, const struct step *s)
{
    uint8_t room[1024];
    struct state_writer w = { .at = room, .size = sizeof(room) };
    struct state_reader r = { .at = room };
    int err;

    must(d->model->save(d, &w) == 0);
    r.size = w.used;
    saved = model;
    if (s->size & 1) {
        d->model->reset(d);
        model_reset();
    }
    if (s->size & 2) {
        room[s->offset % w.used] ^= (uint8_t)(s->value | 1);
        err = d->model->restore(d, &r);
        if (err != 0) return;
        r = (struct state_reader){ .at = room, .size = w.used };
        room[s->offset % w.used] ^= (uint8_t)(s->value | 1);
    }
    must(d->model->restore(d, &r) == 0);
    memcpy(model.reg, saved.reg, sizeof(model.reg));
    memcpy(model.in, saved.in, sizeof(model.in));
    model.in_count = saved.in_count;
    model.tx = saved.tx;
}

static void one_step(struct device *d, const struct step *s)
{
    switch (s->what % 8) {
    default:
        access_register(d, s);
        break;
    case 4:
        type_in(d->vm, s);
        break;
    case 5:
        read_out(d->vm, s);
        break;
    case 6:
        save_and_restore(d, s);
        break;
    case 7:
        if (s->value % 4 != 0) return;
        d->model->reset(d);
        model_reset();
    }
    must(line == ((raised() & model.reg[IMSC]) != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vm mvm, vm;
    struct device *d = &vm.device[0];
    struct step step;

    if (size < 1) return 0;
    mvm = (struct vm){ .is_mvm = true, .config.name = "mvm" };
    vm = (struct vm){ .id = 1, .config.name = "g" };
    vms[0] = &mvm;
    vms[1] = &vm;
    must(console_vm_init(&mvm) == 0 && console_vm_init(&vm) == 0);
    console_start(&mvm);
    model = (struct model){ .sbsa = data[0] & 1 };
    model_reset();
    *d = (struct device){ .model = __start_device_models[0], .vm = &vm,
                          .config = { .type = SHYPER_DEV_CONSOLE, .len = 0x1000, .irq = 33, .cfg_count = 1,
                                      .cfg = { model.sbsa ? SHYPER_UART_SBSA : SHYPER_UART_PL011 } } };
    line = false;
    must(d->model->create(d) == 0);
    data++;
    size--;
    for (uint32_t n = 0; n < STEPS && size >= sizeof(step); n++) {
        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        size -= sizeof(step);
        one_step(d, &step);
        (void)fake_uart_taken();
    }
    d->model->destroy(d);
    console_vm_destroy(&vm);
    console_vm_destroy(&mvm);
    must(fake_page_live() == 0);
    return 0;
}
