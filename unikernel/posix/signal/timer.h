/* SPDX-License-Identifier: Apache-2.0 */
/* Timers that send signals. They are under alarm_lock; what has expired is under signals.lock, too,
 * because the thread that takes a signal looks how often that was by now. */
#pragma once

#include "unikernel/kernel/alarm.h"
#include "unikernel/posix/signal/signal.h"

/* Numbers of clocks of CPU time: above three bits, the complement of whose it is, 0 for us */
#define CPU_CLOCK_OF_PROCESS (-8 | 2)
#define CPU_CLOCK_OF_THREAD  6U

struct signal_timer {
    struct alarm alarm;
    struct signal_entry entry;      /* its signal, if `once` */
    uint32_t to;                    /* thread; 0: the process */
    bool silent;                    /* it sends nothing */
    bool once;                      /* its signal is there once at a time, others of the number or not */
    int clock, runs_by;             /* the wall clock, CLOCK_MONOTONIC, or one of CPU time, below 0 */
    uint64_t next, interval;        /* in ns of the clock it runs by, NEVER; 0: once */
    uint64_t overrun;               /* since its signal was sent: so many more */
    uint32_t last_overrun;          /* as the signal was taken */
};

struct timer_setting {              /* in ns; value 0: not set */
    uint64_t interval, value;
};

/* With alarm_lock. */

/** t is all zeros but for what it sends; the clock is one of those above. */
void timer_init(struct signal_timer *t, int clock);
struct timer_setting timer_setting(const struct signal_timer *t);
/** @absolute: value is a moment of its clock */
void timer_arm(struct signal_timer *t, const struct timer_setting *s, bool absolute);
/** Its signal, if it is still there, goes too. */
void timer_stop(struct signal_timer *t);

/** ITIMER_REAL, set to so many seconds, 0: not. @return those that were left, to the nearest, but not 0
 * for some. */
long itimer_alarm(uint32_t seconds);
