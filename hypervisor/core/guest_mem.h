/* SPDX-License-Identifier: Apache-2.0 */
/* Guest RAM. The guest pool is a boot-time carve-out handed out in 2 MiB chunks; a VM's memory is a
 * list of runs. A chunk is zeroed piece by piece when it is first touched, by the guest or by
 * whoever may look at it, never at boot and never in one long stretch. EL2 reaches guest memory
 * only through the accessors here, which check the whole range against the VM's runs, and map it
 * through a per-CPU window; there is no other map of guest memory in EL2. */
#pragma once

#include "hypervisor/core/types.h"
#include "lib/ranges.h"

#define MEM_RUN_MAX 16

struct mem_run {
    uint64_t ipa, pa, bytes;
    bool ready;                 /* no zeroing: RAM the MVM owns since boot */
};

struct guest_mem {
    struct mem_run run[MEM_RUN_MAX];
    uint32_t run_count;
    uint64_t bytes;
    uint64_t added;             /* of the region that is being added */
    uint32_t scan;              /* next chunk to look at for it */
    uint32_t opens;             /* the MVM may see it while > 0 */
    uint32_t close_run;         /* cursor of the bounded close */
    uint64_t close_at;
    uint64_t touched_bytes;     /* atomic */
};

/** Take the pool; called once at boot. */
int guest_pool_init(const struct ranges *pool) must_check;
const struct ranges *guest_pool_ranges(void);
uint64_t guest_pool_bytes(void);
uint64_t guest_pool_free(void);

/** Take chunks of the pool for one more IPA region, a bounded number at a time: -EAGAIN: call
 * again, for the same region. It may become several runs. -ENOMEM, -E2BIG (too many pieces): what
 * was taken stays with the VM until guest_mem_free_some(). */
int guest_mem_add_some(struct vm *vm, uint64_t ipa, uint64_t bytes) must_check;
/** True when the VM has none left. */
bool guest_mem_free_some(struct vm *vm);

/** Copy between EL2 and guest memory. -EFAULT: not wholly inside the VM's RAM, nothing copied. */
int guest_read(struct vm *vm, ipa_t at, void *to, uint64_t len) must_check;
int guest_write(struct vm *vm, ipa_t at, const void *from, uint64_t len) must_check;

/** As guest_write, for code and data the guest may use before its caches are on: cleaned to the
 * point of coherency. */
int guest_load(struct vm *vm, ipa_t at, const void *from, uint64_t len) must_check;

/**
 * A stage-2 fault: make the address present if it is RAM of this VM or something the VM may see.
 * @return 0 done or progress made (re-execute the access); -EFAULT it is nothing of the VM's;
 * -ENOMEM
 */
int guest_mem_fault(struct vm *vm, ipa_t at) must_check;

/** The MVM may see the VM's RAM, counted in `opens`. vms_lock is held, also to close. */
void guest_mem_open(struct vm *vm);

/** Take a piece of the VM's RAM out of the MVM's view. -EAGAIN until all of it is gone; from the
 * first piece on the MVM gets nothing of it back, unless it is opened again. */
int guest_mem_close_some(struct vm *vm, struct vm *mvm) must_check;
