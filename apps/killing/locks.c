/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that hold or wait for a lock, and those whose ends wait for one. */
#include "killing.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, robust, inheriting;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int cleaned, woken, gone_on;

static void *take_lock(void *arg)
{
    ready(arg);
    pthread_mutex_lock(&lock);
    gone_on = 1;
    return NULL;
}

void while_it_waits_for_a_mutex(void)
{
    pthread_mutex_lock(&lock);
    kill_and_join(take_lock, 1000);
    CHECK(!gone_on);
    pthread_mutex_unlock(&lock);
    printf("killed while it waits for a mutex\n");
}

static void *take_inheriting(void *arg)
{
    ready(arg);
    pthread_mutex_lock(&inheriting);
    gone_on = 1;
    return NULL;
}

void while_it_waits_for_a_mutex_that_inherits(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    CHECK(pthread_mutex_init(&inheriting, &attr) == 0 && pthread_mutex_lock(&inheriting) == 0);
    kill_and_join(take_inheriting, 1000);
    CHECK(!gone_on);
    CHECK(pthread_mutex_unlock(&inheriting) == 0);
    CHECK(pthread_mutex_lock(&inheriting) == 0 && pthread_mutex_unlock(&inheriting) == 0);
    printf("killed while it waits for a mutex that inherits\n");
}

static void unlock(void *m)
{
    cleaned++;
    pthread_mutex_unlock(m);
}

static void *sleep_with_lock(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    ready(arg);
    for (;;) sleep(3600);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *spin_with_robust_lock(void *arg)
{
    pthread_mutex_lock(&robust);
    return spin(arg);
}

void while_it_holds_a_mutex(void)
{
    pthread_mutexattr_t attr;

    cleaned = 0;
    kill_and_join(sleep_with_lock, 1000);
    CHECK(cleaned == 1 && pthread_mutex_trylock(&lock) == 0);
    pthread_mutex_unlock(&lock);

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attr);
    kill_and_join(spin_with_robust_lock, 1000);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD && pthread_mutex_consistent(&robust) == 0);
    CHECK(pthread_mutex_unlock(&robust) == 0);
    printf("killed while it holds a mutex\n");
}

static void *wait_for_change(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    ready(arg);
    pthread_cond_wait(&changed, &lock);
    woken++;
    pthread_cleanup_pop(1);
    return NULL;
}

/* Number 1 of 4 is killed, before the others are woken or after that. */
void while_it_waits_for_a_condition(void)
{
    for (int round = 0; round < 2 * ROUNDS; round++) {
        pthread_t t[4];
        void *result;

        woken = cleaned = 0;
        for (int i = 0; i < 4; i++) t[i] = start(wait_for_change, i);
        pthread_mutex_lock(&lock);      /* the last one waits, too */
        if (round % 2 == 0) {
            CHECK(uk_thread_kill(ids[1]) == 0);
            nap(round * 7);
            pthread_cond_broadcast(&changed);
        } else {
            pthread_cond_broadcast(&changed);
            nap(round * 7);
            CHECK(uk_thread_kill(ids[1]) == 0);
        }
        nap(round * 7);
        pthread_mutex_unlock(&lock);
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_join(t[i], &result) == 0 && (i == 1 || result == NULL));
        }
        CHECK(woken >= 3 && cleaned == 4);
    }
    printf("killed while it waits for a condition\n");
}

static void wait_for_main(void *arg)
{
    pthread_mutex_lock(&lock);
    cleaned++;
    pthread_mutex_unlock(&lock);
}

static void *spin_with_slow_cleanup(void *arg)
{
    pthread_cleanup_push(wait_for_main, NULL);
    spin(arg);
    pthread_cleanup_pop(0);
    return NULL;
}

void cleanups_are_not_cut_short(void)
{
    pthread_t t = start(spin_with_slow_cleanup, 0);

    cleaned = 0;
    pthread_mutex_lock(&lock);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    CHECK(cleaned == 0);
    pthread_mutex_unlock(&lock);
    ends(t);
    CHECK(cleaned == 1);
    printf("killed twice while its cleanup waits\n");
}

static pthread_key_t slow_end;

static void *return_with_slow_end(void *arg)
{
    pthread_setspecific(slow_end, arg);
    ready(NULL);
    return arg;
}

void while_it_ends_by_itself(void)
{
    void *result;
    pthread_t t;

    CHECK(pthread_key_create(&slow_end, wait_for_main) == 0);
    cleaned = ids[0] = 0;
    pthread_mutex_lock(&lock);
    CHECK(pthread_create(&t, NULL, return_with_slow_end, &slow_end) == 0);
    while (ids[0] == 0) nap(100);
    nap(2000);
    CHECK(uk_thread_kill(ids[0]) == 0);
    nap(2000);
    pthread_mutex_unlock(&lock);
    CHECK(pthread_join(t, &result) == 0 && result == &slow_end);
    CHECK(cleaned == 1);
    CHECK(pthread_key_delete(slow_end) == 0);
    printf("killed while it ends by itself\n");
}
