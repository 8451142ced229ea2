/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own interrupts, of the timer and from other CPUs, come often and go straight to it. All
 * others have actions.
 *
 * Handlers run without a lock, so that a slow one holds up nobody on another CPU. Lists are read
 * while they may change: an action is complete before it is linked, and goes on pointing to the
 * rest of the list when it is unlinked. Whoever unlinks one waits until each other CPU has been
 * outside its handlers. */
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/kernel/sched.h"

#define BUCKETS 16U

static struct {
    const struct irqchip *chip;
    uint32_t timer;
    struct spinlock lock;           /* changes of lists, lines on and off */
    struct irq_action *actions[BUCKETS]; /* by number, oldest first */
    uint32_t unexpected;
} irqs = { .lock = SPINLOCK(LOCK_IRQ) };

int irq_init(const struct machine *m, const char **problem)
{
    int err = arch_irq_init(m, &irqs.chip, problem);

    if (err != 0) return err;
    irqs.timer = m->timer_irq;
    irqs.chip->init_cpu();
    irqs.chip->enable(irqs.timer);
    irqs.chip->enable(ARCH_IPI_IRQ);
    return 0;
}

void irq_init_cpu(void) { irqs.chip->init_cpu(); }

void irq_send(uint32_t irq, const struct cpu *to) { irqs.chip->send(irq, to); }

static bool line_is_used(uint32_t irq)
{
    for (const struct irq_action *a = irqs.actions[irq % BUCKETS]; a != NULL; a = a->next) {
        if (a->irq == irq) return true;
    }
    return false;
}

void irq_attach(struct irq_action *a, uint32_t irq, void (*fn)(void *), void *arg)
{
    LOCK_SCOPED(&irqs.lock);
    struct irq_action **end = &irqs.actions[irq % BUCKETS];
    bool first = !line_is_used(irq);

    *a = (struct irq_action){ .irq = irq, .fn = fn, .arg = arg };
    while (*end != NULL) end = &(*end)->next;
    /* Release: irq_dispatch, which follows the pointer, finds what was written above. */
    __atomic_store_n(end, a, __ATOMIC_RELEASE);
    if (first) irqs.chip->enable(irq);
}

static void wait_for_handlers(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        const uint32_t *rounds = &cpus[i]->irq_rounds;
        uint32_t was = __atomic_load_n(rounds, __ATOMIC_SEQ_CST);

        if (cpus[i] == cpu_self() || was % 2 == 0) continue;
        for (unsigned n = 0; __atomic_load_n(rounds, __ATOMIC_ACQUIRE) == was; n++) arch_spin(n);
    }
}

void irq_detach(struct irq_action *a)
{
    {
        LOCK_SCOPED(&irqs.lock);
        struct irq_action **at = &irqs.actions[a->irq % BUCKETS];

        while (*at != a) at = &(*at)->next;
        __atomic_store_n(at, a->next, __ATOMIC_SEQ_CST);
        if (!line_is_used(a->irq)) irqs.chip->disable(a->irq);
    }
    wait_for_handlers();
}

static bool handle(uint32_t irq)
{
    struct irq_action *a = __atomic_load_n(&irqs.actions[irq % BUCKETS], __ATOMIC_ACQUIRE);
    bool known = false;

    for (; a != NULL; a = __atomic_load_n(&a->next, __ATOMIC_ACQUIRE)) {
        if (a->irq != irq) continue;
        a->fn(a->arg);
        known = true;
    }
    return known;
}

static void nobody_handles(uint32_t irq)
{
    LOCK_SCOPED(&irqs.lock);

    if (line_is_used(irq)) return;      /* attached this moment */
    irqs.chip->disable(irq);
    if (irqs.unexpected++ < 10) log_warn("irq", "nobody handles interrupt %u: now off", irq);
}

static __attribute__((noinline)) void run_actions(struct cpu *c, uint32_t irq)
{
    /* Sequentially consistent: either irq_detach sees us in here, or we do not see its action. */
    (void)__atomic_fetch_add(&c->irq_rounds, 1, __ATOMIC_SEQ_CST);
    if (!handle(irq)) nobody_handles(irq);
    /* Release: what handlers did is done when irq_detach sees them gone. */
    (void)__atomic_fetch_add(&c->irq_rounds, 1, __ATOMIC_RELEASE);
}

static bool leave(struct cpu *c)
{
    c->in_irq = false;
    return __atomic_load_n(&c->resched, __ATOMIC_RELAXED);
}

bool irq_dispatch(uint64_t cause)
{
    struct cpu *c = cpu_self();
    uint32_t irq = irqs.chip->ack(cause);

    if (unlikely(irq == UINT32_MAX)) return false;
    c->in_irq = true;
    if (irq == irqs.timer) sched_timer_irq();
    else if (irq == ARCH_IPI_IRQ) ipi_handle();
    else run_actions(c, irq);
    irqs.chip->end(irq);
    return leave(c);
}

bool irq_timer(void)
{
    struct cpu *c = cpu_self();

    c->in_irq = true;
    sched_timer_irq();
    return leave(c);
}
