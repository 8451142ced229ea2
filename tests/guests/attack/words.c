/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions as deeds: system registers, loads and stores of every form, cache maintenance,
 * encodings that do not exist, other exception levels and states. */
#include "tests/guests/attack/attack.h"

#include "lib/mmio.h"

#define WORDS_MAX  8u
#define WATCH_MS   20u                  /* code that goes on for ever is interrupted */
#define GICC       ((volatile void *)(uintptr_t)GICC_BASE)

static uint32_t next_encoding[CPUS_MAX];

void irq_take(void);

void timer_ready(void)
{
    uint64_t private = gic_version == 3 ? GICR_BASE + cpu_id() * 0x20000 + 0x10000 : GICD_BASE;

    gic_init();
    mmio_write32((volatile void *)(uintptr_t) private, 0x380,
                 ~0u); /* acknowledged, and never ended */
    gic_enable(VTIMER_INTID);
}

void put_in_order(struct attacker *a)
{
    write_sysreg(cntv_ctl_el0, 0);
    write_sysreg(cntp_ctl_el0, 0);
    write_sysreg(cntkctl_el1, 0);
    write_sysreg(cpacr_el1, UINT64_C(3) << 20);
    write_sysreg(mdscr_el1, 0);
    if (draw_below(a, 8) == 0) timer_ready(); /* now and then what the distributor holds, too */
    if (gic_version == 2) {
        mmio_write32(GICC, 0xd0, 0);                            /* no priority is active */
        mmio_write32(GICC, 0x8, 0);
        mmio_write32(GICC, 0x4, 0xff);
        mmio_write32(GICC, 0x0, 1);
        return;
    }
    write_sysreg(S3_0_C12_C12_5, 7);                            /* ICC_SRE_EL1 */
    isb();
    write_sysreg(S3_0_C12_C8_4, 0);                             /* ICC_AP0R0_EL1, ICC_AP1R0_EL1 */
    write_sysreg(S3_0_C12_C9_0, 0);
    write_sysreg(S3_0_C12_C12_4, 0);                            /* ICC_CTLR_EL1 */
    write_sysreg(S3_0_C12_C12_3, 0);                            /* ICC_BPR1_EL1 */
    write_sysreg(S3_0_C12_C12_6, 0); /* ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1 */
    write_sysreg(S3_0_C12_C12_7, 1);
    write_sysreg(S3_0_C4_C6_0, 0xff);                           /* ICC_PMR_EL1 */
    isb();
}

static void enter(struct attacker *a, uint64_t pc, uint64_t spsr)
{
    struct wild w = { .sp = playground(a) + PLAYGROUND / 2, .pc = pc, .spsr = spsr };
    uint64_t vector;

    for (uint32_t i = 0; i < ARRAY_LEN(w.x); i++) {
        w.x[i] = (draw(a) & 1) != 0 ? draw_address(a) : draw_number(a);
        if (w.x[i] >= ram_base - PLAYGROUND && w.x[i] < playground(a))
            w.x[i] = playground(a); /* spare the program */
    }
    timer_set(time_now() + time_hz() / 1000 * WATCH_MS);
    vector = wild_run(&w);
    if (vector % 4 == 1) {
        timer_off();
        irq_take();
    } else {
        a->traps += ESR_CLASS(read_sysreg(esr_el1)) != EC_BRK;
    }
    put_in_order(a);
}

static uintptr_t put_code(const struct attacker *a, const uint32_t *words, uint32_t count)
{
    uint32_t *at = (uint32_t *)(uintptr_t)(playground(a) + PLAYGROUND - 0x1000);

    for (uint32_t i = 0; i < count && i < WORDS_MAX; i++) at[i] = words[i];
    at[count] = BRK;
    __asm__ volatile("dsb sy; dc cvau, %0; dsb sy; ic ivau, %0; dsb sy; isb"
                     :
                     : "r"(at)
                     : "memory");
    return (uintptr_t)at;
}

void run_words(struct attacker *a, const uint32_t *words, uint32_t count, uint64_t spsr)
{
    enter(a, put_code(a, words, count), spsr);
}

static void run_word(struct attacker *a, uint32_t word)
{
    run_words(a, &word, 1, WILD_SPSR);
}

/* --- the system instruction space: bit 21 reads, then op0, op1, CRn, CRm, op2, Rt --- */

/* What only ruins the vCPU itself: sleeping, the vectors, the MMU and the data's byte order. */
static bool is_ruin(uint32_t word)
{
    uint32_t encoding = word & 0xffffffe0;

    return (word & 0xfffff000) == 0xd5032000 || (word & 0xfffff000) == 0xd5031000 ||
           encoding == 0xd518c000 || encoding == 0xd5181000;
}

/* One after the other, so that none is left out; a read, then a write. */
void next_register(struct attacker *a)
{
    uint32_t encoding = next_encoding[a->cpu]++ & 0xffff,
             rt = (uint32_t)draw_below(a, 8) == 0 ? 31 : 10;
    uint32_t word = 0xd5000000 | encoding << 5 | rt;

    run_word(a, word | 1u << 21);
    if (!is_ruin(word)) run_word(a, word);
}

void any_register(struct attacker *a)
{
    uint32_t word = 0xd5000000 | (uint32_t)draw_below(a, 1u << 22);

    if (!is_ruin(word)) run_word(a, word);
}

void any_maintenance(struct attacker *a)
{
    static const uint32_t words[] = {
        0xd508765f, 0xd5087a5f, 0xd5087e5f, /* DC ISW, CSW, CISW */
        0xd5087620, 0xd50b7a20, 0xd50b7e20, 0xd50b7b20,
        0xd50b7420,                         /* DC IVAC, CVAC, CIVAC, CVAU, ZVA */
        0xd508711f, 0xd508751f, 0xd50b7520, /* IC IALLUIS, IALLU, IVAU */
        0xd508831f, 0xd508871f, 0xd508872a, 0xd50c871f,
        0xd50c839f,                                     /* TLBI VMALLE1IS, VMALLE1, VAE1, of EL2 */
        0xd508780a, 0xd508782a, 0xd50c788a, 0xd50c78ca, /* AT S1E1R, S1E1W, S12E1R, S12E0W */
    };
    uint32_t some[4];

    for (uint32_t i = 0; i < ARRAY_LEN(some); i++) {
        uint32_t word = words[draw_below(a, ARRAY_LEN(words))];

        some[i] = (word & ~31u) | (uint32_t)draw_below(a, 32);
    }
    run_words(a, some, ARRAY_LEN(some), WILD_SPSR);
}

/* --- loads and stores: any form, based on a drawn address --- */

void any_form(struct attacker *a)
{
    run_word(a, ((uint32_t)draw(a) & 0xf5fffc1f) | 0x08000000 | (uint32_t)draw_below(a, 31) << 5);
}

/* --- data processing and vector encodings, most of which this CPU does not have --- */

void odd_words(struct attacker *a)
{
    static const uint32_t group[] = { 0x00000000, 0x04000000, 0x0a000000, 0x0e000000, 0x10000000 };
    uint32_t some[4];

    for (uint32_t i = 0; i < ARRAY_LEN(some); i++) {
        some[i] = ((uint32_t)draw(a) & 0xe1ffffff) | group[draw_below(a, ARRAY_LEN(group))];
    }
    run_words(a, some, ARRAY_LEN(some), WILD_SPSR);
}

/* --- deadly: no register is spared, anything anywhere --- */

void ruin_register(struct attacker *a)
{
    static const uint32_t words[] = { 0xd518c000, 0xd5181000, 0xd5182000,
                                      0xd5182040, 0xd503207f, 0xd503205f };
    uint32_t some[3];                   /* VBAR_EL1, SCTLR_EL1, TTBR0_EL1, TCR_EL1, WFI, WFE */

    for (uint32_t i = 0; i < ARRAY_LEN(some); i++) {
        some[i] = words[draw_below(a, ARRAY_LEN(words))];
        if (some[i] >> 16 == 0xd518) some[i] |= (uint32_t)draw_below(a, 31);
    }
    run_words(a, some, ARRAY_LEN(some), WILD_SPSR);
}

void any_words(struct attacker *a)
{
    uint32_t some[WORDS_MAX];

    for (uint32_t i = 0; i < ARRAY_LEN(some); i++) some[i] = (uint32_t)draw(a);
    run_words(a, some, ARRAY_LEN(some), draw_below(a, 4) == 0 ? draw(a) & 0xffffffff : WILD_SPSR);
}

/* --- other levels and states, possible or not --- */

void any_return(struct attacker *a)
{
    static const uint32_t a32[] = {
        0xee000f10, 0xee100f10, 0xec400f10, 0xec500f00, 0xee000e10,
        0xee100e10, /* MCR, MRC, MCRR, MRRC, coprocessor 14 */
        0xef000000, 0xe1400070, 0xe1600070, 0xe320f003, 0xe320f002, /* SVC, HVC, SMC, WFI, WFE */
        0xe5900000, 0xe5800000, 0xe8900006, 0xeef01a10, 0xf57ff04f, /* LDR, STR, LDM, VMRS, DSB */
    };
    uint32_t some[WORDS_MAX];
    uint64_t spsr = draw(a) & 0xff00001f, pc;

    for (uint32_t i = 0; i < ARRAY_LEN(some); i++) {
        some[i] = a32[draw_below(a, ARRAY_LEN(a32))] | ((uint32_t)draw(a) & 0x00efe0ee);
    }
    pc = put_code(a, some, ARRAY_LEN(some));
    if (draw_below(a, 2) == 0)
        spsr = 0x10 | (draw(a) & 0xf0000020); /* EL0 in AArch32, A32 or T32 */
    if (draw_below(a, 4) == 0) pc = draw_address(a);
    enter(a, pc, spsr);
}
