/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/work.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"
#include "lib/err.h"

#define WORK_PRIO (PRIO_LEVELS - 1)

static struct {
    struct spinlock lock;
    struct work *first, **last;
    struct thread *worker;          /* NULL until it has run for the first time */
} works;

static struct work *take(void)
{
    LOCK_SCOPED(&works.lock);
    struct work *w = works.first;

    if (w == NULL) {
        thread_block_prepare();
        return NULL;
    }
    works.first = w->next;
    if (works.first == NULL) works.last = &works.first;
    w->queued = false;
    return w;
}

static void work_thread(void *arg)
{
    BUG_ON(thread_set_policy(arch_self(), POLICY_FIFO, WORK_PRIO) != 0);
    __atomic_store_n(&works.worker, arch_self(), __ATOMIC_RELEASE);
    for (;;) {
        const struct work *w = take();

        if (w != NULL) w->fn(w->arg);
        else (void)thread_block_finish(NEVER);
    }
}

int work_start(void)
{
    works.lock.rank = LOCK_WORK;
    works.last = &works.first;
    return thread_spawn("work", work_thread, NULL);
}

void work_queue(struct work *w)
{
    LOCK_SCOPED(&works.lock);
    struct thread *worker;

    if (w->queued) return;
    w->queued = true;
    w->next = NULL;
    *works.last = w;
    works.last = &w->next;
    worker = __atomic_load_n(&works.worker, __ATOMIC_ACQUIRE);
    if (worker != NULL) (void)thread_wake(worker, 0);
}
