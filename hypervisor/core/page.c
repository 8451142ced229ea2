/* SPDX-License-Identifier: Apache-2.0 */
/* The owner table lies at the start of the pool and says of every page what it is and whom it is
 * charged to. Search is a next-fit sweep over a thousand records: allocation happens when VMs are
 * made; while they run only tables are, out of what was set aside for them. */
#include "hypervisor/core/page.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/log.h"
#include "abi/vm.h"
#include "lib/str.h"

struct owner {
    uint16_t type, vm;
    uint32_t run;                   /* pages in this allocation, in its first record */
};

static struct {
    struct spinlock lock;
    struct owner *owner;
    uint8_t *base;
    uint64_t pa;
    uint32_t count, free, hint;
    uint32_t reserved;              /* of the free ones; the sum of table_left */
    uint32_t table_left[SHYPER_VM_MAX], used[SHYPER_VM_MAX];
} pool;

void page_pool_init(void *va, uint64_t pa, uint64_t bytes)
{
    uint32_t table;

    pool.base = va;
    pool.pa = pa;
    pool.owner = va;
    pool.count = (uint32_t)(bytes / PAGE_SIZE);
    table = (uint32_t)(align_up(pool.count * sizeof(struct owner), PAGE_SIZE) / PAGE_SIZE);
    memset(pool.owner, 0, pool.count * sizeof(struct owner));
    for (uint32_t i = 0; i < table; i++)
        pool.owner[i] = (struct owner){ .type = PAGE_HYP, .vm = PAGE_NO_VM, .run = 1 };
    pool.free = pool.count - table;
    pool.reserved = 0;
    memset(pool.table_left, 0, sizeof(pool.table_left));
    memset(pool.used, 0, sizeof(pool.used));
    pool.hint = table;
}

static uint32_t find_run(uint32_t from, uint32_t to, uint32_t count, uint32_t align)
{
    uint32_t at = (uint32_t)align_up(from, align);

    while (at + count <= to) {
        uint32_t used = 0;

        for (uint32_t i = 0; i < count; i++) {
            if (pool.owner[at + i].type != PAGE_FREE) used = i + 1;
        }
        if (used == 0) return at;
        at = (uint32_t)align_up(at + used, align);
    }
    return UINT32_MAX;
}

static void account(uint32_t type, uint32_t vm_id, uint32_t taken)
{
    pool.free -= taken;
    if (vm_id >= SHYPER_VM_MAX) return;
    pool.used[vm_id] += taken;
    if (type != PAGE_TABLE) return;
    pool.table_left[vm_id] -= taken;
    pool.reserved -= taken;
}

int page_reserve(uint32_t vm_id, uint32_t count)
{
    spin_guard(&pool.lock);

    if (count > pool.free - pool.reserved) return -ENOMEM;
    pool.table_left[vm_id] += count;
    pool.reserved += count;
    return 0;
}

void page_unreserve(uint32_t vm_id)
{
    spin_guard(&pool.lock);

    pool.reserved -= pool.table_left[vm_id];
    pool.table_left[vm_id] = 0;
}

void *page_alloc(enum page_type type, uint32_t vm_id, uint32_t count)
{
    uint32_t align = count != 0 && (count & (count - 1)) == 0 ? count : 1, at;
    uint8_t *p;

    {
        spin_guard(&pool.lock);
        if (count == 0 ||
            count > (type == PAGE_TABLE ? pool.table_left[vm_id] : pool.free - pool.reserved))
            return NULL;
        at = find_run(pool.hint, pool.count, count, align);
        if (at == UINT32_MAX) at = find_run(0, pool.count, count, align);
        if (at == UINT32_MAX) return NULL;
        for (uint32_t i = 0; i < count; i++)
            pool.owner[at + i] = (struct owner){ .type = (uint16_t)type,
                                                 .vm = (uint16_t)vm_id,
                                                 .run = i == 0 ? count : 0 };
        account(type, vm_id, count);
        pool.hint = at + count;
    }
    p = pool.base + (uint64_t)at * PAGE_SIZE;
    arch_zero_block(p, (uint64_t)count * PAGE_SIZE);
    return p;
}

void page_free(void *p, uint32_t count)
{
    uint64_t at = ((uint64_t)p - (uint64_t)pool.base) / PAGE_SIZE;
    spin_guard(&pool.lock);

    BUG_ON((uint64_t)p < (uint64_t)pool.base || at >= pool.count ||
           !is_aligned((uint64_t)p, PAGE_SIZE));
    BUG_ON(pool.owner[at].type == PAGE_FREE || pool.owner[at].run != count);
    account(pool.owner[at].type, pool.owner[at].vm, 0u - count);
    for (uint32_t i = 0; i < count; i++) pool.owner[at + i] = (struct owner){ .type = PAGE_FREE };
}

pa_t page_pa(const void *p)
{
    return PA(pool.pa + ((uint64_t)p - (uint64_t)pool.base));
}

void *page_va(pa_t pa)
{
    return pool.base + (pa.v - pool.pa);
}

uint64_t page_bytes_total(void) { return (uint64_t)pool.count * PAGE_SIZE; }
uint64_t page_bytes_free(void)  { return (uint64_t)(pool.free - pool.reserved) * PAGE_SIZE; }

uint64_t page_bytes_of_vm(uint32_t vm_id)
{
    return (uint64_t)pool.used[vm_id] * PAGE_SIZE;
}
