/* SPDX-License-Identifier: Apache-2.0 */
/* Where and how threads run, and what they wait by. */
#include "system.h"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

static void a_thread_knows_its_cpu(void)
{
    unsigned cpu = 1000, node = 1000;

    CHECK(syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && cpu < 8 && node == 0);
    CHECK(syscall(SYS_getcpu, NULL, NULL, NULL) == 0);
    FAILS(syscall(SYS_getcpu, BAD, NULL, NULL), EFAULT);
    FAILS(syscall(SYS_getcpu, NULL, BAD, NULL), EFAULT);
}

/* musl's functions of these names refuse, so they are called by number. */
static void policies_are_set_by_number(void)
{
    struct sched_param p = { .sched_priority = 7 };
    struct timespec turn = { -1, -1 };

    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) == 0);
    CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_FIFO);
    CHECK(syscall(SYS_sched_rr_get_interval, 0, &turn) == 0 && turn.tv_sec == 0 && turn.tv_nsec == 0);
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_RR, &p) == 0);
    CHECK(syscall(SYS_sched_rr_get_interval, 0, &turn) == 0 && turn.tv_sec == 0 && turn.tv_nsec > 0);
    p.sched_priority = 0;
    FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p), EINVAL);
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p) == 0);
    CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER);
    FAILS(syscall(SYS_sched_setscheduler, 0, 77, &p), EINVAL);
    FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, BAD), EFAULT);
    FAILS(syscall(SYS_sched_setscheduler, 30000, SCHED_OTHER, &p), ESRCH);
    FAILS(syscall(SYS_sched_getscheduler, -1), EINVAL);
    FAILS(syscall(SYS_sched_rr_get_interval, 0, BAD), EFAULT);
    FAILS(syscall(SYS_sched_rr_get_interval, 30000, &turn), ESRCH);
    FAILS(syscall(SYS_sched_rr_get_interval, -1, &turn), EINVAL);
}

static void how_nice_one_is_is_kept(void)
{
    CHECK(getpriority(PRIO_PROCESS, 0) == 0);
    CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, getpid()) == 5);
    CHECK(setpriority(PRIO_PROCESS, gettid(), -100) == 0 && getpriority(PRIO_PROCESS, gettid()) == -20);
    CHECK(setpriority(PRIO_PROCESS, 0, 100) == 0 && getpriority(PRIO_PROCESS, 0) == 19);
    CHECK(nice(-19) == 0 && getpriority(PRIO_PROCESS, 0) == 0);
    FAILS(getpriority(3, 0), EINVAL);
    FAILS(setpriority(-1, 0, 0), EINVAL);
    FAILS(getpriority(PRIO_PROCESS, 30000), ESRCH);
    FAILS(getpriority(PRIO_PGRP, 30000), ESRCH);
    FAILS(setpriority(PRIO_USER, 30000, 0), ESRCH);
}

static void robust_locks_are_listed(void)
{
    void *head = NULL;
    size_t len = 0;

    CHECK(syscall(SYS_get_robust_list, 0, &head, &len) == 0 && len == 24);
    FAILS(syscall(SYS_get_robust_list, 0, BAD, &len), EFAULT);
    FAILS(syscall(SYS_get_robust_list, 0, &head, BAD), EFAULT);
    FAILS(syscall(SYS_set_robust_list, head, 23), EINVAL);
}

enum { QUERY = 0, GLOBAL = 1, PRIVATE = 8, REGISTER = 16 };

static void barriers_reach_all_cpus(void)
{
    long known = syscall(SYS_membarrier, QUERY, 0, 0);

    CHECK((known & (GLOBAL | PRIVATE | REGISTER)) == (GLOBAL | PRIVATE | REGISTER));
    CHECK(syscall(SYS_membarrier, REGISTER, 0, 0) == 0);
    for (int i = 0; i < 100; i++) CHECK(syscall(SYS_membarrier, PRIVATE, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, GLOBAL, 0, 0) == 0);
    FAILS(syscall(SYS_membarrier, PRIVATE | REGISTER, 0, 0), EINVAL);
    FAILS(syscall(SYS_membarrier, -1, 0, 0), EINVAL);
    FAILS(syscall(SYS_membarrier, QUERY, 77, 0), EINVAL);
}

enum { CMP_REQUEUE = 4, WAKE_OP = 5, LOCK_PI2 = 13, UNLOCK_PI = 7 };

/* FUTEX_WAKE_OP's argument */
static long packed(unsigned op, int arg, unsigned compare, int with)
{
    return (long)(op << 28 | compare << 24 | ((unsigned)arg & 0xfff) << 12 | ((unsigned)with & 0xfff));
}

static int words[2];

static long op(unsigned what, int arg, int before)
{
    words[1] = before;
    return syscall(SYS_futex, &words[0], WAKE_OP, 1, 1, &words[1], packed(what, arg, 0, 0));
}

static void a_word_is_changed_and_its_waiters_woken(void)
{
    CHECK(op(0, 5, 1) == 0 && words[1] == 5);
    CHECK(op(1, -2, 10) == 0 && words[1] == 8);
    CHECK(op(2, 3, 4) == 0 && words[1] == 7);
    CHECK(op(3, 3, 7) == 0 && words[1] == 4);
    CHECK(op(4, 1, 7) == 0 && words[1] == 6);
    CHECK(op(8 | 2, 4, 1) == 0 && words[1] == 17);      /* a bit by its number */
    FAILS(op(5, 1, 1), ENOSYS);
    FAILS(syscall(SYS_futex, &words[0], WAKE_OP, 1, 1, BAD, 0), EINVAL);
    FAILS(syscall(SYS_futex, &words[0], WAKE_OP, 1, 1, (void *)8, 0), EFAULT);
}

static volatile int waiting, gone_on;

static void *wait_on(void *word)
{
    __atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
    (void)syscall(SYS_futex, word, 0, 0, NULL);
    __atomic_fetch_add(&gone_on, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void pause_ms(long ms)
{
    struct timespec t = { 0, ms * 1000000 };

    (void)nanosleep(&t, NULL);
}

/* Waits until so many of them sleep: a wake-up of nobody changes nothing. */
static long until(long expected, long (*fn)(void))
{
    long n = 0;

    for (int i = 0; i < 5000 && n < expected; i++, pause_ms(1)) n += fn();
    return n;
}

static long requeue_one(void) { return syscall(SYS_futex, &words[0], CMP_REQUEUE, 0, 1, &words[1], 0); }
static long wake_by_op(void)
{
    return syscall(SYS_futex, &words[0], WAKE_OP, 1, 1, &words[1], packed(1, 0, 5, 0));
}

static void waiters_are_moved_if_the_word_is_as_expected(void)
{
    pthread_t t[2];

    words[0] = words[1] = waiting = gone_on = 0;
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&t[i], NULL, wait_on, &words[0]) == 0);
    FAILS(syscall(SYS_futex, &words[0], CMP_REQUEUE, 0, 1, &words[1], 77), EAGAIN);
    FAILS(syscall(SYS_futex, &words[0], CMP_REQUEUE, -1, 1, &words[1], 0), EINVAL);
    FAILS(syscall(SYS_futex, BAD, CMP_REQUEUE, 0, 1, &words[1], 0), EINVAL);
    CHECK(until(1, requeue_one) == 1 && gone_on == 0);
    CHECK(until(2, wake_by_op) == 2);                   /* one here, and >= 0 holds, so one there */
    for (int i = 0; i < 2; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(gone_on == 2);
}

static void a_lock_that_inherits_waits_by_either_clock(void)
{
    struct timespec past = { 0, 1 };
    int word = 0;

    CHECK(syscall(SYS_futex, &word, LOCK_PI2, 0, NULL) == 0 && word == gettid());
    FAILS(syscall(SYS_futex, &word, LOCK_PI2, 0, &past), EDEADLK);
    CHECK(syscall(SYS_futex, &word, UNLOCK_PI) == 0 && word == 0);
    FAILS(syscall(SYS_futex, &word, LOCK_PI2, 0, BAD), EFAULT);
}

const struct test scheduling_tests[] = {
    { "a_thread_knows_its_cpu", a_thread_knows_its_cpu },
    { "policies_are_set_by_number", policies_are_set_by_number },
    { "how_nice_one_is_is_kept", how_nice_one_is_is_kept },
    { "robust_locks_are_listed", robust_locks_are_listed },
    { "barriers_reach_all_cpus", barriers_reach_all_cpus },
    { "a_word_is_changed_and_its_waiters_woken", a_word_is_changed_and_its_waiters_woken },
    { "waiters_are_moved_if_the_word_is_as_expected", waiters_are_moved_if_the_word_is_as_expected },
    { "a_lock_that_inherits_waits_by_either_clock", a_lock_that_inherits_waits_by_either_clock },
    { 0 },
};
