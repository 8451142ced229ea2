/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done at a moment, by a kernel thread above all priorities of the application. */
#pragma once

#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/timerq.h"

struct alarm {
    struct timer timer;             /* in ns since boot; all zeros: not set */
    /** Short; alarm_lock is held. @return when next, NEVER: not again. */
    uint64_t (*fn)(struct alarm *a);
};

/** Before the first alarm_set; again is harmless. -ENOMEM. No lock is held. */
int alarms_begin(void) must_check;

extern struct spinlock alarm_lock;

/* With the lock. */

/** Anew, if it was set before; NEVER: not at all. */
void alarm_set(struct alarm *a, uint64_t at_ns);
void alarm_cancel(struct alarm *a);

/** Without the lock: all alarms ring now, since another clock than the one they are set by was changed. */
void alarms_ring_all(void);
