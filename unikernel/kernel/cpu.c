/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs: how they come up, and how one asks another to do something. */
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/map.h"
#include "unikernel/mm/pages.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"
#include "lib/str.h"

#define START_NS    1000000000ULL   /* a CPU that needs longer is left out */
#define STACK_PAGES 2U

static struct cpu first_cpu;
static struct thread first_idle;

struct cpu *cpus[CPUS_MAX] = { &first_cpu };
unsigned cpu_count = 1;

_Static_assert(sizeof(struct cpu) <= 4096, "a CPU takes one page");

static void cpu_setup(struct cpu *c, unsigned index, struct thread *idle)
{
    c->index = index;
    c->idle = c->current = idle;
    c->armed = c->slice_end = NEVER;
    list_init(&c->leaving);
    thread_init_idle(idle, c);
}

void cpu_init_first(uint64_t irq_stack_top, uint64_t panic_stack_top)
{
    arch_set_self(&first_idle);
    first_cpu.id = arch_cpu_id();
    first_cpu.irq_stack_top = irq_stack_top;
    first_cpu.panic_stack_top = panic_stack_top;
    first_cpu.state = CPU_ONLINE;
    cpu_setup(&first_cpu, 0, &first_idle);
    thread_list_idle(&first_idle);
}

static void *zeroed_page(void)
{
    uint64_t pa;

    if (pages_alloc(0, &pa) != 0) return NULL;
    return memset(arch_linear(pa), 0, 4096);
}

/* NULL without memory. What was allocated is then not given back: it is the machine's end anyway.
 * */
static struct cpu *cpu_new(unsigned index, uint64_t id)
{
    struct cpu *c = zeroed_page();
    struct thread *idle = zeroed_page();
    void *irq_stack = kstack_alloc(STACK_PAGES), *panic_stack = kstack_alloc(STACK_PAGES);

    if (c == NULL || idle == NULL || irq_stack == NULL || panic_stack == NULL) return NULL;
    cpu_setup(c, index, idle);
    idle->kstack_top = kstack_alloc(STACK_PAGES);
    if (idle->kstack_top == NULL) return NULL;
    c->id = id;
    c->irq_stack_top = (uint64_t)irq_stack;
    c->panic_stack_top = (uint64_t)panic_stack;
    return c;
}

static bool move_state(struct cpu *c, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&c->state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

static int start(uint64_t id)
{
    struct cpu *c = cpu_new(cpu_count, id);
    uint64_t until;
    int err;

    if (c == NULL) return -ENOMEM;
    cpus[cpu_count] = c;
    err = arch_cpu_start(c);
    if (err != 0) return err;
    until = time_ns() + START_NS;
    while (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE) == CPU_STARTING) {
        if (time_ns() > until && move_state(c, CPU_STARTING, CPU_GIVEN_UP)) return -ETIMEDOUT;
        arch_relax();
    }
    thread_list_idle(c->idle);
    /* Release: who sees the new count sees the CPU. */
    __atomic_store_n(&cpu_count, cpu_count + 1, __ATOMIC_RELEASE);
    return 0;
}

void cpus_start(const struct machine *m)
{
    if (m->cpus > CPUS_MAX) log_warn("cpu", "%u CPUs: %u of them are used", m->cpus, CPUS_MAX);
    for (unsigned i = 0; i < MIN(m->cpus, CPUS_MAX) && cpu_count < CPUS_MAX; i++) {
        int err = m->cpu_ids[i] == first_cpu.id ? 0 : start(m->cpu_ids[i]);

        if (err != 0) log_warn("cpu", "CPU 0x%lx does not start (error %d)", m->cpu_ids[i], -err);
    }
}

void cpu_main(struct cpu *c)
{
    irq_init_cpu();
    if (!move_state(c, CPU_STARTING, CPU_ONLINE)) {
        for (;;) arch_wait();
    }
    sched_idle();
}

void ipi_send(struct cpu *c, uint32_t why)
{
    /* Release, with the exchange in ipi_handle: what was done before is seen by who is asked. */
    if (__atomic_fetch_or(&c->ipi, why, __ATOMIC_SEQ_CST) == 0) irq_send(ARCH_IPI_IRQ, c);
}

void ipi_stop_others(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        if (cpus[i] != cpu_self()) ipi_send(cpus[i], IPI_STOP);
    }
}

void ipi_handle(void)
{
    uint32_t why = __atomic_exchange_n(&cpu_self()->ipi, 0, __ATOMIC_SEQ_CST);

    if (why & IPI_STOP) {
        for (;;) arch_wait();
    }
    if (why & IPI_RESCHEDULE) sched_ipi();
    if (why & IPI_TIMER) sched_timer_irq();
}
