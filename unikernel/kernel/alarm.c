/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/alarm.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"

struct spinlock alarm_lock = SPINLOCK(LOCK_ALARM);

static struct timerq alarms;
static struct thread *ringer;           /* NULL until it has run for the first time */
static uint32_t begun;

/* All that are due. @return the next moment, for which to block. */
static uint64_t ring(void)
{
    LOCK_SCOPED(&alarm_lock);
    struct timer *first;

    ringer = arch_self();
    while ((first = timerq_first(&alarms)) != NULL && first->at <= time_ns()) {
        struct alarm *a = container_of(timerq_pop(&alarms), struct alarm, timer);
        uint64_t next = a->fn(a);

        if (next == NEVER) continue;
        a->timer.at = next;
        timerq_add(&alarms, &a->timer);
    }
    thread_block_prepare();
    return first != NULL ? first->at : NEVER;
}

static void alarm_thread(void *arg)
{
    BUG_ON(thread_set_policy(arch_self(), POLICY_FIFO, PRIO_LEVELS - 1) != 0);
    for (;;) (void)thread_block_finish(ring());
}

int alarms_begin(void)
{
    int err;

    if (__atomic_exchange_n(&begun, 1, __ATOMIC_RELAXED) != 0) return 0;
    err = thread_spawn("alarms", alarm_thread, NULL);
    if (err != 0) __atomic_store_n(&begun, 0, __ATOMIC_RELAXED);
    return err;
}

void alarms_ring_all(void)
{
    LOCK_SCOPED(&alarm_lock);
    struct timerq all = alarms;

    alarms = (struct timerq){ NULL };
    while (timerq_first(&all) != NULL) {
        struct timer *t = timerq_pop(&all);

        t->at = 0;
        timerq_add(&alarms, t);
    }
    if (timerq_first(&alarms) != NULL && ringer != NULL) (void)thread_wake(ringer, 0);
}

void alarm_cancel(struct alarm *a) { timerq_remove(&alarms, &a->timer); }

void alarm_set(struct alarm *a, uint64_t at_ns)
{
    alarm_cancel(a);
    if (at_ns == NEVER) return;
    a->timer.at = at_ns;
    timerq_add(&alarms, &a->timer);
    if (timerq_first(&alarms) == &a->timer && ringer != NULL) (void)thread_wake(ringer, 0);
}
