/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, and sleeping by them. */
#include "system.h"
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000LL
#define NOBODY (~30000 * 8)             /* clocks of a process that is not there; its threads: | 4 */

static long long ns_of(struct timespec t) { return t.tv_sec * SECOND + t.tv_nsec; }

static long long now_of(clockid_t id)
{
    struct timespec t;

    return clock_gettime(id, &t) == 0 ? ns_of(t) : -1;
}

static void a_clock_tells_its_resolution(void)
{
    struct timespec t = { -1, -1 };

    CHECK(clock_getres(CLOCK_MONOTONIC, &t) == 0);
    CHECK(t.tv_sec == 0 && t.tv_nsec > 0 && t.tv_nsec < SECOND);
    CHECK(clock_getres(CLOCK_REALTIME, NULL) == 0);
    FAILS(clock_getres(CLOCK_REALTIME, BAD), EFAULT);
    FAILS(clock_getres(100, &t), EINVAL);
}

static void all_clocks_go_on(void)
{
    static const clockid_t ids[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI };

    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        long long before = now_of(ids[i]);
        struct timespec t = { 0, 20000000 };

        CHECK(before >= 0 && clock_getres(ids[i], NULL) == 0);
        CHECK(nanosleep(&t, NULL) == 0);
        CHECK(now_of(ids[i]) > before);
    }
}

static void there_is_no_other_clock(void)
{
    static const int none[] = { 12, 15, 16, 100, INT32_MAX, INT32_MIN, -1, NOBODY | 2, NOBODY | 6 };
    struct timespec t;

    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        FAILS(clock_gettime(none[i], &t), EINVAL);
        FAILS(clock_getres(none[i], &t), EINVAL);
    }
    FAILS(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, BAD), EFAULT);
    FAILS(syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, BAD), EFAULT);
}

static void older_calls_show_the_same_time(void)
{
    struct timeval v;
    struct timezone zone = { 7, 7 };
    long long before = now_of(CLOCK_REALTIME);

    CHECK(syscall(SYS_gettimeofday, &v, &zone) == 0);
    CHECK(v.tv_sec * SECOND + v.tv_usec * 1000 + 999 >= before);
    CHECK(v.tv_sec * SECOND + v.tv_usec * 1000 <= now_of(CLOCK_REALTIME));
    CHECK(v.tv_usec < 1000000 && zone.tz_minuteswest == 0);
    CHECK(syscall(SYS_gettimeofday, NULL, NULL) == 0);
    FAILS(syscall(SYS_gettimeofday, BAD, NULL), EFAULT);
    FAILS(syscall(SYS_gettimeofday, NULL, BAD), EFAULT);
#ifdef SYS_time
    time_t t = 0;

    CHECK(syscall(SYS_time, NULL) >= before / SECOND);
    CHECK(syscall(SYS_time, &t) == t && t >= before / SECOND);
    FAILS(syscall(SYS_time, BAD), EFAULT);
#endif
}

static void the_wall_clock_can_be_set(void)
{
    long long before = now_of(CLOCK_REALTIME), ahead;
    struct timespec t = { before / SECOND + 1000000, 500 };
    struct timeval v = { before / SECOND, 999999 };

    CHECK(clock_settime(CLOCK_REALTIME, &t) == 0);
    ahead = now_of(CLOCK_REALTIME) - ns_of(t);
    CHECK(ahead >= 0 && ahead < 1000 * SECOND);
    CHECK(syscall(SYS_settimeofday, &v, NULL) == 0);
    ahead = now_of(CLOCK_REALTIME) - v.tv_sec * SECOND;
    CHECK(ahead >= 999999000 && ahead < 1000 * SECOND);
    t.tv_nsec = SECOND;
    FAILS(clock_settime(CLOCK_REALTIME, &t), EINVAL);
    t = (struct timespec){ -1, 0 };
    FAILS(clock_settime(CLOCK_REALTIME, &t), EINVAL);
    FAILS(clock_settime(CLOCK_REALTIME, BAD), EFAULT);
    FAILS(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
    FAILS(clock_settime(100, &t), EINVAL);
    v.tv_usec = 1000000;
    FAILS(syscall(SYS_settimeofday, &v, NULL), EINVAL);
    FAILS(syscall(SYS_settimeofday, BAD, NULL), EFAULT);
}

static void one_sleeps_by_any_clock_that_can_wake(void)
{
    static const clockid_t ids[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI };

    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        long long until = now_of(ids[i]) + 10000000, from;
        struct timespec t = { until / SECOND, until % SECOND }, left = { -7, -7 };

        CHECK(clock_nanosleep(ids[i], TIMER_ABSTIME, &t, &left) == 0 && now_of(ids[i]) >= until);
        CHECK(clock_nanosleep(ids[i], TIMER_ABSTIME, &t, &left) == 0);      /* has passed */
        from = now_of(CLOCK_MONOTONIC);
        t = (struct timespec){ 0, 10000000 };
        CHECK(clock_nanosleep(ids[i], 0, &t, &left) == 0);
        CHECK(now_of(CLOCK_MONOTONIC) >= from + 10000000 && left.tv_sec == -7);
    }
}

static void one_cannot_sleep_for_nonsense(void)
{
    struct timespec t = { 0, 1 }, wrong = { 0, SECOND }, before = { -1, 0 };

    CHECK(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &t, NULL) == EOPNOTSUPP);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC_COARSE, 0, &t, NULL) == EOPNOTSUPP);
    CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL) == EINVAL);
    CHECK(clock_nanosleep(100, 0, &t, NULL) == EINVAL);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &wrong, NULL) == EINVAL);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &before, NULL) == EINVAL);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, BAD, NULL) == EFAULT);
    FAILS(nanosleep(&wrong, NULL), EINVAL);
    FAILS(nanosleep(BAD, NULL), EFAULT);
}

const struct test clock_tests[] = {
    { "a_clock_tells_its_resolution", a_clock_tells_its_resolution },
    { "all_clocks_go_on", all_clocks_go_on },
    { "there_is_no_other_clock", there_is_no_other_clock },
    { "older_calls_show_the_same_time", older_calls_show_the_same_time },
    { "the_wall_clock_can_be_set", the_wall_clock_can_be_set },
    { "one_sleeps_by_any_clock_that_can_wake", one_sleeps_by_any_clock_that_can_wake },
    { "one_cannot_sleep_for_nonsense", one_cannot_sleep_for_nonsense },
    { 0 },
};
