/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/guests/lib/mvm.h"

#include "lib/mmio.h"
#include "lib/str.h"

#define GICD_ICFGR 0xc00u

static uint32_t doorbell;

int64_t mvm_call(uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *value)
{
    struct smccc io = { { SHYPER_HCALL_BASE | number, a, b, c, d } };

    hvc_call(&io);
    if (value != NULL) *value = io.x[1];
    return (int64_t)io.x[0];
}

int64_t mvm_finish(uint32_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t *value)
{
    int64_t err;

    while ((err = mvm_call(number, a, b, c, d, value)) == -EAGAIN) irq_poll();
    return err;
}

static void rung(uint32_t intid)
{
    if (intid == doorbell) mvm_call(SHYPER_HCALL_INFO_EVENTS, 0, 0, 0, 0, NULL);
}

void mvm_init(void)
{
    uint32_t bytes;
    const uint8_t *interrupts = dtb_property("hypervisor", "interrupts", &bytes);
    volatile void *gicd = (volatile void *)(uintptr_t)GICD_BASE;
    uint32_t config;

    doorbell = 32 + (uint32_t)dtb_u64(interrupts);
    config = mmio_read32(gicd, GICD_ICFGR + doorbell / 16 * 4);
    irq_hook = rung;
    gic_init();
    mmio_write32(gicd, GICD_ICFGR + doorbell / 16 * 4, config | 2u << doorbell % 16 * 2);
    gic_enable(doorbell);
    rung(doorbell);             /* what happened before us must not keep it silent */
}

/* --- profiles: a flattened device tree, written from front to back --- */

struct blob {
    uint8_t *base, *at;
    char strings[256];
    uint32_t strings_len;
};

static void put32(struct blob *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8) *b->at++ = (uint8_t)(v >> shift);
}

static void put_text(struct blob *b, const char *text)
{
    do *b->at++ = (uint8_t)*text; while (*text++ != '\0');
    while ((b->at - b->base) % 4 != 0) *b->at++ = 0;
}

static void node(struct blob *b, const char *name)
{
    put32(b, 1);
    put_text(b, name);
}

static void node_end(struct blob *b)
{
    put32(b, 2);
}

static void prop(struct blob *b, const char *name, uint32_t len)
{
    put32(b, 3);
    put32(b, len);
    put32(b, b->strings_len);
    memcpy(b->strings + b->strings_len, name, strlen(name) + 1);
    b->strings_len += (uint32_t)strlen(name) + 1;
}

static void prop_u32(struct blob *b, const char *name, uint32_t v)
{
    prop(b, name, 4);
    put32(b, v);
}

static void put64(struct blob *b, uint64_t v)
{
    put32(b, (uint32_t)(v >> 32));
    put32(b, (uint32_t)v);
}

static void prop_u64(struct blob *b, const char *name, uint64_t v)
{
    prop(b, name, 8);
    put64(b, v);
}

static void prop_text(struct blob *b, const char *name, const char *text)
{
    prop(b, name, (uint32_t)strlen(text) + 1);
    put_text(b, text);
}

static void device(struct blob *b, const char *name, uint32_t type, uint64_t base, uint64_t len, uint32_t irq)
{
    node(b, name);
    prop_u32(b, "type", type);
    prop_text(b, "name", name);
    prop(b, "reg", 16);
    put64(b, base);
    put64(b, len);
    if (irq != 0) prop_u32(b, "irq", irq);
    if (type == SHYPER_DEV_CONSOLE) prop_u32(b, "cfg", SHYPER_UART_PL011);
    node_end(b);
}

static void devices(struct blob *b, uint32_t cpus)
{
    node(b, "devices");
    device(b, "dev@0", SHYPER_DEV_CONSOLE, UART_BASE, 0x1000, 33);
    device(b, "dev@1", SHYPER_DEV_GICD, GICD_BASE, 0x10000, 0);
    if (gic_version == 2) device(b, "dev@2", SHYPER_DEV_GICC, GICC_BASE, 0x2000, 0);
    else device(b, "dev@2", SHYPER_DEV_GICR, GICR_BASE, 0x20000 * cpus, 0);
    node_end(b);
}

uint32_t mvm_blob(const struct mvm_profile *p, void *out, uint32_t room)
{
    struct blob b = { .base = out, .at = (uint8_t *)out + 40 };
    uint32_t struct_at = 56, strings_at, total;
    uint64_t ram = p->ram_at == 0 ? GUEST_RAM : p->ram_at;

    put64(&b, 0);               /* no reservations */
    put64(&b, 0);
    node(&b, "");
    prop_text(&b, "compatible", SHYPER_PROFILE_COMPATIBLE);
    prop_text(&b, "name", p->name);
    prop_u32(&b, "type", SHYPER_VM_TYPE_BARE_METAL);
    node(&b, "image");
    prop_u64(&b, "entry", ram);
    node_end(&b);
    node(&b, "memory");
    prop(&b, "reg", 16);
    put64(&b, ram);
    put64(&b, p->ram_bytes);
    node_end(&b);
    node(&b, "cpus");
    prop_u32(&b, "count", p->cpus);
    prop_u64(&b, "bitmap", p->bitmap);
    node_end(&b);
    devices(&b, p->cpus);
    node_end(&b);
    put32(&b, 9);
    strings_at = (uint32_t)(b.at - b.base);
    memcpy(b.at, b.strings, b.strings_len);
    total = strings_at + b.strings_len;
    b.at = b.base;
    put32(&b, 0xd00dfeed);
    put32(&b, total);
    put32(&b, struct_at);
    put32(&b, strings_at);
    put32(&b, 40);
    put32(&b, 17);
    put32(&b, 16);
    put32(&b, 0);
    put32(&b, b.strings_len);
    put32(&b, strings_at - struct_at);
    if (total > room) finish();
    return total;
}

int64_t mvm_create(const struct mvm_profile *p)
{
    static uint8_t blob[4096] aligned_to(8);
    uint64_t id;
    int64_t err = mvm_finish(SHYPER_HCALL_VM_CREATE, (uintptr_t)blob, mvm_blob(p, blob, sizeof(blob)), 0, 0, &id);

    return err != 0 ? err : (int64_t)id;
}

/* --- what VMs hold and do --- */

int64_t mvm_write(uint64_t id, uint64_t ipa, const void *from, uint64_t bytes)
{
    const uint8_t *in = from;
    struct shyper_run run;
    int64_t err = mvm_finish(SHYPER_HCALL_MEMORY_OPEN, id, 0, 0, 0, NULL);

    for (uint32_t i = 0; err == 0; i++) {
        err = mvm_call(SHYPER_HCALL_MEMORY_RUN, id, i, (uintptr_t)&run, 0, NULL);
        if (err != 0 || ipa < run.ipa || ipa + bytes > run.ipa + run.bytes) continue;
        for (uint64_t k = 0; k < bytes; k++) mmio_write8((void *)(uintptr_t)(run.pa + (ipa - run.ipa)), (uint32_t)k, in[k]);
        dsb();
        break;
    }
    if (err == 0) err = mvm_finish(SHYPER_HCALL_MEMORY_CLOSE, id, 0, 0, 0, NULL);
    return err;
}

struct shyper_vm_info mvm_info(uint64_t id)
{
    struct shyper_vm_info info = { 0 };

    mvm_call(SHYPER_HCALL_VM_INFO, id, (uintptr_t)&info, sizeof(info), 0, NULL);
    return info;
}

bool mvm_wait(uint64_t id, enum shyper_vm_state state)
{
    uint32_t now;

    while ((now = mvm_info(id).state) != state && now != SHYPER_VM_CRASHED && now != 0) {
        if (cpu_id() == 0) irq_wait();          /* the doorbell is this one's */
    }
    return now == state;
}

struct shyper_system_info mvm_system(void)
{
    struct shyper_system_info info = { 0 };

    mvm_call(SHYPER_HCALL_INFO_SYSTEM, (uintptr_t)&info, sizeof(info), 0, 0, NULL);
    return info;
}

extern const uint8_t payload[], payload_end[];

int64_t mvm_write_payload(uint64_t id, uint32_t cpus, enum payload_end end)
{
    uint8_t code[256] aligned_to(8);
    uint64_t bytes = (uint64_t)(payload_end - payload);

    memcpy(code, payload, bytes);
    *(uint32_t *)(void *)(code + bytes) = cpus;
    *(uint32_t *)(void *)(code + bytes + 4) = end;
    return mvm_write(id, GUEST_RAM, code, bytes + 8);
}
