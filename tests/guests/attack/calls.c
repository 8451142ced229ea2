/* SPDX-License-Identifier: Apache-2.0 */
/* Calls as deeds: every hypercall number, every range of SMCCC, PSCI with targets and entries that
 * are not there, odd immediates. What would end the VM in good order is left to others. */
#include "tests/guests/attack/attack.h"

#include "abi/hcall.h"

#define INFO_EXIT (SHYPER_HCALL_BASE | SHYPER_HCALL_INFO_EXIT)
#define WATCHDOG  0x82003d06u

static uint32_t next_number[CPUS_MAX];

/* Bits n: the PSCI function n ends the VM or the vCPU, starts others, or sleeps. */
static bool ends_us(uint64_t id, uint64_t first)
{
    const uint32_t dull =
        1u << 1 | 1u << 2 | 1u << 3 | 1u << 8 | 1u << 9 | 1u << 11 | 1u << 12 | 1u << 14 | 1u << 18;
    uint32_t id32 = (uint32_t)id;

    if ((id32 & 0xbfffffe0) == 0x84000000) return (dull >> (id32 & 31) & 1) != 0;
    return (id32 & ~PSCI_64) == WATCHDOG || (id32 == INFO_EXIT && first >> 32 == 0);
}

static uint64_t call(struct attacker *a, uint64_t id)
{
    struct smccc io = { { id } };

    for (uint32_t i = 1; i < ARRAY_LEN(io.x); i++)
        io.x[i] = (draw(a) & 1) != 0 ? draw_address(a) : draw_number(a);
    if (ends_us(id, io.x[1])) return UINT64_MAX;
    trap_arm();
    if (draw(a) & 1) {
        hvc_call(&io);
    } else {
        smc_call(&io);
    }
    a->traps += trap_taken().count;
    return io.x[0];
}

/* All 65 536 numbers of the service in turn; only two are for everybody. */
void next_call(struct attacker *a)
{
    uint32_t number = next_number[a->cpu]++ & 0xffff;

    if ((int64_t)call(a, SHYPER_HCALL_BASE | number) >= 0)
        a->wrong += number > SHYPER_HCALL_INFO_SELF;
}

void any_call(struct attacker *a)
{
    uint64_t id = draw(a) & 0xffffffff;

    switch (draw_below(a, 4)) {
    case 0:  id = 0x84000000 | (id & 0x4000003f); break;
    case 1:  id &= 0xff00ff1f; break;
    case 2:  id = SHYPER_HCALL_BASE | (id & 0x71f); break;
    default: break;
    }
    if (draw_below(a, 4) == 0) id |= draw(a) << 32;
    call(a, id);
}

void odd_call(struct attacker *a)
{
    uint32_t words[2];

    for (uint32_t i = 0; i < ARRAY_LEN(words); i++) {
        words[i] = 0xd4000001 + (uint32_t)draw_below(a, 3) +
                   ((uint32_t)draw(a) & 0xffff) * 32; /* SVC, HVC, SMC */
    }
    run_words(a, words, ARRAY_LEN(words), WILD_SPSR);
}

/* With the others, who do the same: only one of several CPU_ONs may turn a vCPU on. */
void cpu_race(struct attacker *a)
{
    uint64_t target = draw_below(a, 4) == 0 ? draw_number(a) : draw_below(a, cpus + 1);
    uint64_t bit64 = draw(a) & PSCI_64;

    switch (draw_below(a, 4)) {
    case 0:
        hvc(PSCI_AFFINITY_INFO | bit64, target, draw_below(a, 5), draw(a));
        break;
    case 1:                                     /* an entry that cannot be */
        hvc(PSCI_CPU_ON | bit64, target, draw_address(a) | 1, draw(a));
        break;
    case 2:
        hvc(PSCI_FEATURES, 0x84000000 | (draw(a) & 0x4000003f), 0, 0);
        break;
    default:
        attack_start((uint32_t)draw_below(a, cpus));
    }
}

/* Deadly for whoever is off: it starts where there is nothing, or something else. */
void cpu_ruin(struct attacker *a)
{
    hvc(PSCI_CPU_ON | PSCI_64, draw_below(a, cpus), draw_address(a) & ~UINT64_C(3), draw(a));
}
