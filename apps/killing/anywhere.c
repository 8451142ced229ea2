/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that hold nothing, in code of the application, of libc and of the kernel. */
#include "isa.h"
#include "killing.h"

void *spin(void *arg)
{
    ready(arg);
    for (volatile int on = 1; on;) { }
    return NULL;
}

static void *sleep_for_ever(void *arg)
{
    ready(arg);
    for (;;) sleep(3600);
    return NULL;
}

static void *allocate(void *arg)
{
    void *p[8] = { NULL };

    ready(arg);
    for (unsigned i = 0;; i++) {
        free(p[i % 8]);
        p[i % 8] = malloc(i * 37 % 20000);
    }
    return NULL;
}

static void *print(void *arg)
{
    char text[64];

    ready(arg);
    for (int i = 0;; i++) {
        fprintf(stderr, "%s", "");
        snprintf(text, sizeof(text), "%d %f", i, i / 3.0);
        fputs("", stdout);
    }
    return NULL;
}

static void *read_console(void *arg)
{
    ready(arg);
    for (;;) (void)getchar();
    return NULL;
}

static void *make_threads(void *arg)
{
    ready(arg);
    for (;;) {
        pthread_t t;

        if (pthread_create(&t, NULL, do_nothing, NULL) == 0) pthread_join(t, NULL);
    }
    return NULL;
}

static void *give_way(void *arg)
{
    ready(arg);
    for (;;) sched_yield();
    return NULL;
}

static char memory[1 << 18];

static void *set_memory(void *arg)
{
    ready(arg);
    for (;;) {
        memset(memory, 0, sizeof(memory));
        __asm__ volatile("" ::: "memory");
    }
    return NULL;
}

static void *copy_by_pointer(void *arg)
{
    void *(*volatile copy)(void *, const void *, size_t) = memcpy;

    ready(arg);
    for (;;) copy(memory, memory + sizeof(memory) / 2, sizeof(memory) / 2);
    return NULL;
}

static void *measure_text(void *arg)
{
    static char text[1 << 18];
    volatile size_t len;

    memset(text, 'x', sizeof(text) - 1);
    ready(arg);
    for (;;) len = strlen(text);
    return (void *)len;
}

static void *ask_who_it_is(void *arg)
{
    ready(arg);
    for (;;) (void)getppid();
    return NULL;
}

void wherever_it_is(void)
{
    static const struct {
        const char *name;
        void *(*fn)(void *);
    } cases[] = {
        { "spins", spin }, { "sleeps", sleep_for_ever }, { "allocates", allocate }, { "prints", print },
        { "reads the console", read_console }, { "makes threads", make_threads }, { "gives way", give_way },
        { "sets memory", set_memory }, { "copies memory", copy_by_pointer }, { "measures text", measure_text },
        { "asks who it is", ask_who_it_is },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (long round = 0; round < ROUNDS; round++) kill_and_join(cases[i].fn, round * 13 % 100);
        libc_is_whole();
        printf("killed while it %s\n", cases[i].name);
    }
}

static volatile uint64_t *words;
static volatile int on;

static void *set_memory_without_frames(void *arg)
{
    volatile uint64_t own[2] __attribute__((aligned(16))) = { 0, 0x1234 };

    words = own;
    on = 1;
    ready(arg);
    while (on) memset_with_fp((char *)own + FP_OFFSET, memory, sizeof(memory));
    for (;;) { }
    return NULL;
}

void where_there_are_no_frames(void)
{
    for (int round = 0; round < 5; round++) {
        pthread_t t = start(set_memory_without_frames, 0);

        nap(1000);
        CHECK(uk_thread_kill(ids[0]) == 0);
        nap(20000);
        CHECK(words[1] == 0x1234);
        on = 0;
        ends(t);
    }
    printf("killed where there are no frames\n");
}
