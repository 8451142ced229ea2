/* SPDX-License-Identifier: Apache-2.0 */
/* Every system register an MRS can name is read: it answers, or the instruction is undefined, or
 * trapped inside the guest by what its own CPACR_EL1 leaves off. Then what a guest must not
 * have. */
#include "tests/guests/lib/guest.h"

#define MSR(op0, op1, crn, crm, op2)                                                               \
    (0xd5100000u | ((op0) - 2u) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MRS(op0, op1, crn, crm, op2) (MSR(op0, op1, crn, crm, op2) | 1u << 21)

static uint32_t code[2] aligned_to(64);

static struct trap run(uint32_t instruction)
{
    code[0] = instruction;
    code[1] = 0xd65f03c0;               /* ret */
    __asm__ volatile("dsb sy; dc cvau, %0; dsb sy; ic ivau, %0; dsb sy; isb" : : "r"(code) : "memory");
    trap_arm();
    ((void (*)(void))(uintptr_t)code)();
    return trap_taken();
}

static bool is_undefined(const struct trap *t)
{
    return t->count == 1 && ESR_CLASS(t->esr) == EC_UNKNOWN;
}

static void read_all(uint32_t op0)
{
    uint32_t answered = 0, undefined = 0, off = 0, strange = 0;

    for (uint32_t reg = 0; reg < 1u << 14; reg++) {
        struct trap t = run(MRS(op0, 0, 0, 0, 0) | reg << 5);
        uint32_t class = ESR_CLASS(t.esr);

        if (t.count == 0) {
            answered++;
        } else if (is_undefined(&t)) {
            undefined++;
        } else if (t.count == 1 && (class == 0x07 || class == 0x19 || class == 0x1d)) {
            off++;                      /* FP, SVE, SME */
        } else if (t.count == 1 && class == EC_SYSREG && op0 == 3 && (reg >> 7 & 15) == 0) {
            undefined++;                /* FEAT_IDST says so of identification registers that do not exist */
        } else if (strange++ == 0) {
            print("  S%u_%u_C%u_C%u_%u gave esr %lx\n", op0, reg >> 11, reg >> 7 & 15, reg >> 3 & 15, reg & 7, t.esr);
        }
    }
    report(strange == 0, "op0 %u: %u registers answer, %u are undefined, %u are off", op0, answered, undefined, off);
}

static void undefined(uint32_t instruction, const char *what)
{
    struct trap t = run(instruction);

    if (!report(is_undefined(&t), "%s is undefined", what)) print("  %lu traps, esr %lx\n", t.count, t.esr);
}

static void harmless(uint32_t instruction, const char *what)
{
    struct trap t = run(instruction);

    if (!report(t.count == 0, "%s works", what)) print("  %lu traps, esr %lx\n", t.count, t.esr);
}

void guest_main(void)
{
    read_all(2);
    read_all(3);
    undefined(MRS(3, 3, 9, 12, 0), "reading PMCR_EL0");
    undefined(MSR(3, 3, 9, 12, 0), "writing PMCR_EL0");
    undefined(MRS(3, 3, 9, 13, 0), "reading PMCCNTR_EL0");
    undefined(MRS(3, 4, 1, 1, 0), "reading HCR_EL2");
    undefined(MSR(3, 4, 1, 1, 0), "writing HCR_EL2");
    undefined(MRS(3, 6, 1, 1, 0), "reading SCR_EL3");
    undefined(0x00000000, "the all-zero instruction");
    write_sysreg(cpacr_el1, UINT64_C(0x3330000));       /* FP, SVE and SME, as far as this guest is concerned */
    isb();
    undefined(0x04bf5020, "RDVL, of SVE,");
    undefined(MRS(3, 0, 1, 2, 0), "reading ZCR_EL1");
    undefined(MRS(3, 0, 1, 2, 6), "reading SMCR_EL1");
    harmless(0x1e604000, "FMOV D0, D0");
    harmless(0xd5087e5f, "DC CISW");
    harmless(0xd508711f, "IC IALLUIS");
    harmless(MRS(3, 0, 0, 0, 0), "reading MIDR_EL1");
    harmless(MSR(3, 0, 1, 0, 1) | 31, "writing ACTLR_EL1");
    harmless(MSR(2, 0, 1, 0, 4) | 31, "unlocking the OS lock");
    harmless(MSR(2, 0, 0, 2, 2) | 31, "writing MDSCR_EL1");
}
