/* SPDX-License-Identifier: Apache-2.0 */
/* timing clock SECONDS: what the clocks say, twenty times a second, for somebody with a watch.
 * timing bound: how late the most urgent thread is, whatever all others do (bound.c). */
#define _GNU_SOURCE
#include "timing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

long now_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct timespec at_ns(long ns) { return (struct timespec){ ns / NS_PER_S, ns % NS_PER_S }; }

static int tell_clocks(long seconds)
{
    long begin = now_ns(CLOCK_MONOTONIC);

    for (long at = begin; at <= begin + seconds * NS_PER_S; at += NS_PER_S / 20) {
        const struct timespec t = at_ns(at);

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        printf("clocks %ld %ld\n", now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_REALTIME));
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "clock") == 0) return tell_clocks(atol(argv[2]));
    if (argc == 2 && strcmp(argv[1], "bound") == 0) return tell_bounds();
    puts("usage: timing clock SECONDS | timing bound");
    return 2;
}
