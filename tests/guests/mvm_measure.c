/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM costs. tests/bench counts from the marks here, before a profile is handed over, to the
 * one in mvm_payload.S, the new VM's first instruction. */
#include "tests/guests/lib/mvm.h"

static uint64_t free_bytes(void)
{
    return mvm_system().hyp_free_bytes;
}

static int64_t start(const char *name, uint64_t ram)
{
    struct mvm_profile p = { .name = name, .cpus = 1, .ram_bytes = ram };
    int64_t id = mvm_create(&p);

    if (id > 0 && mvm_write_payload((uint64_t)id, 1, PAYLOAD_EXIT) == 0 &&
        mvm_call(SHYPER_HCALL_VM_BOOT, (uint64_t)id, 0, 0, 0, NULL) == 0 && mvm_wait((uint64_t)id, SHYPER_VM_STOPPED))
        return id;
    return -1;
}

void guest_main(void)
{
    struct mvm_profile idle = { .name = "idle", .cpus = 1, .ram_bytes = 64 * MIB };
    struct shyper_system_info at_rest;
    uint64_t before;
    int64_t id;

    mvm_init();
    at_rest = mvm_system();
    print("%lu KiB of pages at rest\n", (at_rest.hyp_bytes - at_rest.hyp_free_bytes) / KIB);
    id = mvm_create(&idle);
    before = at_rest.hyp_free_bytes - free_bytes();
    print("%lu KiB of pages for an idle VM\n", before / KIB);
    report(id > 0 && before <= 64 * KIB, "an idle VM of one vCPU costs at most 64 KiB");
    __asm__ volatile("hint #103");
    report(start("hello", 64 * MIB) > 0, "64 MiB");
    __asm__ volatile("hint #105");
    report(start("large", GIB) > 0, "1 GiB");
}
