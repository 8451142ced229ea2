/* SPDX-License-Identifier: Apache-2.0 */
/* What a program can only look at where nothing is kept from it: that interrupts stay masked while
 * it masks them, that the rest of its state survives them, and that no trap was left behind by
 * firmware. Exit status: 0 when all of it held. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "isa.h"

#define PERIOD_NS 1000000L
#define WATCH_NS  30000000L

static volatile int stop;
static volatile unsigned beats;
static int failed;

static void expect(int so, const char *what)
{
    printf("%s %s\n", so ? "ok  " : "FAIL", what);
    failed += !so;
}

static long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Above all others, every millisecond. */
static void *beat(void *arg)
{
    const struct sched_param p = { .sched_priority = 20 };
    const struct timespec period = { 0, PERIOD_NS };

    pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
    while (!stop) {
        nanosleep(&period, NULL);
        beats++;
    }
    return NULL;
}

static void watch(void)
{
    for (long end = now_ns() + WATCH_NS; now_ns() < end;) { }
}

static void masked_interrupts_stay_masked(void)
{
    unsigned before;

    irq_off();
    before = beats;
    watch();
    expect(!irq_is_on() && beats == before, "masked interrupts stay masked, also over system calls");
    irq_on();
    watch();
    expect(irq_is_on() && beats > before, "and come when they are let in");
}

static void *keep_state(void *arg)
{
    for (unsigned long i = 0; i < 4 * STATES; i++) {
        unsigned seen = beats;

        set_state(i % STATES);
        while (beats - seen < 3) { }
        if (state() != i % STATES) return (void *)1;
    }
    set_state(0);
    return NULL;
}

static void state_survives_interrupts(void)
{
    pthread_t t[2];
    void *r, *other;

    for (int i = 0; i < 2; i++) {
        if (pthread_create(&t[i], NULL, keep_state, NULL) != 0) return expect(0, "a thread can be made");
    }
    pthread_join(t[0], &r);
    pthread_join(t[1], &other);
    expect(r == NULL && other == NULL, "the processor's state survives interrupts");
}

int main(void)
{
    pthread_t t;

    expect(counters_are_ours(), "counters can be read and are not offset");
    if (pthread_create(&t, NULL, beat, NULL) != 0) return 2;
    masked_interrupts_stay_masked();
    state_survives_interrupts();
    stop = 1;
    pthread_join(t, NULL);
    puts(failed == 0 ? "done: all of it held" : "done: not all of it held");
    return failed != 0;
}
