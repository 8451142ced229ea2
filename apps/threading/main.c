/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
/* threading [TASKS]: a hundred threads, or as many as that, say hello and give way to each other. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TASKS  100L
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

int main(int argc, char **argv)
{
    pthread_t tasks[TASKS];
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : TASKS;

    if (count < 1 || count > TASKS) {
        fprintf(stderr, "threading: from 1 to %ld tasks, not %s\n", TASKS, argv[1]);
        return 1;
    }
    for (long i = 0; i < count; i++) {
        if (pthread_create(&tasks[i], NULL, task, (void *)i) != 0) {
            fprintf(stderr, "cannot create task %ld\n", i);
            return 1;
        }
    }
    printf("Hello, main task!\n");
    for (long i = 0; i < count; i++) {
        void *result;

        if (pthread_join(tasks[i], &result) != 0 || result != (void *)i) {
            fprintf(stderr, "task %ld was lost\n", i);
            return 1;
        }
    }
    if (rounds_done != count * ROUNDS) {
        fprintf(stderr, "%d rounds instead of %ld\n", rounds_done, count * ROUNDS);
        return 1;
    }
    printf("Task yielding tests run OK!\n");
    return 0;
}
