/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "smoke.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static __thread int own = 5;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, total;

static void *add_own(void *arg)
{
    own += (int)(intptr_t)arg;
    pthread_mutex_lock(&lock);
    total += own;
    pthread_mutex_unlock(&lock);
    return (void *)(intptr_t)own;
}

static void thread_local_data_is_private(void)
{
    pthread_t t[10];
    void *r;

    total = 0;
    for (intptr_t i = 0; i < 10; i++) CHECK(pthread_create(&t[i], NULL, add_own, (void *)i) == 0);
    for (intptr_t i = 0; i < 10; i++) CHECK(pthread_join(t[i], &r) == 0 && (intptr_t)r == 5 + i);
    CHECK(total == 50 + 45 && own == 5);
}

static void *take_turns(void *arg)
{
    int me = (int)(intptr_t)arg;

    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&lock);
        while (turn % 4 != me) pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void condition_variables_pass_the_turn(void)
{
    pthread_t t[4];

    turn = 0;
    for (intptr_t i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, take_turns, (void *)i) == 0);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(turn == 800);
}

static void waiting_ends_at_the_deadline(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&lock);
    CHECK(pthread_cond_timedwait(&changed, &lock, &until) == ETIMEDOUT);
    pthread_mutex_unlock(&lock);
}

static volatile int spinning = 1;

static void *spin(void *arg)
{
    while (spinning) { }
    return NULL;
}

static void a_spinning_thread_does_not_stop_others(void)
{
    struct timespec ms = { 0, 1000000 };
    pthread_t t;

    CHECK(pthread_create(&t, NULL, spin, NULL) == 0);
    for (int i = 0; i < 5; i++) CHECK(nanosleep(&ms, NULL) == 0);
    spinning = 0;
    CHECK(pthread_join(t, NULL) == 0);
}

static sem_t ended;

static void *end_detached(void *arg)
{
    sem_post(&ended);
    return NULL;
}

static void *do_nothing(void *arg) { return arg; }

/* regression: uk 16 */
static void ended_threads_leave_nothing_behind(void)
{
    unsigned long before = 0;
    pthread_attr_t detached;
    pthread_t t;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sem_init(&ended, 0, 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2500; i++) {
            CHECK(pthread_create(&t, NULL, do_nothing, NULL) == 0);
            CHECK(pthread_join(t, NULL) == 0);
            CHECK(pthread_create(&t, &detached, end_detached, NULL) == 0);
            CHECK(sem_wait(&ended) == 0);
        }
        sched_yield();
        if (round == 0) before = free_pages();
    }
    /* Linux gives some of it back later. */
    for (int i = 0; i < 100 && free_pages() + 8 + free_pages_off() <= before; i++) usleep(20000);
    CHECK(free_pages() + 8 + free_pages_off() > before);
}

static __thread char zeros[3000];
static pthread_key_t key;

static void *find_all_fresh(void *arg)
{
    volatile char deep[60000];
    int dirty = own != 5 || errno != 0 || pthread_getspecific(key) != NULL;

    for (size_t i = 0; i < sizeof(zeros); i++) dirty |= zeros[i];
    for (size_t i = 0; i < sizeof(deep); i++) deep[i] = 0x55;
    memset(zeros, 0x55, sizeof(zeros));
    own = errno = 1;
    pthread_setspecific(key, deep[0] == 0x55 ? arg : NULL);
    return (void *)(intptr_t)dirty;
}

/* Stacks are used again, with different guards and sizes in turn. */
static void a_new_thread_finds_nothing_of_the_one_before(void)
{
    static const size_t sizes[] = { 1 << 17, 1 << 17, 1 << 16, 1 << 18, (1 << 17) - 4096 };
    static const size_t guards[] = { 4096, 8192, 4096, 65536, 8192 };
    pthread_attr_t attr;

    CHECK(pthread_key_create(&key, NULL) == 0);
    pthread_attr_init(&attr);
    for (int i = 0; i < 100; i++) {
        pthread_t t[3];
        void *r;

        CHECK(pthread_attr_setstacksize(&attr, sizes[i % 5]) == 0);
        CHECK(pthread_attr_setguardsize(&attr, guards[i % 5]) == 0);
        for (int n = 0; n < 3; n++) {
            CHECK(pthread_create(&t[n], i % 7 ? &attr : NULL, find_all_fresh, t) == 0);
        }
        for (int n = 0; n < 3; n++) CHECK(pthread_join(t[n], &r) == 0 && r == NULL);
    }
    CHECK(pthread_key_delete(key) == 0);
}

static void *use_small_stack(void *arg)
{
    volatile char piece[5000];

    piece[0] = piece[4999] = 1;
    return (void *)(intptr_t)(piece[0] + piece[4999]);
}

static void *use_deep_stack(void *arg)
{
    volatile char piece[7 << 20];

    for (size_t i = 0; i < sizeof(piece); i += 4096) piece[i] = 1;
    return (void *)(intptr_t)piece[4096];
}

/* regression: uk 17 */
static void stack_sizes_are_honoured(void)
{
    pthread_attr_t attr;
    pthread_t t;
    void *r;

    pthread_attr_init(&attr);
    CHECK(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1) == EINVAL);
    CHECK(pthread_attr_setstacksize(&attr, 16384) == 0);
    CHECK(pthread_create(&t, &attr, use_small_stack, NULL) == 0);
    CHECK(pthread_join(t, &r) == 0 && (intptr_t)r == 2);
    CHECK(pthread_attr_setstacksize(&attr, 8 << 20) == 0);
    CHECK(pthread_create(&t, &attr, use_deep_stack, NULL) == 0);
    CHECK(pthread_join(t, &r) == 0 && (intptr_t)r == 1);
}

/* regression: uk 23 */
static void joining_what_has_ended_returns_at_once(void)
{
    struct timespec ms = { 0, 2000000 };
    pthread_t t;
    void *r;

    CHECK(pthread_create(&t, NULL, do_nothing, (void *)9) == 0);
    CHECK(nanosleep(&ms, NULL) == 0);
    CHECK(pthread_join(t, &r) == 0 && (intptr_t)r == 9);
}


/* From "has not begun" to "ended long ago": the joiner comes a little later each time. */
/* regression: uk 23 */
static void ending_and_joining_race(void)
{
    const char *lives = getenv("LIVES");
    int n = lives != NULL ? atoi(lives) : 3000;

    for (int i = 0; i < n; i++) {
        pthread_t t;
        void *r;

        CHECK(pthread_create(&t, NULL, do_nothing, (void *)(intptr_t)i) == 0);
        for (volatile int delay = 0; delay < i % 300 * 20; delay++) { }
        CHECK(pthread_join(t, &r) == 0 && (intptr_t)r == i);
    }
}

static pthread_key_t key;
static pthread_t destroyed_by[2];
static int destroyed;

static void note_who_destroys(void *value)
{
    if ((intptr_t)value == 1) pthread_setspecific(key, (void *)2);      /* once more, please */
    destroyed_by[destroyed++] = pthread_self();
}

static void *set_specific(void *arg)
{
    CHECK_OR(pthread_getspecific(key) == NULL, NULL);
    pthread_setspecific(key, (void *)1);
    sched_yield();
    return pthread_getspecific(key);
}

/* regression: uk 30 */
static void destructors_run_in_their_thread(void)
{
    pthread_t t;
    void *r;

    destroyed = 0;
    CHECK(pthread_key_create(&key, note_who_destroys) == 0);
    CHECK(pthread_setspecific(key, (void *)7) == 0);
    CHECK(pthread_create(&t, NULL, set_specific, NULL) == 0);
    CHECK(pthread_join(t, &r) == 0 && r == (void *)1);
    CHECK(destroyed == 2);
    CHECK(pthread_equal(destroyed_by[0], t) && pthread_equal(destroyed_by[1], t));
    CHECK(pthread_getspecific(key) == (void *)7);
    CHECK(pthread_key_delete(key) == 0);
}

static int cleaned;

/* A cancelled wait for a condition holds the lock again when its cleanup runs. */
static void count_and_unlock(void *held)
{
    cleaned++;
    if (held != NULL) pthread_mutex_unlock(held);
}

static void *sleep_for_ever(void *arg)
{
    pthread_cleanup_push(count_and_unlock, NULL);
    for (;;) sleep(3600);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *wait_for_ever(void *arg)
{
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

    pthread_mutex_lock(&lock);
    pthread_cleanup_push(count_and_unlock, &lock);
    for (;;) pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(0);
    return NULL;
}

static void waiting_threads_can_be_cancelled(void)
{
    struct timespec ms = { 0, 1000000 };

    cleaned = 0;
    for (int i = 0; i < 6; i++) {
        pthread_t t;
        void *r;

        CHECK(pthread_create(&t, NULL, i % 2 ? wait_for_ever : sleep_for_ever, NULL) == 0);
        CHECK(nanosleep(&ms, NULL) == 0);
        CHECK(pthread_cancel(t) == 0);
        CHECK(pthread_join(t, &r) == 0 && r == PTHREAD_CANCELED);
        CHECK(cleaned == i + 1);
    }
}

/* The lowest page of the caller's stack. */
static char *stack_bottom(void)
{
    pthread_attr_t a;
    size_t size;
    void *low = NULL;

    if (pthread_getattr_np(pthread_self(), &a) == 0) (void)pthread_attr_getstack(&a, &low, &size);
    return (char *)(((uintptr_t)low + 4095) & ~(uintptr_t)4095);
}

static void *close_bottom(void *arg)
{
    return mprotect(stack_bottom(), 4096, PROT_NONE) == 0 ? arg : NULL;
}

static void *use_bottom(void *arg)
{
    *(volatile char *)stack_bottom() = 1;
    return arg;
}

static void a_stack_with_other_rights_serves_nobody_else(void)
{
    void *(*const bodies[])(void *) = { close_bottom, use_bottom };

    for (int i = 0; i < 4; i++) {
        pthread_t t;
        void *r;

        CHECK(pthread_create(&t, NULL, bodies[i % 2], &total) == 0);
        CHECK(pthread_join(t, &r) == 0 && r == &total);
    }
}

const struct test thread_tests[] = {
    { "thread_local_data_is_private", thread_local_data_is_private },
    { "condition_variables_pass_the_turn", condition_variables_pass_the_turn },
    { "waiting_ends_at_the_deadline", waiting_ends_at_the_deadline },
    { "a_spinning_thread_does_not_stop_others", a_spinning_thread_does_not_stop_others },
    { "ended_threads_leave_nothing_behind", ended_threads_leave_nothing_behind },
    { "a_stack_with_other_rights_serves_nobody_else", a_stack_with_other_rights_serves_nobody_else },
    { "a_new_thread_finds_nothing_of_the_one_before",
      a_new_thread_finds_nothing_of_the_one_before },
    { "stack_sizes_are_honoured", stack_sizes_are_honoured },
    { "joining_what_has_ended_returns_at_once", joining_what_has_ended_returns_at_once },
    { "ending_and_joining_race", ending_and_joining_race },
    { "destructors_run_in_their_thread", destructors_run_in_their_thread },
    { "waiting_threads_can_be_cancelled", waiting_threads_can_be_cancelled },
    { 0 },
};
