/* SPDX-License-Identifier: Apache-2.0 */
/* Locks whose owner inherits the priority of who waits, and those that tell that it has died. What
 * would go wrong without inheritance is a thread that never runs: the test hangs. */
#define _GNU_SOURCE
#include "smoke.h"
#include "priority.h"
#include <errno.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUTEX_LOCK_PI    6
#define FUTEX_UNLOCK_PI  7
#define FUTEX_TRYLOCK_PI 8

static sem_t holds, waits;
static pthread_mutex_t one, two;

static int make_lock(pthread_mutex_t *m, int type, int robust)
{
    pthread_mutexattr_t a;

    pthread_mutexattr_init(&a);
    pthread_mutexattr_settype(&a, type);
    if (pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT) != 0) return 0;
    if (robust && pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) != 0) return 0;
    return pthread_mutex_init(m, &a) == 0;
}

static volatile int served;

static void *hold_one(void *arg)
{
    pthread_mutex_lock(&one);
    sem_post(&holds);
    sem_wait(&waits);           /* until all others are there */
    pthread_mutex_unlock(&one);
    return NULL;
}

static void *hold_two_want_one(void *arg)
{
    pthread_mutex_lock(&two);
    sem_post(&holds);
    pthread_mutex_lock(&one);
    pthread_mutex_unlock(&one);
    pthread_mutex_unlock(&two);
    return NULL;
}

static void *want(void *arg)
{
    pthread_mutex_t *m = arg;

    pthread_mutex_lock(m);
    served = 1;
    pthread_mutex_unlock(m);
    return NULL;
}

/* In between by its priority, and never done before the high one has been served. */
static void *be_in_the_way(void *arg)
{
    while (!served) { }
    return NULL;
}

static void inherit(int chain)
{
    const struct timespec moment = { 0, 20000000 };
    pthread_t low, link = 0, high, middle;

    if (!alone_on_cpu_0()) return;
    served = 0;
    sem_init(&holds, 0, 0);
    sem_init(&waits, 0, 0);
    CHECK(make_lock(&one, PTHREAD_MUTEX_NORMAL, 0) && make_lock(&two, PTHREAD_MUTEX_NORMAL, 0));
    low = start(hold_one, 0, SCHED_OTHER, 0);
    sem_wait(&holds);
    if (chain) {
        link = start(hold_two_want_one, 0, SCHED_FIFO, 5);
        sem_wait(&holds);
    }
    high = start(want, (intptr_t)(chain ? &two : &one), SCHED_FIFO, 20);
    nanosleep(&moment, NULL);
    middle = start(be_in_the_way, 0, SCHED_FIFO, 10);
    nanosleep(&moment, NULL);
    CHECK(!served);
    sem_post(&waits);
    CHECK(pthread_join(high, NULL) == 0 && pthread_join(middle, NULL) == 0);
    CHECK(pthread_join(low, NULL) == 0);
    if (chain) CHECK(pthread_join(link, NULL) == 0);
    everywhere();
}

/* regression: uk 27 */
static void the_owner_of_a_lock_inherits_the_priority_of_who_waits(void) { inherit(0); }
static void inheritance_passes_through_a_chain_of_owners(void)           { inherit(1); }

/* By the system calls themselves: C libraries differ in what they make of the error. */
static uint32_t words[2];

static int futex(int word, int operation)
{
    return syscall(SYS_futex, &words[word], operation, 0, NULL) == 0 ? 0 : errno;
}

static void *take_both(void *arg)
{
    int errors = futex(1, FUTEX_LOCK_PI);

    sem_post(&holds);
    errors += futex(0, FUTEX_LOCK_PI) + futex(0, FUTEX_UNLOCK_PI) + futex(1, FUTEX_UNLOCK_PI);
    return (void *)(intptr_t)errors;
}

static void a_circle_of_owners_is_a_deadlock(void)
{
    const struct timespec moment = { 0, 20000000 };
    pthread_t t;
    void *r;

    sem_init(&holds, 0, 0);
    CHECK(futex(0, FUTEX_LOCK_PI) == 0);
    CHECK(futex(0, FUTEX_LOCK_PI) == EDEADLK);
    CHECK((t = start(take_both, 0, SCHED_OTHER, 0)) != 0);
    sem_wait(&holds);
    nanosleep(&moment, NULL);
    CHECK(futex(1, FUTEX_UNLOCK_PI) == EPERM);
    CHECK(futex(1, FUTEX_TRYLOCK_PI) == EAGAIN || errno == EDEADLK);
    CHECK(futex(1, FUTEX_LOCK_PI) == EDEADLK);
    CHECK(futex(0, FUTEX_UNLOCK_PI) == 0);
    CHECK(pthread_join(t, &r) == 0 && r == NULL);
    CHECK(words[0] == 0 && words[1] == 0);
}

static void waiting_for_an_inheriting_lock_ends_at_the_deadline(void)
{
    struct timespec until;
    pthread_t t;

    sem_init(&holds, 0, 0);
    sem_init(&waits, 0, 0);
    CHECK(make_lock(&one, PTHREAD_MUTEX_NORMAL, 0));
    CHECK((t = start(hold_one, 0, SCHED_OTHER, 0)) != 0);
    sem_wait(&holds);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    CHECK(pthread_mutex_timedlock(&one, &until) == ETIMEDOUT);
    sem_post(&waits);
    CHECK(pthread_mutex_lock(&one) == 0 && pthread_mutex_unlock(&one) == 0);
    CHECK(pthread_join(t, NULL) == 0);
}

#define ROUNDS 200
static long sum;

static void *add_up(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&one);
        sum++;
        if (i % 16 == 0) sched_yield();
        pthread_mutex_unlock(&one);
    }
    return NULL;
}

static void an_inheriting_lock_excludes_all_others(void)
{
    pthread_t t[4];

    sum = 0;
    CHECK(make_lock(&one, PTHREAD_MUTEX_NORMAL, 0));
    for (int i = 0; i < 4; i++) CHECK((t[i] = start(add_up, 0, SCHED_OTHER, 0)) != 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(sum == 4 * ROUNDS);
}

static void *die_with_it(void *arg)
{
    pthread_mutex_lock(arg);
    sem_post(&holds);
    sem_wait(&waits);
    return NULL;
}

static void die_holding(pthread_mutex_t *m, int waiting)
{
    const struct timespec moment = { 0, 10000000 };
    pthread_t t;

    sem_init(&holds, 0, 0);
    sem_init(&waits, 0, 0);
    t = start(die_with_it, (intptr_t)m, SCHED_OTHER, 0);
    sem_wait(&holds);
    sem_post(&waits);
    if (!waiting) nanosleep(&moment, NULL);
    CHECK(pthread_mutex_lock(m) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(m) == 0);
    CHECK(pthread_mutex_unlock(m) == 0);
    CHECK(pthread_mutex_lock(m) == 0 && pthread_mutex_unlock(m) == 0);
    CHECK(pthread_join(t, NULL) == 0);
}

static void a_robust_lock_tells_that_its_owner_has_died(void)
{
    pthread_mutexattr_t a;
    pthread_mutex_t m;

    pthread_mutexattr_init(&a);
    CHECK(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_mutex_init(&m, &a) == 0);
        die_holding(&m, i);
        CHECK(make_lock(&m, PTHREAD_MUTEX_NORMAL, 1));
        die_holding(&m, i);
    }
}

const struct test inherit_tests[] = {
    { "the_owner_of_a_lock_inherits_the_priority_of_who_waits",
      the_owner_of_a_lock_inherits_the_priority_of_who_waits },
    { "inheritance_passes_through_a_chain_of_owners",
      inheritance_passes_through_a_chain_of_owners },
    { "a_circle_of_owners_is_a_deadlock", a_circle_of_owners_is_a_deadlock },
    { "waiting_for_an_inheriting_lock_ends_at_the_deadline",
      waiting_for_an_inheriting_lock_ends_at_the_deadline },
    { "an_inheriting_lock_excludes_all_others", an_inheriting_lock_excludes_all_others },
    { "a_robust_lock_tells_that_its_owner_has_died", a_robust_lock_tells_that_its_owner_has_died },
    { 0 },
};
