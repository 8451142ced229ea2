/* SPDX-License-Identifier: Apache-2.0 */
/* As many VMs as there can be, all running; VMs too large for the board or for the hypervisor's own
 * memory. What is refused leaves nothing behind, and those that run do not notice. */
#include "lib/str.h"
#include "tests/guests/lib/mvm.h"

static struct shyper_system_info start;
static uint32_t running;

static bool all_back(void)
{
    struct shyper_system_info now = mvm_system();

    return now.vms == start.vms && now.pool_free_bytes == start.pool_free_bytes && now.hyp_free_bytes == start.hyp_free_bytes;
}

static int64_t make(const char *name, uint64_t at, uint64_t bytes)
{
    struct mvm_profile p = { .name = name, .cpus = 1, .ram_at = at, .ram_bytes = bytes };

    return mvm_create(&p);
}

static void too_large(void)
{
    uint64_t free = start.pool_free_bytes;

    report(make("all", GUEST_RAM, free + 4096) == -ENOMEM && all_back(), "a page more than there is: refused");
    report(make("far", UINT64_C(1) << 47, 2 * MIB) < 0 && all_back(), "beyond what stage 2 translates: refused");
    report(make("odd", GUEST_RAM + 4096, 3 * GIB) == -ENOMEM && all_back(), "more tables than the hypervisor has pages: refused");
}

/* Created and removed in pieces, however large. */
static void large(void)
{
    int64_t id = make("large", GUEST_RAM, start.pool_free_bytes);

    if (!report(id > 0 && mvm_system().pool_free_bytes == 0, "all of the pool is one VM")) return;
    report(make("none", GUEST_RAM, 4096) == -ENOMEM, "then nothing is left");
    report(mvm_write_payload((uint64_t)id, 1, PAYLOAD_EXIT) == 0 && mvm_call(SHYPER_HCALL_VM_BOOT, (uint64_t)id, 0, 0, 0, NULL) == 0 &&
               mvm_wait((uint64_t)id, SHYPER_VM_STOPPED), "it runs");
    report(mvm_finish(SHYPER_HCALL_VM_REMOVE, (uint64_t)id, 0, 0, 0, NULL) == 0 && all_back(), "all of it comes back");
}

static bool run_one(void)
{
    char name[] = "vm-00";
    int64_t id;

    name[3] = (char)('0' + running / 10);
    name[4] = (char)('0' + running % 10);
    id = make(name, GUEST_RAM, 2 * MIB);
    if (id < 0) return false;
    if (mvm_write_payload((uint64_t)id, 1, PAYLOAD_WFI) == 0 && mvm_call(SHYPER_HCALL_VM_BOOT, (uint64_t)id, 0, 0, 0, NULL) == 0)
        running++;
    return true;
}

static void many(void)
{
    uint64_t id = UINT32_MAX, removed = 0;
    bool alive = true;

    while (run_one()) {}
    report(running == SHYPER_VM_MAX - 1, "%u VMs run at once", running);
    report(make("more", GUEST_RAM, 2 * MIB) == -ENOSPC, "one more is refused");
    report(make("vm-07", GUEST_RAM, 2 * MIB) < 0, "and a name that is taken");
    while (mvm_call(SHYPER_HCALL_VM_NEXT, SHYPER_MVM_ID, 0, 0, 0, &id) == 0) {
        alive &= mvm_info(id).state == SHYPER_VM_RUNNING;
        if (mvm_finish(SHYPER_HCALL_VM_REMOVE, id, 0, 0, 0, NULL) != 0) break;
        removed++;
    }
    report(alive && removed == running && all_back(), "all were alive, and leave nothing behind");
}

void guest_main(void)
{
    mvm_init();
    start = mvm_system();
    too_large();
    large();
    many();
}
