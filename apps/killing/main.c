/* SPDX-License-Identifier: Apache-2.0 */
/* Threads are killed wherever they may be, again and again at other moments: each ends, its joiner
 * hears of it, and neither the kernel nor libc has lost a lock. Exit status: 0 when all of it held. */
#include "killing.h"

volatile int ids[4];

void *do_nothing(void *arg) { return arg; }

pthread_t start(void *(*fn)(void *), intptr_t n)
{
    pthread_t t;

    ids[n] = 0;
    CHECK(pthread_create(&t, NULL, fn, (void *)n) == 0);
    while (ids[n] == 0) nap(100);
    return t;
}

void ends(pthread_t t)
{
    void *result;

    CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
}

void kill_and_join(void *(*fn)(void *), long us)
{
    pthread_t t = start(fn, 0);

    nap(us);
    CHECK(uk_thread_kill(ids[0]) == 0);
    ends(t);
}

void libc_is_whole(void)
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

static volatile int on;

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
