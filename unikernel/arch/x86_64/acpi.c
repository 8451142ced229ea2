/* SPDX-License-Identifier: Apache-2.0 */
/* The table of interrupt controllers (ACPI 6.5, 5.2.5 RSDP, 5.2.7 RSDT, 5.2.8 XSDT, 5.2.12 MADT).
 * A table whose length or sum is wrong is passed over. */
#include "unikernel/arch/x86_64/boot.h"
#include "lib/str.h"

#define TABLE_MAX       0x10000U
#define RSDP_LEN        36U
#define HEADER_LEN      36U
#define MADT_ENTRIES    44U
#define ENABLED         1U

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool sum_is_zero(const uint8_t *p, uint32_t len)
{
    uint8_t sum = 0;

    for (uint32_t i = 0; i < len; i++) sum = (uint8_t)(sum + p[i]);
    return sum == 0;
}

/* A whole table, or NULL. */
static const uint8_t *table_at(uint64_t pa, const char *name, uint32_t *len)
{
    const uint8_t *t = boot_window(pa, HEADER_LEN);

    if (t == NULL || memcmp(t, name, 4) != 0) return NULL;
    *len = get32(t + 4);
    if (*len < HEADER_LEN || *len > TABLE_MAX) return NULL;
    t = boot_window(pa, *len);
    return t != NULL && sum_is_zero(t, *len) ? t : NULL;
}

/* A table may name a CPU in the old form and in the new one. */
static void add_cpu(struct machine *m, uint32_t apic_id)
{
    for (uint32_t i = 0; i < MIN(m->cpus, MACHINE_CPUS); i++) {
        if (m->cpu_ids[i] == apic_id) return;
    }
    if (m->cpus < MACHINE_CPUS) m->cpu_ids[m->cpus] = apic_id;
    m->cpus++;
}

static void madt_entry(struct machine *m, const uint8_t *e, uint32_t len)
{
    if (e[0] == MADT_LAPIC && len >= 8 && get32(e + 4) & ENABLED) {
        add_cpu(m, e[3]);
    } else if (e[0] == MADT_X2APIC && len >= 16 && get32(e + 8) & ENABLED) {
        add_cpu(m, get32(e + 4));
    } else if (e[0] == MADT_IOAPIC && len >= 12 && m->arch.ioapic.len == 0) {
        m->arch.ioapic = (struct region){ get32(e + 4), PAGE_SIZE };
        m->arch.ioapic_base = get32(e + 8);
    } else if (e[0] == MADT_OVERRIDE && len >= 10 && e[3] < ARRAY_LEN(m->arch.isa_irq)) {
        m->arch.isa_irq[e[3]] = get32(e + 4);
    }
}

static void madt_read(struct machine *m, const uint8_t *t, uint32_t len)
{
    for (uint32_t at = MADT_ENTRIES; at + 2 <= len;) {
        uint32_t one = t[at + 1];

        if (one < 2 || one > len - at) return;
        madt_entry(m, t + at, one);
        at += one;
    }
}

void acpi_read(struct machine *m, uint64_t rsdp_pa)
{
    const uint8_t *rsdp = rsdp_pa != 0 ? boot_window(rsdp_pa, RSDP_LEN) : NULL, *root, *madt;
    uint32_t len, size;

    if (rsdp == NULL || memcmp(rsdp, "RSD PTR ", 8) != 0 || !sum_is_zero(rsdp, 20)) return;
    size = rsdp[15] >= 2 ? 8 : 4;       /* 64-bit addresses from revision 2 on */
    root = size == 8 ? table_at(get32(rsdp + 24) | (uint64_t)get32(rsdp + 28) << 32, "XSDT", &len)
                     : table_at(get32(rsdp + 16), "RSDT", &len);
    if (root == NULL) return;
    for (uint32_t at = HEADER_LEN; at + size <= len; at += size) {
        uint64_t pa = get32(root + at) | (size == 8 ? (uint64_t)get32(root + at + 4) << 32 : 0);
        uint32_t madt_len;

        madt = table_at(pa, "APIC", &madt_len);
        if (madt == NULL) continue;
        madt_read(m, madt, madt_len);
        return;
    }
}
