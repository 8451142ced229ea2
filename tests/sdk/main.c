/* SPDX-License-Identifier: Apache-2.0 */
/* outside N: pi by N threads, by way of a file. */
#include "kernel.h"
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <series.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double parts[16];
static unsigned threads;

static void *work(void *arg)
{
    unsigned one = (unsigned)(size_t)arg;

    parts[one] = series_part(one, threads);
    return NULL;
}

/* What is written and read again is what was meant. */
static double by_file(double sum)
{
    FILE *file = fopen("/tmp/sum", "w+");
    double read = 0;

    if (file == NULL) {
        printf("no files: %s\n", strerror(errno));
        return sum;
    }
    fprintf(file, "%.12f\n", sum);
    rewind(file);
    if (fscanf(file, "%lf", &read) != 1) exit(2);
    fclose(file);
    return read;
}

int main(int argc, char **argv)
{
    pthread_t thread[16];
    double sum = 0;

    threads = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
    if (threads == 0 || threads > 16) {
        fprintf(stderr, "outside: a number of threads, please\n");
        return 1;
    }
    for (size_t i = 0; i < threads; i++) {
        if (pthread_create(&thread[i], NULL, work, (void *)i) != 0) return 2;
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        sum += parts[i];
    }
    sum = by_file(sum);
    printf("%u threads, %s: %.4f, %.4f away\n", threads, kernel_of((int)threads), sum,
           fabs(sum - acos(-1)));
    printf("%s\n", getenv("GREETING") != NULL ? getenv("GREETING") : "no greeting");
    return panic + sched_init + thread_create;
}
