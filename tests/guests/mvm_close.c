/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's memory is opened, used by all CPUs of the management VM, and closed. From then on none of
 * them reaches it through what its TLB still holds, and it is the VM's own again. */
#include "tests/guests/lib/mvm.h"

#define ROUNDS 50u
#define CPUS   4u

static volatile uint64_t memory;        /* where the VM's RAM is */
static volatile uint32_t step, arrived[CPUS], reached[CPUS], refused[CPUS];

/* Odd steps: it is open; even ones: it is closed. */
static void look(uint32_t cpu, uint32_t n)
{
    struct trap t;

    mem_read(memory + 4096 * cpu, 8, &t);
    if (n % 2 != 0) reached[cpu] += t.count == 0;
    else refused[cpu] += is_external_abort(&t, memory + 4096 * cpu);
    arrived[cpu] = n;
}

static void worker(void *arg)
{
    uint32_t cpu = cpu_id();

    for (uint32_t n = 1; n <= 2 * ROUNDS; n++) {
        while (step != n) {}
        look(cpu, n);
    }
}

static void all_look(uint32_t n)
{
    step = n;
    look(0, n);
    for (uint32_t cpu = 1; cpu < CPUS; cpu++) {
        while (arrived[cpu] != n) {}
    }
}

void guest_main(void)
{
    struct mvm_profile p = { .name = "open", .cpus = 1, .ram_bytes = 2 * MIB };
    struct shyper_run run = { 0 };
    uint32_t errors = 0;
    int64_t id;

    mvm_init();
    id = mvm_create(&p);
    if (!report(id > 0 && mvm_call(SHYPER_HCALL_MEMORY_RUN, (uint64_t)id, 0, (uintptr_t)&run, 0, NULL) == 0, "a VM is made")) return;
    memory = run.pa;
    for (uint32_t cpu = 1; cpu < CPUS; cpu++) errors += cpu_start(cpu, worker, NULL) != 0;
    if (!report(errors == 0, "all CPUs are on")) return;
    for (uint32_t n = 1; n < 2 * ROUNDS; n += 2) {
        errors += mvm_finish(SHYPER_HCALL_MEMORY_OPEN, (uint64_t)id, 0, 0, 0, NULL) != 0;
        all_look(n);
        errors += mvm_finish(SHYPER_HCALL_MEMORY_CLOSE, (uint64_t)id, 0, 0, 0, NULL) != 0;
        all_look(n + 1);
    }
    report(errors == 0, "opened and closed %u times", ROUNDS);
    for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
        report(reached[cpu] == ROUNDS, "CPU %u reached it each time it was open", cpu);
        report(refused[cpu] == ROUNDS, "and got an abort each time it was closed: %u", refused[cpu]);
    }
}
