/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's own translation as a deed: a table of anything above an identity map of what the
 * program needs. Devices appear as ordinary memory, so that unaligned and vector accesses reach
 * them; tables lie in devices, in nothing, in memory that changes. */
#include "tests/guests/attack/attack.h"

#define BLOCK   UINT64_C(0x40000000)
#define ENTRIES 512u
#define VALID   1u
#define AF      (1u << 10)
#define NORMAL  (1u << 2) /* MAIR: 0 device, 1 write-back, 2 not cached, 3 anything */

static uint64_t draw_entry(struct attacker *a)
{
    uint64_t at = draw_address(a) & UINT64_C(0xfffffffff000);

    switch (draw_below(a, 4)) {
    case 0:  return at | 3;                                                     /* a table */
    case 1:  return (at & ~(BLOCK - 1)) | AF | NORMAL | VALID;
    case 2:
        return (draw(a) & UINT64_C(0x3f) << 30) | (draw(a) & UINT64_C(0xfff0000000000fff)) | AF |
               VALID;
    default: return draw(a);
    }
}

static void translation_on(struct attacker *a, const uint64_t *table)
{
    uint64_t tcr = UINT64_C(25) | 1 << 8 | 1 << 10 | 3 << 12 | UINT64_C(1) << 23 |
                   UINT64_C(2) << 32; /* 39 bits, 40-bit PA */

    write_sysreg(mair_el1, 0x44ff00u | (draw(a) & 0xff) << 24);
    write_sysreg(tcr_el1, tcr);
    write_sysreg(ttbr0_el1, (uintptr_t)table | (draw(a) & 0xff) << 48);
    dsb();
    __asm__ volatile("tlbi vmalle1; dsb sy; isb" : : : "memory");
    write_sysreg(sctlr_el1, UINT64_C(0x30d00801) | (draw(a) & 0x1004));
    isb();
}

static void translation_off(void)
{
    write_sysreg(sctlr_el1, UINT64_C(0x30d00800));
    isb();
    __asm__ volatile("tlbi vmalle1; dsb sy; ic iallu; dsb sy; isb" : : : "memory");
}

void any_tables(struct attacker *a)
{
    uint64_t *table = (uint64_t *)(uintptr_t)playground(a);

    for (uint32_t i = 2; i < 64; i++) table[i] = draw_entry(a);
    for (uint32_t i = 64; i < 2 * ENTRIES; i++) {
        if (draw_below(a, 16) == 0) table[i] = draw_entry(a);
    }
    table[0] = AF | VALID;                                                      /* devices */
    table[1] = ram_base | AF | 2u << 2 | 3u << 8 | VALID; /* RAM, not cached, shared */
    table[2] = AF | NORMAL | VALID;                       /* devices as memory */
    translation_on(a, table);
    trap_arm();
    for (uint64_t n = draw_below(a, 64); n > 0; n--) {
        uint64_t at = draw_below(a, 64) * BLOCK + (draw(a) & 0x3fffffff);

        if (at / BLOCK < 2 || draw_below(a, 4) == 0)
            at = 2 * BLOCK + GICD_BASE + draw_below(a, 0x100000);
        switch (draw_below(a, 6)) {
        case 0:  __asm__ volatile("ldr x9, [%0]" : : "r"(at) : "x9", "memory"); break;
        case 1:  __asm__ volatile("ldrh w9, [%0]" : : "r"(at) : "x9", "memory"); break;
        case 2:  __asm__ volatile("ldp x9, x10, [%0]" : : "r"(at) : "x9", "x10", "memory"); break;
        case 3:  __asm__ volatile("ldxr w9, [%0]" : : "r"(at) : "x9", "memory"); break;
        case 4:  __asm__ volatile("dc civac, %0" : : "r"(at) : "memory"); break;
        default: __asm__ volatile("at s1e1w, %0" : : "r"(at) : "memory"); break;
        }
    }
    a->traps += trap_taken().count;
    translation_off();
}
