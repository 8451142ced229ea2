/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits until a moment of the wall clock notices that the clock is set. */
#include "waiting.h"
#include <mqueue.h>
#include <pthread.h>

#define FUTEX_WAIT_BITSET    9
#define FUTEX_CLOCK_REALTIME 256

#define SECOND 1000000000L
#define LONG   1000                 /* seconds nobody has time for */

static pthread_mutex_t held;
static uint32_t word;
static mqd_t queue;
static int timer;

static long wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static struct timespec moment(long ns) { return (struct timespec){ ns / SECOND, ns % SECOND }; }

static int set_wall(long ns)
{
    struct timespec t = moment(ns);

    return clock_settime(CLOCK_REALTIME, &t);
}

static int wait_asleep(const struct timespec *until)
{
    return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, until, NULL);
}

static int wait_at_a_word(const struct timespec *until)
{
    long result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, until, NULL, -1);

    return result == -1 && errno == ETIMEDOUT ? 0 : -1;
}

static int wait_for_a_lock(const struct timespec *until)
{
    return pthread_mutex_timedlock(&held, until) == ETIMEDOUT ? 0 : -1;
}

static int wait_for_a_message(const struct timespec *until)
{
    char got[16];

    return mq_timedreceive(queue, got, sizeof(got), NULL, until) == -1 && errno == ETIMEDOUT ? 0 : -1;
}

static int wait_for_a_timer(const struct timespec *until)
{
    struct itimerspec s = { { 0, 0 }, *until };
    uint64_t n = 0;

    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &s, NULL) != 0) return -1;
    return read(timer, &n, 8) == 8 && n == 1 ? 0 : -1;
}

static int (*const ways[])(const struct timespec *until) = {
    wait_asleep, wait_at_a_word, wait_for_a_lock, wait_for_a_message, wait_for_a_timer
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static pthread_t threads[WAYS];
static struct timespec until;
static int ended;

static void *wait_in_a_way(void *arg)
{
    int (*const *way)(const struct timespec *) = arg;
    long failed = (*way)(&until);

    __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
    return (void *)failed;
}

static int begin_waiting(long until_ns)
{
    pthread_mutexattr_t inherits;
    struct mq_attr a = { .mq_maxmsg = 1, .mq_msgsize = 16 };

    until = moment(until_ns);
    ended = 0;
    queue = mq_open("/wall", O_RDWR | O_CREAT, 0600, &a);
    timer = timerfd_create(CLOCK_REALTIME, 0);
    if (queue < 0 || timer < 0 || pthread_mutexattr_init(&inherits) != 0 ||
        pthread_mutexattr_setprotocol(&inherits, PTHREAD_PRIO_INHERIT) != 0 ||
        pthread_mutex_init(&held, &inherits) != 0 || pthread_mutex_lock(&held) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < WAYS; i++) {
        if (pthread_create(&threads[i], NULL, wait_in_a_way, (void *)&ways[i]) != 0) return -1;
    }
    sleep_ms(20);
    return 0;
}

/* All have waited, and as they should. */
static int end_waiting(void)
{
    int bad = 0;
    void *failed;

    for (unsigned i = 0; i < WAYS; i++) bad |= pthread_join(threads[i], &failed) != 0 || failed != NULL;
    return bad | pthread_mutex_unlock(&held) | pthread_mutex_destroy(&held) | mq_close(queue) |
           mq_unlink("/wall") | close(timer);
}

static void a_wait_ends_when_the_clock_is_set_beyond_its_end(void)
{
    long began = now_ns(), wall = wall_ns();

    CHECK(begin_waiting(wall + LONG * SECOND) == 0 && ended == 0);
    CHECK(set_wall(wall + LONG * SECOND + 1) == 0 && end_waiting() == 0);
    CHECK(set_wall(wall + now_ns() - began) == 0 && now_ns() - began < LONG / 2 * SECOND);
}

static void a_wait_ends_sooner_when_its_end_has_come_nearer(void)
{
    long began = now_ns(), wall = wall_ns();

    CHECK(begin_waiting(wall + LONG * SECOND) == 0);
    CHECK(set_wall(wall + LONG * SECOND - 50 * MS) == 0 && end_waiting() == 0);
    CHECK(wall_ns() >= wall + LONG * SECOND);
    CHECK(set_wall(wall + now_ns() - began) == 0 && now_ns() - began < LONG / 2 * SECOND);
}

static void a_wait_goes_on_when_the_clock_is_set_back(void)
{
    long began, wall;
    int in_time;

    do {
        began = now_ns(), wall = wall_ns();
        CHECK(begin_waiting(wall + SECOND) == 0 && set_wall(wall - LONG * SECOND) == 0);
        in_time = now_ns() - began < SECOND;
        sleep_ms(1100);
        CHECK(!in_time || __atomic_load_n(&ended, __ATOMIC_SEQ_CST) == 0);
        CHECK(set_wall(wall + now_ns() - began) == 0 && end_waiting() == 0);
    } while (!in_time);
    CHECK(now_ns() - began < LONG / 2 * SECOND);
}

static void *sleep_a_while(void *arg)
{
    const struct timespec while_ns = { 0, 200 * MS };
    long began = now_ns();

    if (clock_nanosleep(CLOCK_REALTIME, 0, &while_ns, NULL) != 0) return arg;
    return now_ns() - began >= 200 * MS ? NULL : arg;
}

/* Also one whose end was a moment of the wall clock the last time it waited. */
static void a_length_of_time_stays_as_long(void)
{
    long began = now_ns(), wall = wall_ns();
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec s = { { 0, 0 }, { 0, 200 * MS } };
    pthread_t t;
    uint64_t n;
    void *failed;

    for (int step = -1; step <= 1; step += 2) {
        until = moment(wall_ns() + 1);
        CHECK(wait_asleep(&until) == 0 && pthread_create(&t, NULL, sleep_a_while, &held) == 0);
        CHECK(timerfd_settime(fd, 0, &s, NULL) == 0);
        sleep_ms(20);
        CHECK(set_wall(wall + step * LONG * SECOND) == 0);
        CHECK(pthread_join(t, &failed) == 0 && failed == NULL && read(fd, &n, 8) == 8 && n == 1);
    }
    CHECK(set_wall(wall + now_ns() - began) == 0 && now_ns() - began < LONG / 2 * SECOND && close(fd) == 0);
}

static void *read_timer(void *arg)
{
    uint64_t n;

    return (void *)(long)!(read(timer, &n, 8) == -1 && errno == ECANCELED);
}

static void a_timer_tells_that_the_clock_was_set(void)
{
    const int cancels = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    long began = now_ns(), wall = wall_ns();
    int boot = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec s = { { 0, 0 }, moment(wall + LONG * SECOND) };
    pthread_t t;
    uint64_t n;
    void *failed;

    timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    /* Before it is armed, nobody minds; nor does a timer by another clock. */
    CHECK(set_wall(wall) == 0 && timerfd_settime(timer, cancels, &s, NULL) == 0);
    CHECK(timerfd_settime(boot, cancels, &s, NULL) == 0 && bits(timer, POLLIN, 0) == 0);
    FAILS(read(timer, &n, 8), EAGAIN);
    CHECK(set_wall(wall + 1) == 0 && bits(timer, POLLIN, -1) == POLLIN && bits(boot, POLLIN, 0) == 0);
    FAILS(read(timer, &n, 8), ECANCELED);
    FAILS(read(timer, &n, 8), EAGAIN);
    FAILS(read(boot, &n, 8), EAGAIN);
    /* Setting it anew tells, too, and it is set. */
    CHECK(set_wall(wall + 2) == 0);
    FAILS(timerfd_settime(timer, cancels, &s, NULL), ECANCELED);
    CHECK(bits(timer, POLLIN, 0) == 0 && timerfd_gettime(timer, &s) == 0 && s.it_value.tv_sec > LONG / 2);
    /* Who reads is told, and no timer is too far away for it. */
    s.it_value.tv_sec = INT64_MAX;
    CHECK(timerfd_settime(timer, cancels, &s, NULL) == 0 && fcntl(timer, F_SETFL, O_RDWR) == 0);
    CHECK(pthread_create(&t, NULL, read_timer, NULL) == 0);
    sleep_ms(20);
    CHECK(set_wall(wall + 3) == 0 && pthread_join(t, &failed) == 0 && failed == NULL);
    /* One that need not tell does not. */
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &s, NULL) == 0 && set_wall(wall + 4) == 0);
    sleep_ms(20);
    CHECK(bits(timer, POLLIN, 0) == 0 && close(timer) == 0 && close(boot) == 0);
    CHECK(set_wall(wall + now_ns() - began) == 0);
}

const struct test wall_tests[] = {
    { "a_wait_ends_when_the_clock_is_set_beyond_its_end", a_wait_ends_when_the_clock_is_set_beyond_its_end },
    { "a_wait_ends_sooner_when_its_end_has_come_nearer", a_wait_ends_sooner_when_its_end_has_come_nearer },
    { "a_wait_goes_on_when_the_clock_is_set_back", a_wait_goes_on_when_the_clock_is_set_back },
    { "a_length_of_time_stays_as_long", a_length_of_time_stays_as_long },
    { "a_timer_tells_that_the_clock_was_set", a_timer_tells_that_the_clock_was_set },
    { 0 },
};
