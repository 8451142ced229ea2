/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/timer.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"

void timer_queue_init(struct timer_queue *q)
{
    list_init(&q->armed);
}

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
    list_init(&t->node);
    t->fire = fire;
}

static void program(struct timer_queue *q)
{
    arch_timer_program(list_is_empty(&q->armed) ? UINT64_MAX
                                                : list_item(q->armed.next, struct timer, node)->at);
}

void timer_arm(struct timer *t, uint64_t at)
{
    struct timer_queue *q = &this_cpu()->timers;
    struct list *before;

    list_remove(&t->node);
    t->at = at;
    for (before = q->armed.next; before != &q->armed; before = before->next) {
        if (list_item(before, struct timer, node)->at > at) break;
    }
    list_insert_before(before, &t->node);
    program(q);
}

void timer_cancel(struct timer *t)
{
    if (!list_is_linked(&t->node)) return;
    list_remove(&t->node);
    program(&this_cpu()->timers);
}

void timer_interrupt(void)
{
    struct timer_queue *q = &this_cpu()->timers;
    uint64_t now = arch_counter();

    while (!list_is_empty(&q->armed)) {
        struct timer *t = list_item(q->armed.next, struct timer, node);

        if (t->at > now) break;
        list_remove(&t->node);
        t->fire(t);
    }
    program(q);
}

uint64_t time_count(void)
{
    return arch_counter();
}

/* Whole seconds and the rest apart: no product overflows for centuries. */
uint64_t time_ns_of_count(uint64_t count)
{
    uint64_t hz = arch_counter_hz();

    return count / hz * 1000000000u + count % hz * 1000000000u / hz;
}

uint64_t time_count_of_ns(uint64_t ns)
{
    uint64_t hz = arch_counter_hz();

    return ns / 1000000000u * hz + ns % 1000000000u * hz / 1000000000u;
}

uint64_t time_ns(void)
{
    return time_ns_of_count(arch_counter());
}
