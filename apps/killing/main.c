/* SPDX-License-Identifier: Apache-2.0 */
/* Threads are killed wherever they may be, again and again at other moments: each ends, its joiner
 * hears of it, and neither the kernel nor libc has lost a lock. Exit status: 0 when all of it held. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uk.h>
#include <unistd.h>

#include "isa.h"

#define ROUNDS 25

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, robust, inheriting;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int ids[4], cleaned, woken, gone_on;

static void nap(long us)
{
    struct timespec t = { 0, us * 1000 };

    while (nanosleep(&t, &t) != 0) { }
}

static void ready(void *arg) { ids[(intptr_t)arg] = gettid(); }

static void *spin(void *arg)
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

static void *do_nothing(void *arg) { return arg; }

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

/* What stdio asks of a FILE of our own: it holds that FILE's lock. */
static volatile int may_return;

static ssize_t write_spinning(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) { }
    return (ssize_t)len;
}

static ssize_t write_in_libc(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) memset(memory, 0, sizeof(memory));
    return (ssize_t)len;
}

static ssize_t write_napping(void *cookie, const char *text, size_t len)
{
    ready(cookie);
    while (!may_return) nap(1000);
    return (ssize_t)len;
}

static FILE *own;

static void *print_to_own(void *arg)
{
    fputc('x', own);
    gone_on = 1;
    return NULL;
}

static void *take_lock(void *arg)
{
    ready(arg);
    pthread_mutex_lock(&lock);
    gone_on = 1;
    return NULL;
}

static void *take_inheriting(void *arg)
{
    ready(arg);
    pthread_mutex_lock(&inheriting);
    gone_on = 1;
    return NULL;
}

static void unlock(void *m)
{
    cleaned++;
    pthread_mutex_unlock(m);
}

static void *sleep_with_lock(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    ready(arg);
    for (;;) sleep(3600);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *spin_with_robust_lock(void *arg)
{
    pthread_mutex_lock(&robust);
    return spin(arg);
}

static void *wait_for_change(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    ready(arg);
    pthread_cond_wait(&changed, &lock);
    woken++;
    pthread_cleanup_pop(1);
    return NULL;
}

static void wait_for_main(void *arg)
{
    pthread_mutex_lock(&lock);
    cleaned++;
    pthread_mutex_unlock(&lock);
}

static void *spin_with_slow_cleanup(void *arg)
{
    pthread_cleanup_push(wait_for_main, NULL);
    spin(arg);
    pthread_cleanup_pop(0);
    return NULL;
}

static pthread_key_t slow_end;

static void *return_with_slow_end(void *arg)
{
    pthread_setspecific(slow_end, arg);
    ready(NULL);
    return arg;
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

static pthread_t start(void *(*fn)(void *), intptr_t n)
{
    pthread_t t;

    ids[n] = 0;
    CHECK(pthread_create(&t, NULL, fn, (void *)n) == 0);
    while (ids[n] == 0) nap(100);
    return t;
}

static void ends(pthread_t t)
{
    void *result;

    CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
}

static void kill_and_join(void *(*fn)(void *), long us)
{
    pthread_t t = start(fn, 0);

    nap(us);
    CHECK(uk_thread_kill(ids[0]) == 0);
    ends(t);
}

/* Everything of libc that has a lock can be used. */
static void libc_is_whole(void)
{
    pthread_t t;
    void *p[64];

    for (int i = 0; i < 64; i++) CHECK((p[i] = malloc((size_t)i * 300)) != NULL);
    for (int i = 0; i < 64; i++) free(p[i]);
    printf("%s", "");
    fprintf(stderr, "%s", "");
    CHECK(ftrylockfile(stdin) == 0);
    funlockfile(stdin);
    CHECK(pthread_create(&t, NULL, do_nothing, NULL) == 0);
    CHECK(pthread_join(t, NULL) == 0);
}

static void wherever_it_is(void)
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

static void while_it_waits_for_a_mutex(void)
{
    pthread_mutex_lock(&lock);
    kill_and_join(take_lock, 1000);
    CHECK(!gone_on);
    pthread_mutex_unlock(&lock);
    printf("killed while it waits for a mutex\n");
}

static void while_it_waits_for_a_mutex_that_inherits(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    CHECK(pthread_mutex_init(&inheriting, &attr) == 0 && pthread_mutex_lock(&inheriting) == 0);
    kill_and_join(take_inheriting, 1000);
    CHECK(!gone_on);
    CHECK(pthread_mutex_unlock(&inheriting) == 0);
    CHECK(pthread_mutex_lock(&inheriting) == 0 && pthread_mutex_unlock(&inheriting) == 0);
    printf("killed while it waits for a mutex that inherits\n");
}

/* The call of stdio is over first. */
static void while_stdio_calls_it(void)
{
    static cookie_write_function_t *const writes[] = { write_spinning, write_in_libc, write_napping };

    gone_on = 0;
    for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        own = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = writes[i] });
        CHECK(own != NULL && setvbuf(own, NULL, _IONBF, 0) == 0);
        for (long round = 0; round < ROUNDS; round++) {
            pthread_t t;

            may_return = 0;
            t = start(print_to_own, 0);
            nap(round * 13 % 100);
            CHECK(uk_thread_kill(ids[0]) == 0);
            nap(1000);
            CHECK(ftrylockfile(own) != 0);
            may_return = 1;
            ends(t);
            CHECK(!gone_on && ftrylockfile(own) == 0);
            funlockfile(own);
        }
        CHECK(fclose(own) == 0);
    }
    printf("killed while stdio calls it\n");
}

static void while_it_holds_a_mutex(void)
{
    pthread_mutexattr_t attr;

    cleaned = 0;
    kill_and_join(sleep_with_lock, 1000);
    CHECK(cleaned == 1 && pthread_mutex_trylock(&lock) == 0);
    pthread_mutex_unlock(&lock);

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attr);
    kill_and_join(spin_with_robust_lock, 1000);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD && pthread_mutex_consistent(&robust) == 0);
    CHECK(pthread_mutex_unlock(&robust) == 0);
    printf("killed while it holds a mutex\n");
}

/* Number 1 of 4 is killed, before the others are woken or after that. */
static void while_it_waits_for_a_condition(void)
{
    for (int round = 0; round < 2 * ROUNDS; round++) {
        pthread_t t[4];
        void *result;

        woken = cleaned = 0;
        for (int i = 0; i < 4; i++) t[i] = start(wait_for_change, i);
        pthread_mutex_lock(&lock);      /* the last one waits, too */
        if (round % 2 == 0) {
            CHECK(uk_thread_kill(ids[1]) == 0);
            nap(round * 7);
            pthread_cond_broadcast(&changed);
        } else {
            pthread_cond_broadcast(&changed);
            nap(round * 7);
            CHECK(uk_thread_kill(ids[1]) == 0);
        }
        nap(round * 7);
        pthread_mutex_unlock(&lock);
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_join(t[i], &result) == 0 && (i == 1 || result == NULL));
        }
        CHECK(woken >= 3 && cleaned == 4);
    }
    printf("killed while it waits for a condition\n");
}

static void cleanups_are_not_cut_short(void)
{
    pthread_t t = start(spin_with_slow_cleanup, 0);

    cleaned = 0;
    pthread_mutex_lock(&lock);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    CHECK(cleaned == 0);
    pthread_mutex_unlock(&lock);
    ends(t);
    CHECK(cleaned == 1);
    printf("killed twice while its cleanup waits\n");
}

static void while_it_ends_by_itself(void)
{
    void *result;
    pthread_t t;

    CHECK(pthread_key_create(&slow_end, wait_for_main) == 0);
    cleaned = ids[0] = 0;
    pthread_mutex_lock(&lock);
    CHECK(pthread_create(&t, NULL, return_with_slow_end, &slow_end) == 0);
    while (ids[0] == 0) nap(100);
    nap(2000);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    pthread_mutex_unlock(&lock);
    CHECK(pthread_join(t, &result) == 0 && result == &slow_end);
    CHECK(cleaned == 1);
    CHECK(pthread_key_delete(slow_end) == 0);
    printf("killed while it ends by itself\n");
}

static void where_there_are_no_frames(void)
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

static void *kill_main(void *id)
{
    while (!on) nap(100);
    uk_thread_kill((int)(intptr_t)id);
    return NULL;
}

/* Its stack pointer is just above a page that it has never used. */
static int main_is_killed(void)
{
    char *sp = __builtin_alloca(16), *lowest;
    pthread_t t;

    CHECK(pthread_create(&t, NULL, kill_main, (void *)(intptr_t)gettid()) == 0);
    lowest = __builtin_alloca(((uintptr_t)sp & 4095) + 65536 - 64);
    *(volatile char *)lowest = 1;
    for (on = 1; on;) { }
    return *lowest;
}

int main(int argc, char **argv)
{
    if (argc > 1) return main_is_killed();
    CHECK(uk_thread_kill(11) == EPERM);
    CHECK(uk_thread_kill(999999) == ESRCH);
    wherever_it_is();
    while_it_waits_for_a_mutex();
    while_it_waits_for_a_mutex_that_inherits();
    while_it_holds_a_mutex();
    while_it_waits_for_a_condition();
    cleanups_are_not_cut_short();
    while_it_ends_by_itself();
    where_there_are_no_frames();
    while_stdio_calls_it();
    libc_is_whole();
    printf("all were killed\n");
    return 0;
}
