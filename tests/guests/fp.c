/* SPDX-License-Identifier: Apache-2.0 */
/* Registers belong to a vCPU whoever else uses its core: all of FP/SIMD and the EL1 registers a
 * guest may use are filled with values of this VM's own and looked at again after many other
 * turns. With the command line `quick` it does not wait for the end of its slice but sleeps for an
 * instant, and so do its neighbours: thousands of switches. */
#include "tests/guests/lib/guest.h"

#define ROUNDS       100u
#define ROUNDS_QUICK 5000u

static uint64_t expected[64] aligned_to(16), found[64] aligned_to(16);

#define PAIRS(op, at)                                                                              \
    ".arch_extension fp\n"                                                                         \
    op " q0, q1, [" at ", #0]\n" op " q2, q3, [" at ", #32]\n" op " q4, q5, [" at ", #64]\n"       \
    op " q6, q7, [" at ", #96]\n" op " q8, q9, [" at ", #128]\n" op " q10, q11, [" at ", #160]\n"  \
    op " q12, q13, [" at ", #192]\n" op " q14, q15, [" at ", #224]\n" op " q16, q17, [" at ", #256]\n" \
    op " q18, q19, [" at ", #288]\n" op " q20, q21, [" at ", #320]\n" op " q22, q23, [" at ", #352]\n" \
    op " q24, q25, [" at ", #384]\n" op " q26, q27, [" at ", #416]\n" op " q28, q29, [" at ", #448]\n" \
    op " q30, q31, [" at ", #480]\n"                                                              \
    ".arch_extension nofp\n"

/* Registers that only hold what is written, and a mask of the bits that do. */
#define EL1_REGISTERS(X)                                                                           \
    X(tpidr_el0, UINT64_MAX) X(tpidrro_el0, UINT64_MAX) X(tpidr_el1, UINT64_MAX) X(contextidr_el1, 0xffffffff) \
    X(mair_el1, UINT64_C(0x4444ff00ff44ff04)) X(ttbr0_el1, UINT64_C(0xfffffffff000)) X(ttbr1_el1, UINT64_C(0xfffffffff000)) \
    X(afsr0_el1, 0) X(par_el1, 0) X(far_el1, UINT64_MAX) X(elr_el1, UINT64_MAX) X(csselr_el1, 1)

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

void guest_main(void)
{
    uint64_t started = time_now(), fpcr = 0x01c00000, got;
    uint32_t wrong_fp = 0, wrong_el1 = 0, rounds;

    write_sysreg(cpacr_el1, UINT64_C(3) << 20);
    isb();
    seed = hvc(0xc6000001, 0, 0, 0) == 0 ? started | 1 : 1;
    quick_init();
    rounds = quick ? ROUNDS_QUICK : ROUNDS;
    for (uint32_t round = 0; round < rounds; round++) {
        struct { uint64_t value, mask; } want[16];
        uint32_t n = 0;

        for (uint32_t i = 0; i < ARRAY_LEN(expected); i++) expected[i] = next();
        write_sysreg(S3_3_C4_C4_0, fpcr);           /* FPCR */
        __asm__ volatile(PAIRS("ldp", "%0") : : "r"(expected) : "memory");
#define WRITE(reg, bits) want[n].mask = bits; want[n].value = next() & (bits); write_sysreg(reg, want[n].value); n++;
        EL1_REGISTERS(WRITE)
        isb();
        wrong_el1 += !others_turn();
        __asm__ volatile(PAIRS("stp", "%0") : : "r"(found) : "memory");
        for (uint32_t i = 0; i < ARRAY_LEN(found); i++) wrong_fp += found[i] != expected[i];
        wrong_fp += (read_sysreg(S3_3_C4_C4_0) & fpcr) != fpcr;
        n = 0;
#define CHECK(reg, bits) got = read_sysreg(reg); wrong_el1 += (got & want[n].mask) != want[n].value; n++;
        EL1_REGISTERS(CHECK)
        if (quick) irq_poll();
    }
    report(wrong_fp == 0, "FP registers keep their values over %u turns", rounds);
    report(wrong_el1 == 0, "EL1 registers likewise");
}
