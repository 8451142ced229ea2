/* SPDX-License-Identifier: Apache-2.0 */
/* Threads in every state, for an operator to look at, start and end from the shell. Ends when all
 * of them have. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>
#include <uk.h>

static sem_t never;

static void clean(void *name) { printf("%s ends\n", (const char *)name); }

static void *sleeper(void *name)
{
    pthread_setname_np(pthread_self(), name);
    pthread_cleanup_push(clean, name);
    for (;;) sleep(3600);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *waiter(void *name)
{
    pthread_setname_np(pthread_self(), name);
    pthread_cleanup_push(clean, name);
    for (;;) sem_wait(&never);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *spinner(void *name)
{
    pthread_setname_np(pthread_self(), name);
    pthread_cleanup_push(clean, name);
    for (volatile int on = 1; on;) { }
    pthread_cleanup_pop(1);
    return NULL;
}

static void *background(void *name)
{
    pthread_setname_np(pthread_self(), name);
    printf("%s runs\n", (const char *)name);
    return NULL;
}

int main(void)
{
    void *(*const bodies[])(void *) = { sleeper, waiter, spinner, background };
    static char *const names[] = { "sleeper", "waiter", "spinner", "background" };
    pthread_t t[4];

    sem_init(&never, 0, 0);
    for (int i = 0; i < 4; i++) {
        if (bodies[i] == background) uk_thread_hold_next();
        if (pthread_create(&t[i], NULL, bodies[i], names[i]) != 0) return 1;
    }
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    puts("all have ended");
    return 5;
}
