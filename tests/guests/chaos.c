/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that does anything: random system instructions, device accesses, calls and addresses,
 * exceptions swallowed. It may well ruin itself. What it must not do is harm anybody else; the
 * programs beside it tell. The seed is its command line. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

static uint64_t seed;
static uint32_t code[4] aligned_to(64);

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t any_number(void)
{
    static const uint64_t edge[] = { 0, 1, UINT64_MAX, UINT64_C(1) << 63, 0x40000000, UART_BASE, GICD_BASE, 0xffffffff };

    switch (next() % 4) {
    case 0:  return edge[next() % ARRAY_LEN(edge)];
    case 1:  return next() & 0xffff;
    case 2:  return UINT64_C(0x40000000) + (next() & 0x7ffffff);
    default: return next();
    }
}

static void any_call(void)
{
    struct smccc io;

    for (uint32_t i = 0; i < ARRAY_LEN(io.x); i++) io.x[i] = any_number();
    switch (next() % 4) {
    case 0:  io.x[0] = 0xc6000000 | (next() & 0x70f); break;
    case 1:  io.x[0] = 0x84000000 | (next() & 0x4000001f); break;
    case 2:  io.x[0] = 0x80000000 | (next() & 0xff00ffff); break;
    default: break;
    }
    /* These end it properly, which is dull. */
    if ((io.x[0] & 0xffffffff) == PSCI_SYSTEM_OFF || (io.x[0] & 0xffffffff) == PSCI_SYSTEM_RESET) return;
    if ((io.x[0] & 0xffffffff) == PSCI_CPU_OFF || (io.x[0] & 0xffffffff) == 0xc6000005) return;
    if ((io.x[0] & 0xbfffffff) == PSCI_CPU_SUSPEND) return;
    trap_arm();
    if (next() & 1) {
        hvc_call(&io);
    } else {
        smc_call(&io);
    }
    (void)trap_taken();
}

static void any_access(void)
{
    static const uint64_t base[] = { UART_BASE, GICD_BASE, GICC_BASE, GICR_BASE, GICR_BASE + 0x10000, 0x10000000 };
    uint64_t at = base[next() % ARRAY_LEN(base)] + (next() & 0xffff);
    uint32_t size = 1u << next() % 4;
    struct trap t;

    at &= ~(uint64_t)(size - 1);
    if (at >= UART_BASE && at < UART_BASE + 4) return;      /* not a word of output */
    if (next() & 1) {
        mem_write(at, any_number(), size, &t);
    } else {
        (void)mem_read(at, size, &t);
    }
}

/* MSR, MRS, SYS, or a load or store of any form at a device or at RAM; not what would only end
 * the fun: the vectors, the stack pointer's choice, the MMU, sleeping. */
static uint32_t any_word(void)
{
    while (true) {
        uint32_t word = (uint32_t)next();

        if ((word & 1) != 0) return (word & 0xfdfffc00) | 0x08000000 | 9 << 5 | 10;     /* [x9], x10 */
        word = 0xd5000000 | (word & 0x3fffe0) | 10;
        if ((word & 0xfff8f000) == 0xd5004000 || (word & 0xfffff000) == 0xd5032000) continue;   /* PSTATE, hints */
        if ((word & 0xffffffe0) == 0xd518c000 || (word & 0xffffffe0) == 0xd5181000) continue;   /* VBAR_EL1, SCTLR_EL1 */
        if ((word & 0xffffffe0) == 0xd5184200) continue;                                        /* SPSel */
        return word;
    }
}

static void any_instruction(void)
{
    static const uint64_t target[] = { UART_BASE + 0x18, GICD_BASE + 0x400, 0x10000000, 0x40000000 + 0x1000000 };

    code[0] = any_word();
    code[1] = BRK;
    __asm__ volatile("dsb sy; dc cvau, %0; dsb sy; ic ivau, %0; dsb sy; isb" : : "r"(code) : "memory");
    trap_arm();
    isolated_run(code, target[next() % ARRAY_LEN(target)]);
    (void)trap_taken();
}

/* Whatever fires was enabled by accident and will not stop by itself. */
static void quieten(uint32_t intid)
{
    uint64_t base = gic_version == 3 && intid < 32 ? GICR_BASE + 0x10000 : GICD_BASE;

    mmio_write32((volatile void *)(uintptr_t)base, 0x180 + intid / 32 * 4, 1u << intid % 32);
}

void guest_main(void)
{
    uint32_t bytes = 0;
    const char *args = dtb_property("chosen", "bootargs", &bytes);

    for (seed = 88172645463325252u; args != NULL && *args != '\0'; args++) seed = seed * 31 + (uint8_t)*args;
    gic_init();
    irq_hook = quieten;
    print("chaos\n");
    for (uint32_t i = 0; i < 300000; i++) {
        switch (next() % 8) {
        case 0:  any_call(); break;
        case 1:  any_access(); break;
        default: any_instruction(); break;
        }
        if ((i & 15) == 0) irq_poll();
        if (i % 50000 == 0) print("step %u\n", i);
    }
    print("survived itself\n");
}
