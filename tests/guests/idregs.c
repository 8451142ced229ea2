/* SPDX-License-Identifier: Apache-2.0 */
/* Identification registers show an allow-list: what a guest has no right to is absent, whatever
 * the hardware has. */
#include "tests/guests/lib/guest.h"

static void field(uint64_t value, uint32_t low, uint64_t expect, const char *name)
{
    uint64_t got = value >> low & 15;

    if (!report(got == expect, "%s is %u", name, (unsigned)expect)) print("  it is %u in %lx\n", (unsigned)got, value);
}

void guest_main(void)
{
    uint64_t pfr0 = read_sysreg(id_aa64pfr0_el1), pfr1 = read_sysreg(id_aa64pfr1_el1);
    uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1), mmfr0 = read_sysreg(id_aa64mmfr0_el1);

    field(pfr0, 0, 1, "EL0 (AArch64 only)");
    field(pfr0, 4, 1, "EL1 (AArch64 only)");
    field(pfr0, 8, 0, "EL2");
    field(pfr0, 12, 0, "EL3");
    field(pfr0, 24, gic_version == 3 ? 1 : 0, "GIC registers");
    field(pfr0, 32, 0, "SVE");
    field(pfr0, 40, 0, "MPAM");
    field(pfr0, 44, 0, "AMU");
    field(pfr0, 52, 0, "RME");
    field(pfr1, 8, 0, "MTE");
    field(pfr1, 24, 0, "SME");
    field(dfr0, 8, 0, "PMUVer");
    field(dfr0, 4, 0, "TraceVer");
    field(dfr0, 32, 0, "PMSVer");
    field(dfr0, 0, 6, "DebugVer");
    report((mmfr0 & 15) <= 5, "PARange is %u", (unsigned)(mmfr0 & 15));
    report(read_sysreg(S3_0_C0_C4_4) == 0, "ID_AA64ZFR0 is 0");
    report(read_sysreg(S3_0_C0_C4_5) == 0, "ID_AA64SMFR0 is 0");
    report(read_sysreg(S3_0_C0_C4_7) == 0, "a reserved register of the block is 0");
    report(read_sysreg(midr_el1) != 0, "MIDR is %lx", read_sysreg(midr_el1));
    report((read_sysreg(mpidr_el1) & 0xff00ffffffu) == 0, "affinity of the first vCPU is 0");
    report(read_sysreg(ctr_el0) != 0, "CTR is %lx", read_sysreg(ctr_el0));
}
