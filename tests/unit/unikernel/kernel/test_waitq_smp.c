/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/waitq.c tests/unit/unikernel/fake/user.c @tests/unit/unikernel/fake/smp.c
/* Threads that wait for several things at once on several CPUs, with interruptions and deadlines in
 * between: nothing that changes is missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/time.h"
#include "unikernel/kernel/waitq.h"
#include "unikernel/mm/space.h"
#include "lib/err.h"

#define THREADS 8U
#define BOXES   3U
#define ROUNDS  2000U               /* of each who puts something into a box */
#define PUT     1U
#define TAKEN   2U

static struct smp_thread threads[THREADS];
static struct box {
    struct waitq changed;
    uint32_t things;                /* at most one */
} boxes[BOXES], relay;
static uint32_t taken, expired, interrupted;

void flush_local(uint64_t from, uint64_t end) { }
int space_back(uint64_t at, uint64_t len, unsigned access) { return 0; }

static bool become(struct box *b, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(&b->things, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static bool put_into(struct box *b)
{
    if (!become(b, 0, 1)) return false;
    waitq_wake(&b->changed, PUT);
    return true;
}

static bool take_out(struct box *b)
{
    if (!become(b, 1, 0)) return false;
    waitq_wake(&b->changed, TAKEN);
    return true;
}

/* As a blocking call does: into one box, or out of any of the first `count`. */
static void change(struct smp_thread *s, bool (*fn)(struct box *b), struct box *first, unsigned count,
                   uint32_t kind)
{
    struct sleeper sleeper = { &s->t, SLEEPER_AWAKE };
    struct waiter w[BOXES];
    bool done = false;

    for (unsigned i = 0; i < count; i++) {
        waiter_init(&w[i], &sleeper, kind);
        waitq_join(&first[i].changed, &w[i]);
    }
    for (;;) {
        bool soon = smp_random(s, 8) == 0;
        int err;

        for (unsigned i = 0; i < count && !done; i++) done = fn(&first[i]);
        if (done) break;
        smp_work();
        err = sleeper_wait(&sleeper, soon ? time_ns() + smp_random(s, 20000) : NEVER);
        MUST(err == 0 || err == -EINTR || (soon && err == -ETIMEDOUT));
        if (err == -ETIMEDOUT) __atomic_fetch_add(&expired, 1, __ATOMIC_RELAXED);
        if (err == -EINTR) __atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
    }
    for (unsigned i = 0; i < count; i++) waitq_leave(&w[i]);
}

static void live(struct smp_thread *s)
{
    bool puts = s->number % 2 == 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (puts) {
            change(s, put_into, &boxes[smp_random(s, BOXES)], 1, TAKEN);
        } else {
            change(s, take_out, boxes, BOXES, PUT);
            __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
        }
        if (smp_random(s, 64) == 0) thread_interrupt(&threads[smp_random(s, THREADS)].t);
        smp_work();
    }
}

static void begin(unsigned cpus_used, void (*fn)(struct smp_thread *s))
{
    taken = expired = interrupted = 0;
    for (unsigned i = 0; i < BOXES; i++) {
        waitq_init(&boxes[i].changed);
        boxes[i].things = 0;
    }
    for (unsigned i = 0; i < THREADS; i++) threads[i].fn = fn;
    smp_run(cpus_used, threads, THREADS);
    for (unsigned i = 0; i < BOXES; i++) {
        assert_true(list_is_empty(&boxes[i].changed.waiters));
        assert_int_equal(boxes[i].changed.count, 0);
    }
}

static void nothing_that_changes_is_missed(void **state)
{
    for (unsigned n = 1; n <= 4; n++) {
        begin(n, live);
        assert_int_equal(taken, THREADS / 2 * ROUNDS);
        assert_true(interrupted > 0);
    }
}

/* What is told tells others, as epoll does. */
static void pass_on(struct waiter *w)
{
    __atomic_store_n(&relay.things, 1, __ATOMIC_RELAXED);
    waitq_wake_locked(&relay.changed, PUT);
}

static void tell_until_all_have_heard(void)
{
    struct waiter hears = { .fn = pass_on, .kinds = PUT };

    waitq_join(&boxes[0].changed, &hears);
    while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < THREADS - 1) {
        waitq_wake(&boxes[0].changed, TAKEN);
        if (__atomic_load_n(&relay.changed.count, __ATOMIC_RELAXED) == THREADS - 1) {
            waitq_wake(&boxes[0].changed, PUT);
        }
        thread_yield();
        smp_work();
    }
    waitq_leave(&hears);
    waitq_leave(&hears);             /* is in none */
}

static void tell_or_listen(struct smp_thread *s)
{
    struct sleeper sleeper = { &s->t, SLEEPER_AWAKE };
    struct waiter w;

    if (s->number == 0) {
        tell_until_all_have_heard();
        return;
    }
    waiter_init(&w, &sleeper, PUT);
    waitq_join(&relay.changed, &w);
    MUST(sleeper_wait(&sleeper, NEVER) == 0);
    MUST(__atomic_load_n(&relay.things, __ATOMIC_RELAXED) == 1);
    __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < THREADS - 1) {
        thread_yield();
        smp_work();
    }
    waitq_leave(&w);
}

static void who_is_told_may_tell_others_and_all_hear_it(void **state)
{
    for (unsigned n = 1; n <= 4; n++) {
        waitq_init(&relay.changed);
        relay.things = 0;
        begin(n, tell_or_listen);
        assert_int_equal(relay.changed.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_changes_is_missed),
        cmocka_unit_test(who_is_told_may_tell_others_and_all_hear_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
