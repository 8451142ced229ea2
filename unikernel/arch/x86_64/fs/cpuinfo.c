/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/arch/x86_64/cpu.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/posix/fs/proc.h"
#include "lib/str.h"

#define NAME_LEAF 0x80000002U /* to 4: the name of the model, 16 bytes each */

/* A bit each, of edx and ecx of leaf 1 (Intel SDM 2A: CPUID). */
static const struct {
    uint8_t bit; /* ecx: 32 and on */
    char name[11];
} flags[] = {
    { 0, "fpu" },
    { 4, "tsc" },
    { 5, "msr" },
    { 6, "pae" },
    { 8, "cx8" },
    { 9, "apic" },
    { 15, "cmov" },
    { 23, "mmx" },
    { 24, "fxsr" },
    { 25, "sse" },
    { 26, "sse2" },
    { 32 + 0, "pni" },
    { 32 + 1, "pclmulqdq" },
    { 32 + 9, "ssse3" },
    { 32 + 12, "fma" },
    { 32 + 13, "cx16" },
    { 32 + 19, "sse4_1" },
    { 32 + 20, "sse4_2" },
    { 32 + 23, "popcnt" },
    { 32 + 25, "aes" },
    { 32 + 28, "avx" },
    { 32 + 30, "rdrand" },
};

static void names(struct text *t)
{
    struct cpuid r = cpuid(0, 0);
    const uint32_t vendor[4] = { r.b, r.d, r.c };

    text_add(t, "vendor_id\t: %s\n", (const char *)vendor);
    if (cpuid(0x80000000U, 0).a < NAME_LEAF + 2) return;
    text_add(t, "model name\t: ");
    for (unsigned i = 0; i < 3; i++) {
        char part[sizeof(r) + 1] = "";

        r = cpuid(NAME_LEAF + i, 0);
        memcpy(part, &r, sizeof(r));
        text_add(t, "%s", part);
    }
    text_add(t, "\n");
}

/* All CPUs are of the kind that is asked. */
void arch_cpuinfo(struct text *t, unsigned cpu)
{
    struct cpuid r = cpuid(1, 0);
    uint32_t family = r.a >> 8 & 15, model = r.a >> 4 & 15;
    uint64_t khz = arch_ticks_per_second() / 1000, all = (uint64_t)r.c << 32 | r.d;

    if (family == 6 || family == 15) model |= r.a >> 12 & 0xf0;
    if (family == 15) family += r.a >> 20 & 0xff;
    names(t);
    text_add(t,
             "cpu family\t: %u\nmodel\t\t: %u\nstepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nflags\t\t:",
             family, model, r.a & 15, khz / 1000, khz % 1000);
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        if (all & BIT64(flags[i].bit)) text_add(t, " %s", flags[i].name);
    }
    text_add(t, "\n");
}
