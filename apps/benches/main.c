/* SPDX-License-Identifier: Apache-2.0 */
/* What threads, memory and system calls cost: benches NAME..., counted from outside by tests/bench.
 * Ordinary POSIX, so that the same source is measured on Linux. The ticks printed mean something only
 * where the CPU is real. */
#define _GNU_SOURCE
#include "bench.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELD 8

static volatile int done;

static unsigned long ticks(void)
{
    unsigned long now;

#if defined(__aarch64__)
    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(now) : : "memory");
#elif defined(__x86_64__)
    now = __builtin_ia32_rdtsc();
#elif defined(__riscv)
    __asm__ volatile("rdtime %0" : "=r"(now) : : "memory");
#endif
    return now;
}

/* 0: as usual. */
void bench_priority(int priority)
{
    const struct sched_param p = { .sched_priority = priority };

    if (pthread_setschedparam(pthread_self(), priority > 0 ? SCHED_FIFO : SCHED_OTHER, &p) != 0) {
        printf("no priorities here\n");
    }
}

static void syscall_null(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_SYSCALL);
        getppid();
        MARK(MARK_SYSCALL);
    }
}

static void *yield_back(void *arg)
{
    bench_priority(1);
    while (!done) {
        MARK(MARK_YIELDED);
        sched_yield();
    }
    return arg;
}

static void yield_pair(void)
{
    pthread_t other;

    done = 0;
    bench_priority(1);
    pthread_create(&other, NULL, yield_back, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_YIELD);
        sched_yield();
        MARK(MARK_YIELD);
    }
    done = 1;
    pthread_join(other, NULL);
    bench_priority(0);
}

static void *nothing(void *arg) { return arg; }

static void thread_life(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t t;

        MARK(MARK_THREAD);
        pthread_create(&t, NULL, nothing, NULL);
        pthread_join(t, NULL);
        MARK(MARK_THREAD);
    }
}

/* Without this the compiler would leave the pair out. */
static inline void *used(void *p)
{
    __asm__ volatile("" : "+r"(p) : : "memory");
    return p;
}

/* Others of the size are in use, as in most programs, so that nothing is set up or given back. */
static void *held[HELD];

static void hold(size_t size)
{
    for (int i = 0; i < HELD; i++) held[i] = malloc(size);
}

static void let_go(void)
{
    for (int i = 0; i < HELD; i++) free(held[i]);
}

static void malloc_64(void)
{
    hold(64);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_MALLOC_64);
        free(used(malloc(64)));
        MARK(MARK_MALLOC_64);
    }
    let_go();
}

static void malloc_4k(void)
{
    hold(4096);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_MALLOC_4K);
        free(used(malloc(4096)));
        MARK(MARK_MALLOC_4K);
    }
    let_go();
}

static void mutex(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_MUTEX);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        MARK(MARK_MUTEX);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} benches[] = {
    { "syscall_null", syscall_null },
    { "yield_pair", yield_pair },
    { "thread_life", thread_life },
    { "malloc_64", malloc_64 },
    { "malloc_4k", malloc_4k },
    { "mutex", mutex },
    { "wake_remote", bench_wake_remote },
    { "timer_irq", bench_timer_irq },
};

static int run(const char *name)
{
    unsigned long begin;

    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
        if (strcmp(benches[i].name, name) != 0) continue;
        begin = ticks();
        benches[i].run();
        printf("%s: %lu ticks\n", name, (ticks() - begin) / ROUNDS);
        return 0;
    }
    fprintf(stderr, "benches: there is no '%s'\n", name);
    return 1;
}

int main(int argc, char **argv)
{
    int wrong = 0;

    for (int i = 1; i < argc; i++) wrong |= run(argv[i]);
    MARK(MARK_END);
    return wrong;
}
