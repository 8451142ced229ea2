/* SPDX-License-Identifier: Apache-2.0 */
/* VMs are made, loaded, started, paused, stopped and removed `cycles` times, with every way to end,
 * of one and of four vCPUs, by each CPU of the management VM in turn. After each all that was free
 * is free again. */
#include "tests/guests/lib/mvm.h"

#define RUNNING_AT_REMOVAL 4u           /* beside enum payload_end: removed without a stop */
#define SGI_OVER           1u

static struct shyper_system_info start;

static bool expect(int64_t got, int64_t want, const char *what)
{
    if (got == want) return true;
    print("  %s: %ld, not %ld\n", what, got, want);
    return false;
}

static bool all_on(uint64_t id, uint32_t cpus)
{
    struct shyper_vm_info info;

    do info = mvm_info(id);
    while (info.state == SHYPER_VM_RUNNING && info.vcpu_on_bitmap != BIT64(cpus) - 1);
    return expect(info.state, SHYPER_VM_RUNNING, "state of a VM that starts its vCPUs");
}

static bool pause(uint64_t id)
{
    return expect(mvm_finish(SHYPER_HCALL_VM_PAUSE, id, 0, 0, 0, NULL), 0, "vm_pause") &&
           expect(mvm_info(id).state, SHYPER_VM_PAUSED, "state of a paused VM");
}

static bool resume(uint64_t id)
{
    return expect(mvm_call(SHYPER_HCALL_VM_RESUME, id, 0, 0, 0, NULL), 0, "vm_resume") &&
           expect(mvm_info(id).state, SHYPER_VM_RUNNING, "state of a resumed VM");
}

static bool end(uint64_t id, uint32_t cpus, uint32_t how)
{
    struct shyper_vm_info info;

    if (how == PAYLOAD_SPIN || how == PAYLOAD_WFI) {
        if (!all_on(id, cpus) || !pause(id) || !resume(id)) return false;
        if (!expect(mvm_finish(SHYPER_HCALL_VM_STOP, id, 0, 0, 0, NULL), 0, "vm_stop")) return false;
    } else if (!expect(mvm_wait(id, SHYPER_VM_STOPPED), true, "it stops by itself")) {
        return false;
    }
    info = mvm_info(id);
    if (!expect(info.state, SHYPER_VM_STOPPED, "state") || !expect((int64_t)info.vcpu_on_bitmap, 0, "vCPUs on")) return false;
    return expect(info.reason,
                  how == PAYLOAD_EXIT  ? SHYPER_REASON_EXIT
                  : how == PAYLOAD_OFF ? SHYPER_REASON_CPUS_OFF
                                       : SHYPER_REASON_REQUEST, "reason");
}

static bool cycle(uint32_t n)
{
    uint32_t cpus = n % 3 == 0 ? 4 : 1, how = n % 5;
    struct mvm_profile p = { .name = "cycle", .cpus = cpus, .ram_bytes = n % 7 == 0 ? 5 * MIB + 4096 : 2 * MIB };
    int64_t id = mvm_create(&p);

    if (id < 0) return expect(id, 1, "vm_create");
    if (!expect(mvm_write_payload((uint64_t)id, cpus, how == RUNNING_AT_REMOVAL ? PAYLOAD_SPIN : how), 0, "loading")) return false;
    if (!expect(mvm_call(SHYPER_HCALL_VM_BOOT, (uint64_t)id, 0, 0, 0, NULL), 0, "vm_boot")) return false;
    if (how != RUNNING_AT_REMOVAL && !end((uint64_t)id, cpus, how)) return false;
    if (how == RUNNING_AT_REMOVAL && !all_on((uint64_t)id, cpus)) return false;
    if (how == RUNNING_AT_REMOVAL && n % 2 == 0 && !pause((uint64_t)id)) return false;
    return expect(mvm_finish(SHYPER_HCALL_VM_REMOVE, (uint64_t)id, 0, 0, 0, NULL), 0, "vm_remove");
}

static bool all_back(void)
{
    struct shyper_system_info now = mvm_system();

    return expect(now.vms, start.vms, "VMs") &&
           expect((int64_t)now.pool_free_bytes, (int64_t)start.pool_free_bytes, "free guest memory") &&
           expect((int64_t)now.hyp_free_bytes, (int64_t)start.hyp_free_bytes, "free pages of the hypervisor");
}

static volatile bool over, good;

static void cycle_here(void *n)
{
    gic_init();
    good = cycle((uint32_t)(uintptr_t)n);
    over = true;
    dsb();
    gic_send_sgi(0, SGI_OVER);
}

static bool cycle_on(uint32_t cpu, uint32_t n)
{
    if (cpu == 0) return cycle(n);
    while (cpu_state(cpu) != 1) {}
    over = false;
    if (!expect(cpu_start(cpu, cycle_here, (void *)(uintptr_t)n), 0, "CPU_ON")) return false;
    while (!over) irq_wait();
    return good;
}

void guest_main(void)
{
    uint32_t cycles = (uint32_t)argument("cycles", 100), cpus = dtb_cpus(), n = 0;

    mvm_init();
    gic_enable(SGI_OVER);
    start = mvm_system();
    while (n < cycles && cycle_on(n % cpus, n) && all_back()) n++;
    report(n == cycles, "%u of %u cycles on %u CPUs, called by %u, all counters as at the start", n, cycles, start.cpus, cpus);
}
