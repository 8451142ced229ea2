/* SPDX-License-Identifier: Apache-2.0 */
/* With its own translation on: identity map in 2 MiB blocks, caches on. Exclusive and unaligned
 * accesses work on RAM, tables in memory never touched before are walked, and tables outside the
 * VM's RAM abort instead of showing somebody else's. */
#include "tests/guests/lib/guest.h"

#define BLOCK      UINT64_C(0x200000)
#define VALID      1u
#define TABLE      3u
#define AF         (1u << 10)
#define SHARED     (3u << 8)
#define ATTR_DEV   (0u << 2)
#define ATTR_MEM   (1u << 2)

static uint64_t level1[512] aligned_to(4096), low[512] aligned_to(4096), ram[512] aligned_to(4096);

static void mmu_on(uint64_t root)
{
    write_sysreg(mair_el1, 0xff00);
    write_sysreg(tcr_el1, UINT64_C(25) | 1 << 8 | 1 << 10 | 3 << 12 | UINT64_C(1) << 23 | UINT64_C(2) << 32);   /* 39 bits, 40-bit PA */
    write_sysreg(ttbr0_el1, root);
    dsb();
    __asm__ volatile("tlbi vmalle1; ic iallu; dsb sy; isb" : : : "memory");
    write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | 0x1005);
    isb();
}

void guest_main(void)
{
    uint32_t bytes;
    const uint8_t *memory = dtb_property("memory", "reg", &bytes);
    uint64_t base = dtb_u64(memory), end = base + dtb_u64(memory + 8), old = 0, status;
    volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)(end - 64);
    uint64_t *untouched = (uint64_t *)(uintptr_t)(end - 8 * BLOCK);
    struct trap t;

    for (uint64_t i = 0; i < 512; i++) {
        low[i] = i * BLOCK | ATTR_DEV | AF | VALID;
        ram[i] = (base + i * BLOCK) | ATTR_MEM | SHARED | AF | VALID;
    }
    level1[0] = (uintptr_t)low | TABLE;
    level1[1] = (uintptr_t)ram | TABLE;
    level1[2] = (uintptr_t)untouched | TABLE;           /* zeroed memory: a table of nothing */
    level1[3] = UINT64_C(0x10000000) | TABLE;           /* no RAM there */
    level1[4] = UINT64_C(0x20000000) | AF | VALID;      /* 1 GiB of nothing */
    mmu_on((uintptr_t)level1);
    report((read_sysreg(sctlr_el1) & 0x1005) == 0x1005, "MMU and caches are on");

    *word = 5;
    __asm__ volatile("1: ldxr %0, [%2]\n add %0, %0, #1\n stxr %w1, %0, [%2]\n cbnz %w1, 1b"
                     : "+r"(old), "=&r"(status) : "r"(word) : "memory");
    report(*word == 6, "exclusive accesses work");
    *(volatile uint8_t *)((uintptr_t)word + 9) = 0;
    __asm__ volatile("stur %1, [%0, #1]\n ldur %1, [%0, #1]" : : "r"(word), "r"(UINT64_C(0x1122334455667788)) : "memory");
    report(((volatile uint8_t *)(uintptr_t)word)[1] == 0x88, "unaligned accesses work");
    __asm__ volatile("dc zva, %0; dc civac, %0; dsb sy" : : "r"(word) : "memory");
    report(*word == 0, "DC ZVA zeroes");

    (void)mem_read(UINT64_C(0x80000000), 8, &t);
    report(t.count == 1 && (ESR_FAULT(t.esr) & 0x3c) == 0x04, "a table in untouched memory is empty: translation fault");
    (void)mem_read(UINT64_C(0xc0000000), 8, &t);
    if (!report(t.count == 1 && ESR_CLASS(t.esr) == EC_DATA_ABORT && (ESR_FAULT(t.esr) == 0x16 || ESR_FAULT(t.esr) == FAULT_EXTERNAL),
                "a table outside RAM: external abort on the walk")) {
        print("  %lu: esr %lx far %lx\n", t.count, t.esr, t.far);
    }
    (void)mem_read(UINT64_C(0x100000000), 8, &t);
    report(is_external_abort(&t, UINT64_C(0x100000000)), "a mapping to nothing: external abort");
    mem_write(UART_BASE + 0x18, 0, 4, &t);
    report(t.count == 0, "devices are reached through the map");
}
