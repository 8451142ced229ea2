/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a thread's registers stays there, whatever happens between two of its instructions. */
#define _GNU_SOURCE
#include "smoke.h"
#include "isa.h"
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

static volatile int quiet;

/* 20 000 interrupts a second, each of them taking the CPU away for a moment where we may have a
 * priority above the others'. */
static void *disturb(void *arg)
{
    const struct sched_param p = { .sched_priority = 10 };
    const struct timespec moment = { 0, 50000 };

    pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
    while (!quiet) nanosleep(&moment, NULL);
    return NULL;
}

static void among_interrupts(void *(*keep)(void *), intptr_t step)
{
    pthread_t t[4], other;
    void *r;

    quiet = 0;
    CHECK(pthread_create(&other, NULL, disturb, NULL) == 0);
    for (intptr_t i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, keep, (void *)(i * step)) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
    quiet = 1;
    CHECK(pthread_join(other, NULL) == 0);
}

/* While others compete for the CPU. */
static void *keep_flags(void *arg)
{
    int same = 1;

    for (unsigned long i = 0; i < 200 && same; i++) {
        unsigned long flags = (i + (uintptr_t)arg) % 16;

        same = flags_after_loop(flags, 100000) == flags;
    }
    return (void *)(uintptr_t)!same;
}

/* regression: uk 1 */
static void condition_flags_survive_interrupts(void)
{
    among_interrupts(keep_flags, 5);
}

static void *keep_vectors(void *arg)
{
    int same = 1;

    for (int i = 0; i < 100 && same; i++) same = vectors_after_loop((unsigned char)(intptr_t)arg, 100000);
    return (void *)(intptr_t)!same;
}

/* regression: uk 31 */
static void vector_registers_are_never_mixed(void)
{
    among_interrupts(keep_vectors, 50);
}

/* Values that stay in registers over a call, and the rounding mode. */
static void *keep_over_yield(void *arg)
{
    static const int modes[] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };
    intptr_t n = (intptr_t)arg;
    volatile double seed = (double)n;
    double a = seed + 1, b = seed + 2, c = seed + 3, d = seed + 4, e = seed + 5, f = seed + 6;

    fesetround(modes[n % 4]);
    for (int i = 0; i < 100; i++) {
        sched_yield();
        if (fegetround() != modes[n % 4] || a != seed + 1 || b != seed + 2 || c != seed + 3 ||
            d != seed + 4 || e != seed + 5 || f != seed + 6) {
            return (void *)1;
        }
    }
    return NULL;
}

/* regression: uk 31 */
static void floating_point_survives_giving_way(void)
{
    pthread_t t[5];
    void *r;

    for (intptr_t i = 0; i < 5; i++) {
        CHECK(pthread_create(&t[i], NULL, keep_over_yield, (void *)(i * 10)) == 0);
    }
    for (int i = 0; i < 5; i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
    CHECK(fegetround() == FE_TONEAREST);
}

static void *leave_other_rounding(void *arg)
{
    fesetround(FE_UPWARD);
    sched_yield();
    return arg;
}

static void *rounding(void *arg) { return fegetround() == FE_TONEAREST ? NULL : arg; }

static void a_new_thread_rounds_to_nearest(void)
{
    void *(*const bodies[])(void *) = { leave_other_rounding, rounding };

    for (int i = 0; i < 10; i++) {
        pthread_t t;
        void *r;

        CHECK(pthread_create(&t, NULL, bodies[i % 2], (void *)&quiet) == 0);
        CHECK(pthread_join(t, &r) == 0 && r == (i % 2 ? NULL : (void *)&quiet));
    }
}

const struct test register_tests[] = {
    { "condition_flags_survive_interrupts", condition_flags_survive_interrupts },
    { "vector_registers_are_never_mixed", vector_registers_are_never_mixed },
    { "floating_point_survives_giving_way", floating_point_survives_giving_way },
    { "a_new_thread_rounds_to_nearest", a_new_thread_rounds_to_nearest },
    { 0 },
};
