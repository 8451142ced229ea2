/* SPDX-License-Identifier: Apache-2.0 */
/* One request at a time, in `flush`. Everybody else has a bit in `waiting` until he has done it. A
 * CPU that cannot take the interrupt is one that waits for a lock (arch_spin serves) or will soon
 * let interrupts in. */
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/irq.h"

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

void flush_all_cpus(uint64_t from, uint64_t end)
{
    IRQS_OFF_SCOPED();
    uint32_t self = UINT32_C(1) << cpu_self()->index;
    unsigned count = __atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE);

    if (count > 1) {
        spin_lock(&flush.lock);
        flush.from = from;
        flush.end = end;
        __atomic_store_n(&flush.waiting, ((UINT32_C(1) << count) - 1) & ~self, __ATOMIC_RELEASE);
        for (unsigned i = 0; i < count; i++) {
            if (cpus[i] != cpu_self()) irq_send(ARCH_IPI_IRQ, cpus[i]);
        }
    }
    flush_local(from, end);
    if (count > 1) {
        while (__atomic_load_n(&flush.waiting, __ATOMIC_ACQUIRE) != 0) arch_spin();
        spin_unlock(&flush.lock);
    }
}
