/* SPDX-License-Identifier: Apache-2.0 */
/* One-shot timers of a CPU on the EL2 physical timer. Times are counts of the system counter. A
 * timer belongs to the queue of one CPU and is armed, cancelled and fired on that CPU only. */
#pragma once

#include "hypervisor/core/types.h"
#include "lib/list.h"

struct timer {
    struct list node;
    uint64_t at;                    /* counter value */
    void (*fire)(struct timer *t);
};

struct timer_queue {
    struct list armed;              /* earliest first */
};

void timer_queue_init(struct timer_queue *q);
void timer_init(struct timer *t, void (*fire)(struct timer *t));
void timer_arm(struct timer *t, uint64_t at);       /* of the calling CPU; re-arming moves it */
void timer_cancel(struct timer *t);
void timer_interrupt(void);                         /* fires what is due and programs the next */

uint64_t time_count(void);
uint64_t time_ns(void);
uint64_t time_count_of_ns(uint64_t ns);
uint64_t time_ns_of_count(uint64_t count);
