/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/panic.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Thread_local struct thread *host_self;
_Thread_local uint64_t host_irq_flag;
char *host_memory;

uint64_t fake_now, fake_timer_at;
uint32_t fake_ipis;
void (*fake_spin)(void);
static struct thread fake_idle[8];
static struct cpu fake_cpu[8];
struct cpu *cpus[CPUS_MAX];
unsigned cpu_count;
bool fake_panic_expected;
void *fake_panic_return[5];

void fake_memory(uint64_t bytes)
{
    size_t len = bytes;

    fake_cpus(1);
    /* Aligned as physical address 0 is, for the largest block. */
    host_memory = aligned_alloc(2u << 20, len);
    memset(host_memory, 0xa5, len);
}

void fake_memory_free(void)
{
    free(host_memory);
    host_memory = NULL;
}

void fake_thread(struct thread *t, uint32_t id)
{
    memset(t, 0, sizeof(*t));
    t->id = id;
    t->role = ROLE_APP;
    t->affinity = UINT32_MAX;
    t->cpu = cpus[0];
    list_init(&t->run);
    list_init(&t->wait);
    list_init(&t->pi_waiters);
    list_init(&t->pi_node);
}

void fake_cpus(unsigned count)
{
    memset(fake_cpu, 0, sizeof(fake_cpu));
    cpu_count = count;
    for (unsigned i = 0; i < count; i++) {
        struct cpu *c = cpus[i] = &fake_cpu[i];

        fake_thread(&fake_idle[i], 11 * (i + 1));
        fake_idle[i].role = ROLE_IDLE;
        fake_idle[i].state = THREAD_READY;
        fake_idle[i].cpu = c;
        c->index = i;
        c->idle = c->current = &fake_idle[i];
        c->armed = c->slice_end = NEVER;
        list_init(&c->leaving);
    }
    host_self = &fake_idle[0];
    host_irq_flag = 1;
    fake_ipis = 0;
    fake_spin = NULL;
    fake_timer_at = NEVER;
}

void ipi_send(struct cpu *c, uint32_t why)
{
    c->ipi |= why;
    fake_ipis |= UINT32_C(1) << c->index;
}

void host_irqs_on(void) { }

void host_spin(void)
{
    if (fake_spin != NULL) {
        fake_spin();
        return;
    }
    fprintf(stderr, "waits for a lock for ever\n");
    abort();
}

void panic(const char *format, ...)
{
    va_list args;

    if (fake_panic_expected) {
        host_self->held = NULL;
        __builtin_longjmp(fake_panic_return, 1);
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    abort();
}

uint64_t arch_ticks(void)               { return fake_now; }
uint64_t arch_ticks_per_second(void)    { return FAKE_HZ; }
void arch_timer_set(uint64_t at)        { fake_timer_at = at; }
