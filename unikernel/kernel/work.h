/* SPDX-License-Identifier: Apache-2.0 */
/* What an interrupt handler leaves to a thread: one kernel thread, above all priorities of the
 * application, does it in the order in which it was asked for. */
#pragma once

#include "lib/compiler.h"

struct work {
    void (*fn)(void *arg);          /* interrupts on; may wait for locks, not for others' work */
    void *arg;
    struct work *next;              /* the rest is work.c's */
    bool queued;
};

/** Before the first work_queue. -ENOMEM. */
int work_start(void) must_check;

/** fn(arg) soon, once however often this is called before it begins. Any context. */
void work_queue(struct work *w);
