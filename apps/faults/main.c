/* SPDX-License-Identifier: Apache-2.0 */
/* Does what its first boot argument says is wrong, in main or, with a second argument, in a thread
 * that main joins. Used by the tests of fault reports; nothing here returns normally. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "isa.h"

#define NOINLINE __attribute__((noinline))

static const int constant = 1;
static int variable[64];
static volatile int enough = 1 << 30;

NOINLINE static int read_at(volatile int *p)  { return *p; }
NOINLINE static void write_at(volatile int *p) { *p = 1; }

NOINLINE static void call_at(void *p)
{
    void (*fn)(void);

    memcpy(&fn, &p, sizeof(fn));
    fn();
}

NOINLINE static int overflow(int n)
{
    volatile char piece[512];

    piece[0] = (char)n;
    return n < enough ? overflow(n + 1) + piece[0] : 0;
}

static void read_null(void)       { printf("%d\n", read_at(NULL)); }
static void write_code(void)      { write_at((volatile int *)(uintptr_t)write_code); }
static void write_constant(void)  { write_at((volatile int *)(uintptr_t)&constant); }
static void write_kernel(void)    { write_at((volatile int *)KERNEL_TEXT); }
static void write_linear(void)    { write_at((volatile int *)LINEAR_TEXT); }
static void run_data(void)        { call_at(variable); }
static void run_stack(void)       { int here[4] = { 0 }; call_at(here); }
static void run_heap(void)        { call_at(malloc(64)); }
static void undefined(void)       { __asm__ volatile(UNDEFINED); }
static void system_call(void)     { __asm__ volatile(SYSTEM_CALL); }
static void use_stack_up(void)    { printf("%d\n", overflow(0)); }
static void nowhere(void)         { call_at((void *)0x12345000); }
static void give_up(void)         { abort(); }

static void after_unmap(void)
{
    int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *p = 1;
    munmap(p, 4096);
    printf("%d\n", read_at(p));
}

static const struct deed {
    const char *name;
    void (*run)(void);
} deeds[] = {
    { "read-null", read_null },
    { "write-code", write_code },
    { "write-constant", write_constant },
    { "write-kernel", write_kernel },
    { "write-linear", write_linear },
    { "run-data", run_data },
    { "run-stack", run_stack },
    { "run-heap", run_heap },
    { "undefined", undefined },
    { "svc", system_call },
    { "stack", use_stack_up },
    { "nowhere", nowhere },
    { "abort", give_up },
    { "after-unmap", after_unmap },
};

static void clean(void *arg) { printf("cleanup of %s ran\n", (const char *)arg); }

static void *in_thread(void *arg)
{
    const struct deed *d = arg;

    pthread_cleanup_push(clean, (void *)(uintptr_t)d->name);
    d->run();
    pthread_cleanup_pop(0);
    return NULL;
}

static int run_in_thread(const struct deed *d)
{
    pthread_t t;
    void *result;

    if (pthread_create(&t, NULL, in_thread, (void *)(uintptr_t)d) != 0) return 1;
    if (pthread_join(t, &result) != 0) return 1;
    printf("joined: %s\n", result == PTHREAD_CANCELED ? "the thread was ended" : "no fault");
    return result == PTHREAD_CANCELED ? 3 : 1;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (strcmp(deeds[i].name, argv[1]) != 0) continue;
        if (argc > 2) return run_in_thread(&deeds[i]);
        deeds[i].run();
        return 1;
    }
    puts("usage: faults DEED [thread]");
    return 2;
}
