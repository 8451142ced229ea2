/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/sched.c unikernel/kernel/place.c unikernel/kernel/policy.c unikernel/kernel/timerq.c
// sources: unikernel/posix/no_cputime.c unikernel/kernel/time.c unikernel/kernel/lock.c unikernel/kernel/flush.c -lpthread
#include "tests/unit/unikernel/fake/smp.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unikernel/kernel/signal.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/fault.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/irq.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

#define HANG_S 240

_Thread_local struct thread *host_self;
_Thread_local uint64_t host_irq_flag;
char *host_memory;
struct cpu *cpus[CPUS_MAX];
unsigned cpu_count;

static struct cpu cpu[CPUS_MAX];
static struct smp_thread idle[CPUS_MAX], *threads;
static unsigned thread_count;
static struct thread *runs[CPUS_MAX];
static bool over;

/* What interrupts a CPU. */
static struct line {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool raised;
    uint64_t timer_at;              /* the CPU's own */
} lines[CPUS_MAX];

static struct smp_thread *smp_of(struct thread *t) { return container_of(t, struct smp_thread, t); }

void smp_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    abort();
}

void panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    abort();
}

uint64_t arch_ticks_per_second(void) { return 1000000000; }

uint64_t arch_ticks(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void arch_timer_set(uint64_t at) { lines[cpu_self()->index].timer_at = at; }

void irq_send(uint32_t irq, const struct cpu *to)
{
    struct line *l = &lines[to->index];

    pthread_mutex_lock(&l->lock);
    __atomic_store_n(&l->raised, true, __ATOMIC_RELAXED);
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

void ipi_send(struct cpu *c, uint32_t why)
{
    if (__atomic_fetch_or(&c->ipi, why, __ATOMIC_SEQ_CST) == 0) irq_send(ARCH_IPI_IRQ, c);
}

void host_spin(void)
{
    flush_serve();
    sched_yield();
}

/* ---- one thread to a CPU */

static void enter(void)
{
    struct thread *nobody = NULL, *self = host_self;

    MUST(__atomic_compare_exchange_n(&runs[self->cpu->index], &nobody, self, false,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

static void leave(void)
{
    struct thread *self = host_self;

    MUST(__atomic_compare_exchange_n(&runs[self->cpu->index], &self, NULL, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED));
}

static void go_on_in(struct thread *next, struct spinlock *lock)
{
    leave();
    next->preempted = false;
    spin_unlock(lock);
    sem_post(&smp_of(next)->go);
}

static void wait_for_turn(void)
{
    while (sem_wait(&smp_of(host_self)->go) != 0) { }
    enter();
}

void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    MUST(prev == host_self && host_irq_flag == 0);
    go_on_in(next, lock);
    wait_for_turn();
}

void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock)
{
    arch_switch(prev, next, lock);
    longjmp(smp_of(prev)->interrupted, 1);
}

void arch_abandon(struct thread *next, struct spinlock *lock)
{
    cpu_self()->dead = NULL;
    go_on_in(next, lock);
    pthread_exit(NULL);
}

void arch_frame_redirect(struct trap_frame *f, void (*fn)(void *), void *arg, uint64_t sp) { }
void thread_die(void *status) { panic("a thread dies"); }
bool thread_may_die_at(struct trap_frame *f) { return true; }
void thread_return_to_end(struct trap_frame *f) { }
void signal_interrupted(struct trap_frame *f) { }
void signal_thread_ended(struct thread *t) { }
uint64_t arch_frame_fp(const struct trap_frame *f) { return 0; }

/* ---- interrupts */

static bool is_pending(const struct line *l)
{
    return __atomic_load_n(&l->raised, __ATOMIC_RELAXED) || arch_ticks() >= l->timer_at;
}

static void handle(struct cpu *c, struct line *l)
{
    c->in_irq = true;
    flush_idle_end();
    if (__atomic_exchange_n(&l->raised, false, __ATOMIC_ACQUIRE)) {
        flush_serve();
        if (__atomic_exchange_n(&c->ipi, 0, __ATOMIC_SEQ_CST) != 0) sched_ipi();
    }
    if (arch_ticks() >= l->timer_at) sched_timer_irq();
    c->in_irq = false;
}

void host_irqs_on(void)
{
    while (is_pending(&lines[cpu_self()->index])) {
        host_irq_flag = 0;
        if (setjmp(smp_of(host_self)->interrupted) == 0) {
            struct trap_frame frame = { 0 };

            handle(cpu_self(), &lines[cpu_self()->index]);
            sched_irq_exit(&frame);
        }
        host_irq_flag = 1;
    }
}

void arch_wait(void)
{
    struct line *l = &lines[cpu_self()->index];
    uint64_t at = MIN(l->timer_at, arch_ticks() + 1000000000);
    struct timespec until = { (time_t)(at / 1000000000), (long)(at % 1000000000) };

    flush_idle_begin();
    pthread_mutex_lock(&l->lock);
    while (!is_pending(l) && !__atomic_load_n(&over, __ATOMIC_RELAXED) && arch_ticks() < at) {
        pthread_cond_timedwait(&l->wake, &l->lock, &until);
    }
    pthread_mutex_unlock(&l->lock);
    flush_idle_end();
    if (__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        sched_idle_end(cpu_self());
        pthread_exit(NULL);
    }
}

/* ---- life */

static void *thread_main(void *arg)
{
    struct smp_thread *s = arg;

    host_self = &s->t;
    wait_for_turn();
    arch_irq_enable();
    s->fn(s);
    (void)arch_irq_save();
    sched_end();
}

static void *idle_main(void *arg)
{
    struct smp_thread *s = arg;

    host_self = &s->t;
    enter();
    if (s == &idle[0]) {
        for (unsigned i = 0; i < thread_count; i++) MUST(sched_start(&threads[i].t, false));
    }
    sched_idle();
}

static void thread_init(struct smp_thread *s, uint32_t id, struct cpu *c)
{
    memset(&s->t, 0, sizeof(s->t));
    s->t.id = id;
    s->t.role = ROLE_APP;
    s->t.cpu = c;
    s->t.affinity = UINT32_MAX;
    list_init(&s->t.run);
    list_init(&s->t.wait);
    list_init(&s->t.pi_waiters);
    list_init(&s->t.pi_node);
    MUST(sem_init(&s->go, 0, 0) == 0);
}

static void cpu_setup(unsigned i)
{
    pthread_condattr_t monotonic;

    memset(&cpu[i], 0, sizeof(cpu[i]));
    thread_init(&idle[i], 11 * (i + 1), &cpu[i]);
    idle[i].t.role = ROLE_IDLE;
    idle[i].t.state = THREAD_READY;
    cpu[i].index = i;
    cpu[i].idle = cpu[i].current = &idle[i].t;
    cpu[i].armed = cpu[i].slice_end = NEVER;
    list_init(&cpu[i].leaving);
    cpus[i] = &cpu[i];
    runs[i] = NULL;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    lines[i] = (struct line){ .timer_at = NEVER };
    pthread_mutex_init(&lines[i].lock, NULL);
    pthread_cond_init(&lines[i].wake, &monotonic);
}

void smp_run(unsigned count, struct smp_thread *all, unsigned how_many)
{
    alarm(HANG_S);
    time_init();
    threads = all;
    thread_count = how_many;
    over = false;
    cpu_count = count;
    for (unsigned i = 0; i < count; i++) cpu_setup(i);
    for (unsigned i = 0; i < how_many; i++) {
        thread_init(&all[i], THREAD_ID_MAIN + i, cpus[0]);
        all[i].number = all[i].seed = i;
        MUST(pthread_create(&all[i].host, NULL, thread_main, &all[i]) == 0);
    }
    for (unsigned i = 0; i < count; i++) {
        MUST(pthread_create(&idle[i].host, NULL, idle_main, &idle[i]) == 0);
    }
    for (unsigned i = 0; i < how_many; i++) pthread_join(all[i].host, NULL);
    __atomic_store_n(&over, true, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < count; i++) irq_send(ARCH_IPI_IRQ, cpus[i]);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(idle[i].host, NULL);
        MUST(cpus[i]->count == 0 && list_is_empty(&cpus[i]->leaving));
        MUST(timerq_first(&cpus[i]->timers) == NULL);
        MUST(cpus[i]->lock.serving == cpus[i]->lock.next);
    }
    alarm(0);
}
