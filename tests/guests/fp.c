/* SPDX-License-Identifier: Apache-2.0 */
/* Registers belong to a vCPU whoever else uses its core: all of FP/SIMD and the EL1 registers a
 * guest may use are filled with values of this VM's own and looked at again after many other
 * turns. With the command line `quick` it does not wait for the end of its slice but sleeps for an
 * instant, and so do its neighbours: thousands of switches. */
#include "tests/guests/lib/registers.h"

#define ROUNDS       100u
#define ROUNDS_QUICK 5000u

static uint64_t expected[64] aligned_to(16), found[64] aligned_to(16);

static uint64_t seed;
static bool quick;

static uint64_t next(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return seed;
}

static void on_irq(uint32_t intid)
{
    if (intid == VTIMER_INTID) timer_off();
}

static void quick_init(void)
{
    uint32_t bytes;
    const char *text = dtb_property("chosen", "bootargs", &bytes);

    quick = text != NULL && text[0] == 'q';
    if (!quick) return;
    gic_init();
    gic_enable(VTIMER_INTID);
    irq_hook = on_irq;
}

/* Whoever shares the core has its turn meanwhile. Takes no interrupt, which would change registers;
 * false: the timer is not as it was set. */
static bool others_turn(void)
{
    uint64_t started = time_now(), due = started + time_hz() / 50000;

    if (!quick) {
        while (time_now() - started < time_hz() / 50) continue;
        return true;
    }
    timer_set(due);
    while ((read_sysreg(cntv_ctl_el0) & 4) == 0) __asm__ volatile("wfi" : : : "memory");
    return read_sysreg(cntv_cval_el0) == due && (read_sysreg(cntv_ctl_el0) & 3) == 1;
}

/* On a CPU with error records DISR_EL1 exists although guests are not told. */
static bool has_disr(void)
{
    trap_arm();
    write_sysreg(S3_0_C12_C1_1, 0);
    return trap_taken().count == 0;
}

void guest_main(void)
{
    uint64_t started = time_now(), errors, got;
    uint32_t wrong_fp = 0, wrong_el1 = 0, foreign = 0, rounds;
    bool disr = has_disr();

    write_sysreg(cpacr_el1, UINT64_C(3) << 20);
    isb();
    seed = hvc(0xc6000001, 0, 0, 0) == 0 ? started | 1 : 1;
    quick_init();
    rounds = quick ? ROUNDS_QUICK : ROUNDS;
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t want[KEEPING_COUNT + 1];
        uint32_t n = 0;

        errors = next() & 0xffffff;
        if (disr) write_sysreg(S3_0_C12_C1_1, errors);
        for (uint32_t i = 0; i < ARRAY_LEN(expected); i++) expected[i] = next();
        __asm__ volatile(VECTOR_PAIRS("ldp", "%0") : : "r"(expected) : "memory");
#define WRITE(reg, bits) want[n] = next() & (bits); write_sysreg(reg, want[n]); n++;
        KEEPING_REGISTERS(WRITE) WRITE(elr_el1, UINT64_MAX)
        isb();
        wrong_el1 += !others_turn();
        __asm__ volatile(VECTOR_PAIRS("stp", "%0") : : "r"(found) : "memory");
        for (uint32_t i = 0; i < ARRAY_LEN(found); i++) wrong_fp += found[i] != expected[i];
        got = disr ? read_sysreg(S3_0_C12_C1_1) : 0;
        foreign += got != 0 && got != errors;
        n = 0;
#define CHECK(reg, bits) wrong_el1 += (read_sysreg(reg) & (bits)) != want[n]; n++;
        KEEPING_REGISTERS(CHECK) CHECK(elr_el1, UINT64_MAX)
        if (quick) irq_poll();
    }
    report(wrong_fp == 0, "vector registers keep their values over %u turns", rounds);
    report(wrong_el1 == 0, "the others likewise");
}
