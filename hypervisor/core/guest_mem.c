/* SPDX-License-Identifier: Apache-2.0 */
/* The guest pool in 2 MiB chunks. A chunk belongs to one VM at most; `zeroed` counts its clean 256
 * KiB pieces. First use cleans one piece per attempt, and the faulting instruction comes back until
 * the chunk is done: interrupts are served between the pieces, so no stretch grows with memory. */
#include "hypervisor/core/guest_mem.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm.h"
#include "lib/str.h"

#define PIECE_BYTES    (256 * KIB)      /* 64 pages */
#define PIECES         (BLOCK_SIZE / PIECE_BYTES)
#define WINDOW_COPY    0u
#define WINDOW_ZERO    1u
#define CLOSE_STEP     (64 * BLOCK_SIZE)
#define ADD_STEP       256u             /* chunks looked at */
#define FREE_STEP      128u
#define MAP_STEP       (64 * PAGE_SIZE)

#define CHUNK_FREE     0xffffu

struct chunk {
    uint16_t vm;
    uint8_t zeroed;                     /* pieces */
    uint8_t rsv0;
};

static struct {
    struct spinlock lock;
    struct ranges ranges;
    struct chunk *chunk;                /* all ranges' chunks, in order */
    uint32_t count, free;
} pool;

int guest_pool_init(const struct ranges *ranges)
{
    uint64_t bytes = ranges_total(ranges);
    uint32_t pages;

    pool.ranges = *ranges;
    pool.count = pool.free = (uint32_t)(bytes / BLOCK_SIZE);
    pages = (uint32_t)(align_up(pool.count * sizeof(struct chunk) + 1, PAGE_SIZE) / PAGE_SIZE);
    pool.chunk = page_alloc(PAGE_HYP, PAGE_NO_VM, pages);
    if (pool.chunk == NULL) return -ENOMEM;
    for (uint32_t i = 0; i < pool.count; i++) pool.chunk[i].vm = CHUNK_FREE;
    return 0;
}

const struct ranges *guest_pool_ranges(void) { return &pool.ranges; }
uint64_t guest_pool_bytes(void)              { return (uint64_t)pool.count * BLOCK_SIZE; }
uint64_t guest_pool_free(void)               { return (uint64_t)pool.free * BLOCK_SIZE; }

static struct chunk *chunk_of(uint64_t pa)
{
    uint64_t before = 0;

    for (uint32_t i = 0; i < pool.ranges.count; i++) {
        struct range r = pool.ranges.at[i];

        if (pa >= r.base && pa < r.end) return &pool.chunk[(before + pa - r.base) / BLOCK_SIZE];
        before += r.end - r.base;
    }
    return NULL;
}

static uint64_t chunk_pa(uint32_t index)
{
    uint64_t left = (uint64_t)index * BLOCK_SIZE;

    for (uint32_t i = 0; i < pool.ranges.count; i++) {
        uint64_t bytes = pool.ranges.at[i].end - pool.ranges.at[i].base;

        if (left < bytes) return pool.ranges.at[i].base + left;
        left -= bytes;
    }
    return 0;
}

/* One more chunk; contiguous ones of a region are one run. */
static int take(struct guest_mem *m, uint32_t index, uint64_t ipa, uint64_t bytes)
{
    struct mem_run *last = m->run_count == 0 || m->added == 0 ? NULL : &m->run[m->run_count - 1];
    uint64_t pa = chunk_pa(index);

    if (last != NULL && last->pa + last->bytes == pa) {
        last->bytes += bytes;
        return 0;
    }
    if (m->run_count == MEM_RUN_MAX) return -E2BIG;
    m->run[m->run_count++] = (struct mem_run){ .ipa = ipa, .pa = pa, .bytes = bytes };
    return 0;
}

int guest_mem_add_some(struct vm *vm, uint64_t ipa, uint64_t bytes)
{
    struct guest_mem *m = &vm->mem;
    spin_guard(&pool.lock);

    if (bytes - m->added > (uint64_t)pool.free * BLOCK_SIZE) return -ENOMEM;
    for (uint32_t seen = 0; m->added < bytes; seen++, m->scan++) {
        uint64_t step = MIN(bytes - m->added, BLOCK_SIZE); /* the last one may be used in part only */
        int err;

        if (seen == ADD_STEP) return -EAGAIN;
        if (m->scan == pool.count) return -ENOMEM;
        if (pool.chunk[m->scan].vm != CHUNK_FREE) continue;
        err = take(m, m->scan, ipa + m->added, step);
        if (err != 0) return err;
        pool.chunk[m->scan] = (struct chunk){ .vm = (uint16_t)vm->id };
        pool.free--;
        m->added += step;
    }
    m->bytes += bytes;
    m->added = 0;
    m->scan = 0;
    return 0;
}

bool guest_mem_free_some(struct vm *vm)
{
    struct guest_mem *m = &vm->mem;
    spin_guard(&pool.lock);

    for (uint32_t freed = 0; m->run_count > 0;) {
        struct mem_run *r = &m->run[m->run_count - 1];

        if (r->ready || r->bytes == 0) {
            m->run_count--;
            continue;
        }
        if (freed++ == FREE_STEP) return false;
        r->bytes = align_down(r->bytes - 1, BLOCK_SIZE);
        chunk_of(r->pa + r->bytes)->vm = CHUNK_FREE;
        pool.free++;
    }
    *m = (struct guest_mem){ 0 };
    return true;
}

static const struct mem_run *run_at(const struct guest_mem *m, uint64_t ipa)
{
    for (uint32_t i = 0; i < m->run_count; i++) {
        if (ipa - m->run[i].ipa < m->run[i].bytes) return &m->run[i];
    }
    return NULL;
}

/* True when the whole chunk is clean; else one more piece is cleaned. */
static bool zero_some(struct vm *owner, uint64_t pa)
{
    struct chunk *c = chunk_of(pa);
    uint8_t *block;
    spin_guard(&pool.lock);

    if (c->zeroed == PIECES) return true;
    block = arch_window(WINDOW_ZERO, PA(align_down(pa, BLOCK_SIZE)));
    arch_zero_block(block + c->zeroed * PIECE_BYTES, PIECE_BYTES);
    c->zeroed++;
    if (c->zeroed < PIECES) return false;
    __atomic_fetch_add(&owner->mem.touched_bytes, BLOCK_SIZE, __ATOMIC_RELAXED);
    return true;
}

static void zero_all(struct vm *owner, uint64_t pa)
{
    while (!zero_some(owner, pa)) continue;
}

static bool range_in_ram(struct vm *vm, uint64_t at, uint64_t len)
{
    uint64_t end;

    if (!add_ok(&end, at, len)) return false;
    while (at < end) {
        const struct mem_run *r = run_at(&vm->mem, at);

        if (r == NULL) return false;
        at = r->ipa + r->bytes;
    }
    return true;
}

/* The piece of [at, end) that lies in one block, mapped through a window. */
static uint8_t *window_at(struct vm *vm, uint64_t at, uint64_t end, uint64_t *bytes)
{
    const struct mem_run *r = run_at(&vm->mem, at);
    uint64_t pa = r->pa + (at - r->ipa), inside = pa & (BLOCK_SIZE - 1);

    *bytes = MIN(MIN(end - at, BLOCK_SIZE - inside), r->ipa + r->bytes - at);
    if (!r->ready) zero_all(vm, pa);
    return (uint8_t *)arch_window(WINDOW_COPY, PA(pa - inside)) + inside;
}

/* Out of the guest when there is a `to`, else into it. */
static int copy(struct vm *vm, uint64_t at, uint8_t *to, const uint8_t *from, uint64_t len, bool clean)
{
    if (!range_in_ram(vm, at, len)) return -EFAULT;
    for (uint64_t done = 0, n; done < len; done += n) {
        uint8_t *p = window_at(vm, at + done, at + len, &n);

        if (to != NULL) memcpy(to + done, p, n);
        else memcpy(p, from + done, n);
        if (clean) arch_clean_to_poc(p, n);
    }
    return 0;
}

int guest_read(struct vm *vm, ipa_t at, void *to, uint64_t len)
{
    return copy(vm, at.v, to, NULL, len, false);
}

int guest_write(struct vm *vm, ipa_t at, const void *from, uint64_t len)
{
    return copy(vm, at.v, NULL, from, len, false);
}

int guest_load(struct vm *vm, ipa_t at, const void *from, uint64_t len)
{
    return copy(vm, at.v, NULL, from, len, true);
}

/* Map what lies around the address within one run, one chunk of the pool (which is clean then, its neighbours may not be)
 * and one 2 MiB block of the guest's addresses: the block, or MAP_STEP of its pages. */
static int map_around(struct stage2 *s, uint64_t at, const struct mem_run *r)
{
    uint64_t page = align_down(at, PAGE_SIZE), pa = r->pa + (page - r->ipa);
    uint64_t below = MIN(page - r->ipa, MIN(page & (BLOCK_SIZE - 1), pa & (BLOCK_SIZE - 1)));
    uint64_t above = MIN(r->ipa + r->bytes - page,
                         BLOCK_SIZE - MAX(page & (BLOCK_SIZE - 1), pa & (BLOCK_SIZE - 1)));

    if (below + above < BLOCK_SIZE) {
        below = MIN(below, page & (MAP_STEP - 1));
        above = MIN(above, MAP_STEP - (page & (MAP_STEP - 1)));
    }
    return s2_map(s, IPA(page - below), PA(pa - below), below + above, S2_RAM);
}

static struct vm *chunk_owner(uint64_t pa)
{
    struct chunk *c = chunk_of(pa);

    return c == NULL || c->vm == CHUNK_FREE ? NULL : vms[c->vm];
}

static bool overlaps(uint64_t base, uint64_t len, struct mmio_range r)
{
    return r.len != 0 && base < r.base + r.len && r.base < base + len;
}

/* Devices that stay EL2's: the interrupt controller with its translation services, the UART, and
 * SMMUs. */
static bool is_hidden_device(uint64_t base, uint64_t len)
{
    const struct platform *p = &platform;
    bool hidden = overlaps(base, len, p->gicd) || overlaps(base, len, p->gicc) ||
                  overlaps(base, len, p->gich) || overlaps(base, len, p->gicv) ||
                  overlaps(base, len, p->uart.mmio);

    for (uint32_t i = 0; i < ARRAY_LEN(p->gicr); i++) hidden |= overlaps(base, len, p->gicr[i]);
    for (uint32_t i = 0; i < p->hidden_count; i++) hidden |= overlaps(base, len, p->hidden[i]);
    return hidden;
}

void guest_mem_open(struct vm *vm)
{
    vm->mem.opens++;
    vm->mem.close_run = 0;
    vm->mem.close_at = 0;
}

/* Some of it has been taken away already: what was must not come back behind the cursor. */
static bool is_closing(const struct guest_mem *m)
{
    return m->close_run != 0 || m->close_at != 0;
}

/* What the MVM sees beyond its RAM: opened guest memory and the board's devices, at their own
 * addresses. */
static int mvm_fault(struct vm *mvm, uint64_t at)
{
    uint64_t block = align_down(at, BLOCK_SIZE), page = align_down(at, PAGE_SIZE);
    struct vm *owner;
    spin_guard(&vms_lock);

    owner = chunk_owner(at);
    if (owner != NULL) {
        if (owner->mem.opens == 0 || is_closing(&owner->mem)) return -EFAULT;
        if (!zero_some(owner, at)) return 0;
        return s2_map(&mvm->s2, IPA(block), PA(block), BLOCK_SIZE, S2_RAM);
    }
    if (platform_has_memory(page, PAGE_SIZE)) return -EFAULT;
    if (!is_hidden_device(block, BLOCK_SIZE) && !platform_has_memory(block, BLOCK_SIZE))
        return s2_map(&mvm->s2, IPA(block), PA(block), BLOCK_SIZE, S2_DEVICE);
    if (is_hidden_device(page, PAGE_SIZE)) return -EFAULT;
    return s2_map(&mvm->s2, IPA(page), PA(page), PAGE_SIZE, S2_DEVICE);
}

int guest_mem_fault(struct vm *vm, ipa_t at)
{
    const struct mem_run *r = run_at(&vm->mem, at.v);

    if (r != NULL) {
        if (!r->ready && !zero_some(vm, r->pa + (at.v - r->ipa))) return 0;
        return map_around(&vm->s2, at.v, r);
    }
    return vm->is_mvm ? mvm_fault(vm, at.v) : -EFAULT;
}

int guest_mem_close_some(struct vm *vm, struct vm *mvm)
{
    struct guest_mem *m = &vm->mem;

    if (m->close_run < m->run_count) {
        const struct mem_run *r = &m->run[m->close_run];
        uint64_t step = MIN(align_up(r->bytes, BLOCK_SIZE) - m->close_at, CLOSE_STEP);
        int err = s2_unmap(&mvm->s2, IPA(r->pa + m->close_at), step);

        if (err != 0) return err;
        m->close_at += step;
        if (m->close_at >= r->bytes) {
            m->close_run++;
            m->close_at = 0;
        }
        return -EAGAIN;
    }
    m->close_run = 0;
    return 0;
}
