/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no ACPI: the table of Intel's MultiProcessor Specification 1.4, chapter 4. The
 * count of entries may be wrong (qboot says 0), so the length decides. */
#include "unikernel/arch/x86_64/boot.h"
#include "lib/str.h"

#define BASE_LAST_KIB   0x9fc00U        /* of the 640 KiB of base memory */
#define ROM_FROM        0xf0000U
#define ROM_LEN         0x10000U
#define POINTER_LEN     16U
#define CONFIG_ENTRIES  44U
#define ENABLED         1U

enum { MP_CPU, MP_BUS, MP_IOAPIC, MP_INTERRUPT, MP_LOCAL };

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const uint8_t *find_pointer(uint64_t pa, uint32_t len)
{
    const uint8_t *area = boot_window(pa, len);

    for (uint32_t at = 0; area != NULL && at < len; at += POINTER_LEN) {
        uint8_t sum = 0;

        if (memcmp(area + at, "_MP_", 4) != 0) continue;
        for (uint32_t i = 0; i < POINTER_LEN; i++) sum = (uint8_t)(sum + area[at + i]);
        if (sum == 0) return area + at;
    }
    return NULL;
}

static void entry(struct machine *m, const uint8_t *e)
{
    switch (e[0]) {
    case MP_CPU:
        if (!(e[3] & ENABLED)) break;
        if (m->cpus < MACHINE_CPUS) m->cpu_ids[m->cpus] = e[1];
        m->cpus++;
        break;
    case MP_IOAPIC:
        if (e[3] & ENABLED && m->arch.ioapic.len == 0)
            m->arch.ioapic = (struct region){ get32(e + 4), PAGE_SIZE };
        break;
    case MP_INTERRUPT:
        if (e[1] == 0 && e[5] < ARRAY_LEN(m->arch.isa_irq)) m->arch.isa_irq[e[5]] = e[7];
        break;
    default:
        break;
    }
}

void mptable_read(struct machine *m)
{
    const uint8_t *pointer = find_pointer(BASE_LAST_KIB, 0x400), *t;
    uint32_t len;

    if (pointer == NULL) pointer = find_pointer(ROM_FROM, ROM_LEN);
    if (pointer == NULL) return;
    t = boot_window(get32(pointer + 4), CONFIG_ENTRIES);
    if (t == NULL || memcmp(t, "PCMP", 4) != 0) return;
    len = t[4] | (uint32_t)t[5] << 8;
    t = boot_window(get32(pointer + 4), len);
    if (t == NULL) return;
    for (uint32_t at = CONFIG_ENTRIES; at < len;) {
        uint32_t one = t[at] == MP_CPU ? 20 : 8;

        if (t[at] > MP_LOCAL || one > len - at) return;
        entry(m, t + at);
        at += one;
    }
}
