/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI 1.1 (DEN 0022) as a guest with several vCPUs uses it. */
#include "tests/guests/lib/guest.h"

static volatile uint32_t started[CPUS_MAX];
static volatile uint64_t seen_arg[CPUS_MAX];
static volatile bool hold;

static int32_t features(uint32_t id)
{
    return (int32_t)hvc(PSCI_FEATURES, id, 0, 0);
}

static void discovery(void)
{
    static const uint32_t have[] = {
        PSCI_VERSION, PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND | PSCI_64, PSCI_CPU_OFF, PSCI_CPU_ON, PSCI_CPU_ON | PSCI_64,
        PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO | PSCI_64, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_FEATURES, 0x80000000u,
    };
    static const uint32_t have_not[] = { 0x8400001fu, 0xc4000008u, 0xc4000002u, 0x84000040u, 0x12345678u };
    uint32_t version = (uint32_t)hvc(PSCI_VERSION, 0, 0, 0);

    report(version >> 16 == 1 && (version & 0xffff) >= 1, "version is 1.1 or newer");
    for (uint32_t i = 0; i < ARRAY_LEN(have); i++) report(features(have[i]) >= 0, "FEATURES has %x", have[i]);
    for (uint32_t i = 0; i < ARRAY_LEN(have_not); i++) {
        report(features(have_not[i]) == PSCI_NOT_SUPPORTED, "FEATURES has no %x", have_not[i]);
    }
    report((int32_t)hvc(PSCI_MIGRATE_TYPE, 0, 0, 0) == 2 || features(PSCI_MIGRATE_TYPE) == PSCI_NOT_SUPPORTED,
           "no trusted OS to migrate");
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
    uint64_t on = PSCI_CPU_ON | PSCI_64;
    int64_t bad;

    report(cpu_start(0, run, NULL) == PSCI_ALREADY_ON, "CPU_ON of oneself: already on");
    report((int32_t)hvc(on, cpus, 0x40000000, 0) == PSCI_INVALID_PARAMS, "CPU_ON of a vCPU that does not exist");
    report((int32_t)hvc(on, 0x100, 0x40000000, 0) == PSCI_INVALID_PARAMS, "CPU_ON with another cluster");
    report((int32_t)hvc(on, UINT64_MAX, 0x40000000, 0) == PSCI_INVALID_PARAMS, "CPU_ON of nonsense");
    report((int32_t)hvc(PSCI_AFFINITY_INFO | PSCI_64, cpus, 0, 0) == PSCI_INVALID_PARAMS, "AFFINITY_INFO likewise");
    bad = (int32_t)hvc(PSCI_AFFINITY_INFO | PSCI_64, 0, 9, 0);
    report(bad == PSCI_INVALID_PARAMS || bad == 0, "AFFINITY_INFO of a strange level");
    report((int32_t)hvc(PSCI_AFFINITY_INFO, 0, 0, 0) == 0, "AFFINITY_INFO, 32-bit form");
}

static void suspend(void)
{
    uint64_t before = time_now();

    gic_init();
    gic_enable(VTIMER_INTID);
    timer_set(before + time_hz() / 200);
    report((int32_t)hvc(PSCI_CPU_SUSPEND | PSCI_64, 0, 0, 0) == 0, "CPU_SUSPEND to standby returns success");
    /* A standby may end early, but not late: then the timer is pending by now or will wake us
     * here. */
    while ((read_sysreg(cntv_ctl_el0) & 4) == 0) {}
    timer_off();
    report(time_now() - before >= time_hz() / 200, "and time went on");
}

/* Last: a vCPU in a loop does not keep the VM from being switched off (finish does that). */
static void leave_one_spinning(void)
{
    hold = true;
    dsb();
    report(cpu_start(1, run, NULL) == 0, "a vCPU is left spinning");
}

void guest_main(void)
{
    uint32_t cpus = dtb_cpus();

    discovery();
    report(cpus >= 2, "%u vCPUs", cpus);
    refusals(cpus);
    for (uint32_t cpu = 1; cpu < cpus; cpu++) cycle(cpu);
    suspend();
    leave_one_spinning();
}
