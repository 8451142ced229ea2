/* SPDX-License-Identifier: Apache-2.0 */
/* Where threads run, who goes first, and priority inheritance. Tests of priorities happen on CPU 0,
 * with main above all others while it prepares them; they do nothing where the system does not let
 * us have priorities. What would go wrong without the rule tested is a thread that never runs: the
 * test hangs. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUTEX_LOCK_PI    6
#define FUTEX_UNLOCK_PI  7
#define FUTEX_TRYLOCK_PI 8
#define CPUS_MAX 8
#define MAIN_PRIO 50

static int cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > CPUS_MAX ? CPUS_MAX : (int)n;
}

static int pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static int prioritise(pthread_t t, int policy, int prio)
{
    const struct sched_param p = { .sched_priority = prio };

    return pthread_setschedparam(t, policy, &p);
}

static void everywhere(void)
{
    cpu_set_t set;

    memset(&set, 0xff, sizeof(set));
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
    prioritise(pthread_self(), SCHED_OTHER, 0);
}

/* False: we may not have priorities here. */
static int alone_on_cpu_0(void)
{
    if (pin(0) == 0 && prioritise(pthread_self(), SCHED_FIFO, MAIN_PRIO) == 0) return 1;
    everywhere();
    return 0;
}

static pthread_t start(void *(*fn)(void *), intptr_t arg, int policy, int prio)
{
    pthread_t t;

    if (pthread_create(&t, NULL, fn, (void *)arg) != 0) return 0;
    prioritise(t, policy, prio);
    return t;
}

static long long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *stay_where_told(void *arg)
{
    int me = (int)(intptr_t)arg;
    const struct timespec moment = { 0, 100000 };

    if (pin(me) != 0) return (void *)1;
    for (int i = 0; i < 60; i++) {
        if (sched_getcpu() != me) return (void *)2;
        if (i % 3 == 0) sched_yield();
        else if (i % 3 == 1) nanosleep(&moment, NULL);
    }
    return NULL;
}

/* regression: uk 28 */
static void a_thread_stays_on_the_cpu_it_is_bound_to(void)
{
    pthread_t t[2 * CPUS_MAX];
    void *r;

    for (int i = 0; i < 2 * cpus(); i++) {
        t[i] = start(stay_where_told, i % cpus(), SCHED_OTHER, 0);
        CHECK(t[i] != 0);
    }
    for (int i = 0; i < 2 * cpus(); i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
}

static void bad_affinities_are_refused(void)
{
    cpu_set_t none, mine;

    CPU_ZERO(&none);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof(none), &none) == EINVAL);
    CHECK(pthread_getaffinity_np(pthread_self(), sizeof(mine), &mine) == 0);
    CHECK(CPU_COUNT(&mine) >= cpus());
}

static unsigned seen;

static void *note_cpu(void *arg)
{
    long long end = now_us() + 10000000;

    /* Until every CPU has been somebody's: others have to come to where nobody is. */
    while (__builtin_popcount(__atomic_load_n(&seen, __ATOMIC_RELAXED)) < cpus()) {
        __atomic_fetch_or(&seen, 1U << sched_getcpu(), __ATOMIC_RELAXED);
        if (now_us() > end) return (void *)1;
    }
    return NULL;
}

/* regression: uk 28 */
static void busy_threads_spread_over_all_cpus(void)
{
    pthread_t t[CPUS_MAX];
    void *r;

    seen = 0;
    for (int i = 0; i < cpus(); i++) CHECK((t[i] = start(note_cpu, 0, SCHED_OTHER, 0)) != 0);
    for (int i = 0; i < cpus(); i++) CHECK(pthread_join(t[i], &r) == 0 && r == NULL);
}

static sem_t ping, pong;

static void *answer(void *arg)
{
    if (pin((int)(intptr_t)arg) != 0) return (void *)1;
    for (int i = 0; i < 20; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

/* The best of some: the host may take its time, but not always. A wake-up that waits for a tick or
 * for the end of a turn would take 10 ms. */
/* regression: uk 28 */
static void a_wake_up_of_another_cpu_takes_effect_at_once(void)
{
    long long best = 1000000;
    pthread_t t;
    void *r;

    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    CHECK(pin(0) == 0);
    t = start(answer, cpus() - 1, SCHED_OTHER, 0);
    CHECK(t != 0);
    for (int i = 0; i < 20; i++) {
        long long begin = now_us();

        sem_post(&ping);
        sem_wait(&pong);
        if (now_us() - begin < best) best = now_us() - begin;
    }
    CHECK(pthread_join(t, &r) == 0 && r == NULL);
    CHECK(best < 5000);
    everywhere();
}

static int order[8], order_len;

static void *note_order(void *arg)
{
    order[__atomic_fetch_add(&order_len, 1, __ATOMIC_RELAXED)] = (int)(intptr_t)arg;
    return NULL;
}

/* regression: uk 27 */
static void the_highest_priority_goes_first(void)
{
    static const int prio[4] = { 0, 10, 40, 20 };
    pthread_t t[4];

    if (!alone_on_cpu_0()) return;
    order_len = 0;
    for (int i = 0; i < 4; i++) {
        t[i] = start(note_order, prio[i], prio[i] ? SCHED_FIFO : SCHED_OTHER, prio[i]);
        CHECK(t[i] != 0);
    }
    for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(order[0] == 40 && order[1] == 20 && order[2] == 10 && order[3] == 0);
    everywhere();
}

static sem_t holds, waits;
static volatile int stage;

static void *take_long(void *arg)
{
    long long end = now_us() + 40000;

    while (now_us() < end) {
        if (stage != 0) return (void *)1;
    }
    return NULL;
}

static void *be_next(void *arg)
{
    sem_wait(&holds);
    stage = 1;
    return NULL;
}

static void fifo_gives_way_only_to_higher_priorities(void)
{
    const struct timespec moment = { 0, 5000000 };
    pthread_t first, second;
    void *r;

    if (!alone_on_cpu_0()) return;
    stage = 0;
    sem_init(&holds, 0, 0);
    second = start(be_next, 0, SCHED_FIFO, 10);
    nanosleep(&moment, NULL);
    first = start(take_long, 0, SCHED_FIFO, 10);
    nanosleep(&moment, NULL);
    CHECK(first != 0 && second != 0);
    sem_post(&holds);
    CHECK(pthread_join(first, &r) == 0 && r == NULL);
    CHECK(pthread_join(second, NULL) == 0);
    everywhere();
}

static void *until_both_have_run(void *arg)
{
    __atomic_fetch_add(&stage, 1, __ATOMIC_RELAXED);
    while (stage < 2) { }
    return NULL;
}

static void round_robin_takes_turns(void)
{
    pthread_t t[2];

    if (!alone_on_cpu_0()) return;
    stage = 0;
    for (int i = 0; i < 2; i++) CHECK((t[i] = start(until_both_have_run, 0, SCHED_RR, 10)) != 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], NULL) == 0);
    everywhere();
}

static void policies_read_back_and_bad_ones_are_refused(void)
{
    struct sched_param p = { .sched_priority = 7 };
    int policy;

    CHECK(prioritise(pthread_self(), SCHED_OTHER, 1) == EINVAL);
    CHECK(prioritise(pthread_self(), SCHED_FIFO, 100) == EINVAL);
    CHECK(prioritise(pthread_self(), SCHED_RR, 0) == EINVAL);
    CHECK(sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_RR) == 99);
    if (prioritise(pthread_self(), SCHED_RR, 7) != 0) return;
    p.sched_priority = 0;
    CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0);
    CHECK(policy == SCHED_RR && p.sched_priority == 7);
    CHECK(pthread_setschedprio(pthread_self(), 9) == 0);
    CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0);
    CHECK(policy == SCHED_RR && p.sched_priority == 9);
    everywhere();
}

/* ---- priority inheritance */

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

const struct test sched_tests[] = {
    { "a_thread_stays_on_the_cpu_it_is_bound_to", a_thread_stays_on_the_cpu_it_is_bound_to },
    { "bad_affinities_are_refused", bad_affinities_are_refused },
    { "busy_threads_spread_over_all_cpus", busy_threads_spread_over_all_cpus },
    { "a_wake_up_of_another_cpu_takes_effect_at_once",
      a_wake_up_of_another_cpu_takes_effect_at_once },
    { "the_highest_priority_goes_first", the_highest_priority_goes_first },
    { "fifo_gives_way_only_to_higher_priorities", fifo_gives_way_only_to_higher_priorities },
    { "round_robin_takes_turns", round_robin_takes_turns },
    { "policies_read_back_and_bad_ones_are_refused",
      policies_read_back_and_bad_ones_are_refused },
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
