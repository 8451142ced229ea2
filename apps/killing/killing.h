/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

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

#define ROUNDS 25

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Threads that are going to be killed know their number, 0 to 3, and say when they are ready. */
extern volatile int ids[4];

static inline void ready(void *number) { ids[(intptr_t)number] = gettid(); }

static inline void nap(long us)
{
    struct timespec t = { 0, us * 1000 };

    while (nanosleep(&t, &t) != 0) { }
}

void *spin(void *number);
void *do_nothing(void *arg);

/* Make a thread of a number and wait until it is ready. */
pthread_t start(void *(*fn)(void *), intptr_t number);

/* Its joiner hears that it was killed. */
void ends(pthread_t t);

/* Start it as number 0 and kill it so much later. */
void kill_and_join(void *(*fn)(void *), long us);

/* Everything of libc that has a lock can be used. */
void libc_is_whole(void);

void wherever_it_is(void);
void where_there_are_no_frames(void);
void while_it_waits_for_a_mutex(void);
void while_it_waits_for_a_mutex_that_inherits(void);
void while_it_holds_a_mutex(void);
void while_it_waits_for_a_condition(void);
void cleanups_are_not_cut_short(void);
void while_it_ends_by_itself(void);
void while_stdio_calls_it(void);
