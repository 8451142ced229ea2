/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own memory: 4 KiB pages of one pool, each with an owner record {type, vm, refs}. Only boot
 * and the life of VMs allocate; no exit path of a running guest does. Pages are handed out zeroed.
 */
#pragma once

#include "hypervisor/core/types.h"

enum page_type {
    PAGE_FREE, PAGE_HYP, PAGE_TABLE, PAGE_VM, PAGE_VCPU, PAGE_DEVICE, PAGE_RING,
};

#define PAGE_NO_VM 0xffffu

/** Once, at boot: the pool lies at va, physically at pa. */
void page_pool_init(void *va, uint64_t pa, uint64_t bytes);

/** Contiguous zeroed pages, aligned to their count when that is a power of two, charged to a VM;
 * NULL when there are none. */
void *page_alloc(enum page_type type, uint32_t vm_id, uint32_t count) must_check;
void page_free(void *p, uint32_t count);

/** Set pages aside for the translation tables of a VM. Its PAGE_TABLE pages come out of these and
 * nothing else does, so no access of a guest takes a page that somebody else needs. -ENOMEM: so
 * many are not free. */
int page_reserve(uint32_t vm_id, uint32_t count) must_check;
/** The VM has no tables any more: what was set aside is anybody's. */
void page_unreserve(uint32_t vm_id);

pa_t page_pa(const void *p);
void *page_va(pa_t pa);

uint64_t page_bytes_total(void);
uint64_t page_bytes_free(void);                     /* and not set aside */
uint64_t page_bytes_of_vm(uint32_t vm_id);
