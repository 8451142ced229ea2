/* SPDX-License-Identifier: Apache-2.0 */
/* One request at a time, in `flush`. Everybody else has a bit in `waiting` until he has done it. A
 * CPU that cannot take the interrupt is one that waits for a lock (arch_spin serves) or will soon
 * let interrupts in.
 *
 * cpu->tlb is changed by exchange alone, so either the one who flushes marks an idle CPU, which then
 * finds the mark, or it finds the CPU awake. */
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/irq.h"

enum { TLB_USED, TLB_IDLE, TLB_STALE };

static struct {
    struct spinlock lock;
    uint64_t from, end;
    uint32_t waiting;               /* CPUs, by index */
} flush;

void flush_serve(void)
{
    uint32_t bit = UINT32_C(1) << cpu_self()->index;

    /* Acquire: the range of this request, and the entries that were changed before it. */
    if (!(__atomic_load_n(&flush.waiting, __ATOMIC_ACQUIRE) & bit)) return;
    flush_local(flush.from, flush.end);
    (void)__atomic_fetch_and(&flush.waiting, ~bit, __ATOMIC_RELEASE);
}

void flush_idle_begin(void) { __atomic_store_n(&cpu_self()->tlb, TLB_IDLE, __ATOMIC_SEQ_CST); }

void flush_idle_end(void)
{
    struct cpu *c = cpu_self();

    if (likely(__atomic_load_n(&c->tlb, __ATOMIC_RELAXED) == TLB_USED)) return;
    if (__atomic_exchange_n(&c->tlb, TLB_USED, __ATOMIC_SEQ_CST) == TLB_STALE)
        flush_local(0, UINT64_MAX);
}

/* True when c has to be interrupted. */
static bool is_awake(struct cpu *c)
{
    uint32_t idle = TLB_IDLE;

    return !__atomic_compare_exchange_n(&c->tlb, &idle, TLB_STALE, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST) && idle == TLB_USED;
}

void flush_all_cpus(uint64_t from, uint64_t end)
{
    IRQS_OFF_SCOPED();
    unsigned count = __atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE), rounds = 0;

    if (count > 1) {
        uint32_t awake = 0;

        spin_lock(&flush.lock);
        flush.from = from;
        flush.end = end;
        for (unsigned i = 0; i < count; i++) {
            if (cpus[i] != cpu_self() && is_awake(cpus[i])) awake |= UINT32_C(1) << i;
        }
        __atomic_store_n(&flush.waiting, awake, __ATOMIC_RELEASE);
        for (unsigned i = 0; i < count; i++) {
            if (awake & UINT32_C(1) << i) irq_send(ARCH_IPI_IRQ, cpus[i]);
        }
    }
    flush_local(from, end);
    if (count > 1) {
        while (__atomic_load_n(&flush.waiting, __ATOMIC_ACQUIRE) != 0) arch_spin(rounds++);
        spin_unlock(&flush.lock);
    }
}
