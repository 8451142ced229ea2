/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
/* A hundred threads that say hello and give way to each other. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TASKS  100
#define ROUNDS 10

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int rounds_done;

static void *task(void *arg)
{
    long n = (long)arg;

    printf("Hello, task %ld! id = Tid(%d)\n", n, gettid());
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        rounds_done++;
        pthread_mutex_unlock(&lock);
        sched_yield();
    }
    return arg;
}

int main(void)
{
    pthread_t tasks[TASKS];

    for (long i = 0; i < TASKS; i++) {
        if (pthread_create(&tasks[i], NULL, task, (void *)i) != 0) {
            fprintf(stderr, "cannot create task %ld\n", i);
            return 1;
        }
    }
    printf("Hello, main task!\n");
    for (long i = 0; i < TASKS; i++) {
        void *result;

        if (pthread_join(tasks[i], &result) != 0 || result != (void *)i) {
            fprintf(stderr, "task %ld was lost\n", i);
            return 1;
        }
    }
    if (rounds_done != TASKS * ROUNDS) {
        fprintf(stderr, "%d rounds instead of %d\n", rounds_done, TASKS * ROUNDS);
        return 1;
    }
    printf("Task yielding tests run OK!\n");
    return 0;
}
