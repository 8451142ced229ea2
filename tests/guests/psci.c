/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI 1.1 (DEN 0022) and the calling convention (DEN 0028) as a guest with several vCPUs uses them, by both conduits. */
#include "tests/guests/lib/guest.h"

#define PSCI_DEFAULT_SUSPEND 0x8400000cu
#define PSCI_SYSTEM_SUSPEND  0x8400000eu
#define PSCI_RESET2          0x84000012u
#define PSCI_DENIED          (-3)
#define NUMBERS              0x20u
#define JUNK                 UINT64_C(0xdead5a5a00000000)

static volatile uint32_t started[CPUS_MAX];
static volatile uint64_t seen_arg[CPUS_MAX];
static volatile bool hold;
static const char *conduit;
static void (*call_by)(struct smccc *io);

static int32_t call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    struct smccc io = { { id, a, b, c } };

    call_by(&io);
    return (int32_t)io.x[0];
}

/* Bit per function number: what there is, in the 32- and in the 64-bit form. */
#define BOTH (1u << 1 | 1u << 3 | 1u << 4 | 1u << 12 | 1u << 14 | 1u << 18)
#define NARROW (BOTH | 1u << 0 | 1u << 2 | 1u << 6 | 1u << 8 | 1u << 9 | 1u << 10)

static void discovery(void)
{
    static const uint32_t strangers[] = { 0x84000040u, 0xc4000050u, 0x12345678u, 0x04000000u, 0x82000000u, 0xbf000000u };
    uint32_t version = (uint32_t)call(PSCI_VERSION, 0, 0, 0), wrong = 0;

    report(version == 0x10001, "%s: version is 1.1", conduit);
    for (uint32_t n = 0; n < NUMBERS; n++) {
        for (uint32_t wide = 0; wide <= PSCI_64; wide += PSCI_64) {
            bool there = ((wide ? BOTH : NARROW) >> n & 1) != 0;

            if ((call(PSCI_FEATURES, (PSCI_VERSION | wide) + n, 0, 0) >= 0) != there) wrong++;
            if (!there && call((PSCI_VERSION | wide) + n, 0, 0, 0) != PSCI_NOT_SUPPORTED) wrong++;
        }
    }
    report(wrong == 0, "%s: FEATURES and what there is agree", conduit);
    for (uint32_t i = 0; i < ARRAY_LEN(strangers); i++) {
        report(call(PSCI_FEATURES, strangers[i], 0, 0) == PSCI_NOT_SUPPORTED && call(strangers[i], 1, 2, 3) == PSCI_NOT_SUPPORTED,
               "%s: there is no %x", conduit, strangers[i]);
    }
    report(call(PSCI_FEATURES, 0x80000000u, 0, 0) == 0, "%s: FEATURES has SMCCC_VERSION", conduit);
    report(call(PSCI_FEATURES, PSCI_CPU_SUSPEND, 0, 0) == 0, "%s: original power states, no OS-initiated mode", conduit);
    report(call(PSCI_MIGRATE_TYPE, 0, 0, 0) == 2, "%s: no trusted OS to migrate", conduit);
    report((uint32_t)call(JUNK | PSCI_VERSION, JUNK, JUNK, JUNK) == version, "%s: an id has 32 bits", conduit);
}

static void convention(void)
{
    struct smccc io = { { 0x8600ff01u } };

    report(call(0x80000000u, 0, 0, 0) == 0x10001, "%s: SMCCC 1.1", conduit);
    report(call(0x80000001u, 0x80000000u, 0, 0) == 0 && call(0x80000001u, 0x80000001u, 0, 0) == 0, "%s: ARCH_FEATURES", conduit);
    for (uint32_t id = 0x80000002u; id < 0x80000005u; id++)
        report(call(0x80000001u, id, 0, 0) == -1 && call(id, 0, 0, 0) == -1, "%s: no %x", conduit, id);
    for (uint32_t id = 0x80007ffeu; id < 0x80008000u; id++)     /* bit 15: workarounds 1 to 3 */
        report(call(0x80000001u, id | 0x8000u, 0, 0) == -1 && call(id | 0x8000u, 0, 0, 0) == -1, "%s: no workaround", conduit);
    call_by(&io);
    report(io.x[0] == 0x53687970 && io.x[1] == 0x65722d43 && io.x[2] == 0x2d687962 && io.x[3] == 0x65727669, "%s: our UID", conduit);
    io = (struct smccc){ { 0x8600ff03u } };
    call_by(&io);
    report(io.x[0] >= 1, "%s: our revision", conduit);
    report(call(0x8600ff00u, 0, 0, 0) > 20, "%s: our number of calls", conduit);
    report(call(0x8600ff02u, 0, 0, 0) == -1, "%s: 0x8600ff02 is reserved", conduit);
    report(call(0x86000000u, 0, 0, 0) == -1, "%s: our calls have no 32-bit form", conduit);
}

/* An immediate other than 0 is not the convention's. */
static void immediates(void)
{
    register uint64_t x0 __asm__("x0") = PSCI_VERSION;

    __asm__ volatile("hvc #1" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    report((int64_t)x0 == -1, "hvc #1 answers -1");
    x0 = PSCI_SYSTEM_OFF;
    __asm__ volatile("smc #0xffff" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    report((int64_t)x0 == -1, "smc #0xffff answers -1");
}

static void run(void *arg)
{
    uint32_t cpu = cpu_id();

    seen_arg[cpu] = (uintptr_t)arg;
    dsb();
    started[cpu]++;
    while (hold) {}
}

static void wait_off(uint32_t cpu)
{
    while (cpu_state(cpu) != 1) {}
}

static void cycle(uint32_t cpu)
{
    bool ok = true;

    report(cpu_state(cpu) == 1, "vCPU %u is off at first", cpu);
    for (uint32_t round = 1; round <= 10; round++) {
        hold = true;
        dsb();
        ok = ok && cpu_start(cpu, run, (void *)(uintptr_t)(0x1000 + round)) == 0;
        while (ok && started[cpu] != round) {}
        ok = ok && seen_arg[cpu] == 0x1000 + round && cpu_state(cpu) == 0;
        ok = ok && cpu_start(cpu, run, NULL) == PSCI_ALREADY_ON;
        hold = false;
        dsb();
        if (ok) wait_off(cpu);
    }
    report(ok, "vCPU %u goes on and off ten times", cpu);
}

static void refusals(uint32_t cpus)
{
    uint64_t on = PSCI_CPU_ON | PSCI_64, here = (uintptr_t)run;

    report(call(on, 0, here, 0) == PSCI_ALREADY_ON, "%s: CPU_ON of oneself: already on", conduit);
    report(call(on, cpus, here, 0) == PSCI_INVALID_PARAMS, "%s: CPU_ON of a vCPU that does not exist", conduit);
    report(call(on, 0x100, here, 0) == PSCI_INVALID_PARAMS, "%s: CPU_ON with another cluster", conduit);
    report(call(on, UINT64_MAX, here, 0) == PSCI_INVALID_PARAMS, "%s: CPU_ON of nonsense", conduit);
    report(call(on, 1, UART_BASE, 0) == PSCI_INVALID_ADDRESS && call(on, 1, here + 2, 0) == PSCI_INVALID_ADDRESS &&
               call(PSCI_CPU_ON, 1, UINT64_MAX, 0) == PSCI_INVALID_ADDRESS,
           "%s: CPU_ON where no code can be", conduit);
    report(call(PSCI_AFFINITY_INFO | PSCI_64, cpus, 0, 0) == PSCI_INVALID_PARAMS, "%s: AFFINITY_INFO likewise", conduit);
    report(call(PSCI_AFFINITY_INFO | PSCI_64, 0, 9, 0) == PSCI_INVALID_PARAMS, "%s: AFFINITY_INFO of a strange level", conduit);
    report(call(PSCI_AFFINITY_INFO, 0, 0, 0) == 0, "%s: AFFINITY_INFO, 32-bit form", conduit);
    report(call(PSCI_CPU_SUSPEND, 1u << 31, here, 0) == PSCI_INVALID_PARAMS, "%s: CPU_SUSPEND to a strange state", conduit);
    report(call(PSCI_CPU_SUSPEND | PSCI_64, 1u << 16, UART_BASE, 0) == PSCI_INVALID_ADDRESS &&
               call(PSCI_DEFAULT_SUSPEND, UART_BASE, 0, 0) == PSCI_INVALID_ADDRESS &&
               call(PSCI_SYSTEM_SUSPEND | PSCI_64, here + 1, 0, 0) == PSCI_INVALID_ADDRESS,
           "%s: no way back from a suspend", conduit);
    report(call(PSCI_RESET2, 1, 0, 0) == PSCI_INVALID_PARAMS && call(PSCI_RESET2 | PSCI_64, 1u << 31, 0, 0) == PSCI_INVALID_PARAMS,
           "%s: RESET2 of kinds that do not exist", conduit);
}

static void wake_in(uint64_t part)
{
    gic_init();
    gic_enable(VTIMER_INTID);
    timer_set(time_now() + time_hz() / part);
}

/* Registers are the caller's; a standby may end early, but not late: then the timer is pending by now or will wake us here. */
static void standby(void)
{
    uint64_t kept, before = time_now();
    register uint64_t x0 __asm__("x0");
    register uint64_t x1 __asm__("x1");

    wake_in(200);
    x0 = PSCI_CPU_SUSPEND | PSCI_64;
    x1 = 0;
    __asm__ volatile("mov x4, #44\n mov x9, #9\n mov x17, #17\n hvc #0\n cmp x4, #44\n ccmp x9, #9, #0, eq\n"
                     "ccmp x17, #17, #0, eq\n cset %2, eq"
                     : "+r"(x0), "+r"(x1), "=r"(kept)
                     :
                     : "x2", "x3", "x4", "x9", "x17", "cc", "memory");
    report(x0 == 0 && kept == 1, "CPU_SUSPEND to standby returns success, registers kept");
    while ((read_sysreg(cntv_ctl_el0) & 4) == 0) {}
    timer_off();
    report(time_now() - before >= time_hz() / 200, "and time went on");
}

extern const char secondary_entry[];
static uint8_t stack[8192] aligned_to(16);
static struct {                         /* as secondary_entry wants it, see lib/start.S */
    void *stack_top;
    void (*fn)(void *arg);
    void *arg;
} back = { .stack_top = stack + sizeof(stack) };

static void resumed(void *arg)
{
    timer_off();
    seen_arg[1] = (uintptr_t)arg;
    dsb();
    started[1]++;
}

/* On the second vCPU: away, and back at an entry as after power-on. */
static void sleeper(void *arg)
{
    uint64_t id = (uintptr_t)arg;

    wake_in(500);
    back.fn = resumed;
    back.arg = arg;
    dsb();
    if (id == (PSCI_DEFAULT_SUSPEND | PSCI_64)) hvc(id, (uintptr_t)secondary_entry, (uintptr_t)&back, 0);
    else hvc(id, 1u << 16, (uintptr_t)secondary_entry, (uintptr_t)&back);
    seen_arg[1] = 0;                    /* not reached */
    started[1]++;
}

static void power_down(uint64_t id)
{
    uint32_t before = started[1];

    report(cpu_start(1, sleeper, (void *)(uintptr_t)id) == 0, "vCPU 1 goes to sleep by %lx", id);
    while (started[1] == before) {}
    report(seen_arg[1] == id, "and wakes at the entry");
    wait_off(1);
}

/* Last: a vCPU in a loop does not keep the VM from being switched off (finish does that). */
static void system_resumed(void *arg)
{
    timer_off();
    report(arg == &back && (read_sysreg(sctlr_el1) & 1) == 0, "SYSTEM_SUSPEND: back at the entry");
    hold = true;
    dsb();
    report(cpu_start(1, run, NULL) == 0, "a vCPU is left spinning");
    report(call(PSCI_SYSTEM_SUSPEND | PSCI_64, (uintptr_t)secondary_entry, 0, 0) == PSCI_DENIED, "SYSTEM_SUSPEND is denied beside it");
    finish();
}

void guest_main(void)
{
    static void (*const by[])(struct smccc *io) = { hvc_call, smc_call };
    uint32_t cpus = dtb_cpus();

    report(cpus >= 2, "%u vCPUs", cpus);
    for (uint32_t i = 0; i < ARRAY_LEN(by); i++) {
        call_by = by[i];
        conduit = i == 0 ? "hvc" : "smc";
        discovery();
        convention();
        refusals(cpus);
    }
    immediates();
    for (uint32_t cpu = 1; cpu < cpus; cpu++) cycle(cpu);
    standby();
    power_down(PSCI_CPU_SUSPEND);
    power_down(PSCI_CPU_SUSPEND | PSCI_64);
    power_down(PSCI_DEFAULT_SUSPEND | PSCI_64);
    wake_in(500);
    back.fn = system_resumed;
    back.arg = &back;
    dsb();
    hvc(PSCI_SYSTEM_SUSPEND | PSCI_64, (uintptr_t)secondary_entry, (uintptr_t)&back, 0);
    report(false, "SYSTEM_SUSPEND returned");
}
