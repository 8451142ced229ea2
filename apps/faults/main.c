/* SPDX-License-Identifier: Apache-2.0 */
/* Does what its first boot argument says is wrong, in main or, with a second argument, in a thread
 * that main joins. Used by the tests of fault reports; nothing here returns normally. */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "isa.h"

#define NOINLINE __attribute__((noinline))

static const int constant = 1;
static int variable[64];
static volatile int enough = 1 << 30;

/* The kernel's, from uk.ld.S (Linux has none of them); too far away to be named by an instruction */
extern char __kdata[] __attribute__((weak)), __kbss_zero[] __attribute__((weak)),
    __extable_start[] __attribute__((weak));
static char *const volatile kernel_data = __kdata;
static char *const volatile kernel_bss = __kbss_zero;
static char *const volatile kernel_constants = __extable_start;

NOINLINE static int read_at(volatile int *p)  { return *p; }
NOINLINE static void write_at(volatile int *p) { *p = 1; }

NOINLINE static void call_at(void *p)
{
    void (*fn)(void);

    memcpy(&fn, &p, sizeof(fn));
    fn();
    __asm__ volatile("");       /* the jump is a call: a report shows this function */
}

NOINLINE static int overflow(int n)
{
    volatile char piece[512];

    piece[0] = (char)n;
    return n < enough ? overflow(n + 1) + piece[0] : 0;
}

/* It is the entry of the system call that meets the end of the stack. */
NOINLINE static int call_deeper(int n)
{
    volatile char piece[512];

    piece[0] = (char)clock_getres(CLOCK_MONOTONIC, NULL);
    return n < enough ? call_deeper(n + 1) + piece[0] : 0;
}

static void read_null(void)       { printf("%d\n", read_at(NULL)); }
static void write_code(void)      { write_at((volatile int *)(uintptr_t)write_code); }
static void write_constant(void)  { write_at((volatile int *)(uintptr_t)&constant); }
static void write_kernel(void)    { write_at((volatile int *)KERNEL_TEXT); }
static void write_linear(void)    { write_at((volatile int *)LINEAR_TEXT); }
static void run_data(void)        { call_at(variable); }
static void run_stack(void)       { int here[4] = { 0 }; call_at(here); }
static void run_heap(void)        { call_at(malloc(64)); }
static void run_kernel_data(void) { call_at(kernel_data); }
static void run_kernel_bss(void)  { call_at(kernel_bss); }
static void run_kernel_constants(void) { call_at(kernel_constants); }
static void run_linear(void)      { call_at((void *)LINEAR_TEXT); }
static void undefined(void)       { __asm__ volatile(UNDEFINED); }
static void system_call(void)     { __asm__ volatile(SYSTEM_CALL); }
static void use_stack_up(void)    { printf("%d\n", overflow(0)); }
static void stack_in_call(void)   { printf("%d\n", call_deeper(0)); }
static void nowhere(void)         { call_at((void *)0x12345000); }
static void high(void)            { call_at((void *)(KERNEL_TEXT + (1 << 26))); }
static void give_up(void)         { abort(); }
static void claim(void)           { assert(enough == 7); }
static void misaligned(void)      { __asm__ volatile(MISALIGNED); }

/* Not a fault everywhere. */
NOINLINE static void divide(void)
{
    register long quotient RESULT = 7;

    __asm__ volatile(DIVIDE : "+r"(quotient) : "r"(0L) : "cc" CLOBBERED);
    printf("7 / 0 = %ld\n", quotient);
}

/* What a compiler would not let through if it saw it. */
static void release(void *volatile p) { free(p); }

static void free_twice(void)
{
    char *volatile p = malloc(100);

    release(p);
    release(p);
}

static void free_inside(void)
{
    char *volatile p = malloc(100);

    release(p + 8);
}

static void free_data(void) { release(variable); }

/* A page that nobody has touched yet, with interrupts masked: the kernel cannot get it now. */
static void touch_masked(void)
{
    int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    __asm__ volatile(MASK ::: "memory");
    write_at(p);
}

static void use_memory_up(void)
{
    size_t size = (size_t)1 << 34;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    for (size_t at = 0; at < size; at += 4096) write_at((volatile int *)(p + at));
}

static void *return_at_once(void *arg) { return arg; }

static void join_twice(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, return_at_once, NULL) != 0 || pthread_join(t, NULL) != 0) return;
    printf("joining again: error %d\n", pthread_join(t, NULL));
}

static void after_unmap(void)
{
    int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *p = 1;
    munmap(p, 4096);
    printf("%d\n", read_at(p));
}

static void *sleep_for_ever(void *arg)
{
    for (;;) sleep(1000);
    return arg;
}

/* Threads until there is no more; what there is goes on working, and there is one again for one that
 * ended. */
static void start_many(size_t stack)
{
    pthread_attr_t attr;
    pthread_t t, last;
    int n = 0, err;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, stack);
    for (; (err = pthread_create(&t, &attr, sleep_for_ever, NULL)) == 0; n++) last = t;
    printf("%d threads, then error %d\n", n, err);
    if (n == 0 || pthread_cancel(last) != 0 || pthread_join(last, NULL) != 0) return;
    printf("one less, then error %d\n", pthread_create(&t, &attr, sleep_for_ever, NULL));
}

static void use_threads_up(void) { start_many(16384); }
static void use_stacks_up(void)  { start_many((size_t)4 << 20); }

#define LEFT_MOST 8192
#define LEFT_STEP 64

/* Of the stack so much is left when the thread wants to end. */
NOINLINE static void *end_with(void *left)
{
    pthread_attr_t attr;
    volatile char *piece;
    size_t size;
    void *base;

    if (pthread_getattr_np(pthread_self(), &attr) != 0 || pthread_attr_getstack(&attr, &base, &size) != 0) return NULL;
    piece = __builtin_alloca((size_t)((char *)__builtin_frame_address(0) - (char *)base) - (size_t)left);
    piece[0] = 1;
    pthread_exit(left);
}

/* It ends, or is ended when that is too little. */
static void end_late(void)
{
    size_t ended = 0, faults = 0;

    for (size_t left = LEFT_STEP; left <= LEFT_MOST; left += LEFT_STEP) {
        void *result = NULL;
        pthread_t t;

        if (pthread_create(&t, NULL, end_with, (void *)left) != 0 || pthread_join(t, &result) != 0) break;
        ended += result == (void *)left;
        faults += result == PTHREAD_CANCELED;
    }
    printf("%zu threads ended, %zu of them with a fault\n", ended + faults, faults);
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
    { "run-kernel-data", run_kernel_data },
    { "run-kernel-bss", run_kernel_bss },
    { "run-kernel-constants", run_kernel_constants },
    { "run-linear", run_linear },
    { "undefined", undefined },
    { "svc", system_call },
    { "stack", use_stack_up },
    { "stack-in-call", stack_in_call },
    { "nowhere", nowhere },
    { "high", high },
    { "abort", give_up },
    { "assert", claim },
    { "after-unmap", after_unmap },
    { "misaligned", misaligned },
    { "divide", divide },
    { "free-twice", free_twice },
    { "free-inside", free_inside },
    { "free-data", free_data },
    { "masked", touch_masked },
    { "memory", use_memory_up },
    { "join-twice", join_twice },
    { "threads", use_threads_up },
    { "stacks", use_stacks_up },
    { "end-late", end_late },
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
