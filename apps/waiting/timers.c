/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"

static const struct itimerspec off, once = { { 0, 0 }, { 0, 20 * MS } },
                                    often = { { 0, 5 * MS }, { 0, 10 * MS } };

static void it_expires_once(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec was;
    long begin = now_ns();
    uint64_t n = 0;

    CHECK(fd >= 0 && timerfd_gettime(fd, &was) == 0 && memcmp(&was, &off, sizeof(was)) == 0);
    CHECK(timerfd_settime(fd, 0, &once, NULL) == 0 && bits(fd, POLLIN, 0) == 0);
    CHECK(timerfd_gettime(fd, &was) == 0 && was.it_value.tv_sec == 0 && was.it_value.tv_nsec > 0 &&
          was.it_value.tv_nsec <= 20 * MS);
    CHECK(bits(fd, POLLIN, -1) == POLLIN && now_ns() - begin >= 20 * MS);
    CHECK(read(fd, &n, 8) == 8 && n == 1 && bits(fd, POLLIN, 0) == 0);
    CHECK(timerfd_gettime(fd, &was) == 0 && was.it_value.tv_nsec == 0);
    begin = now_ns();
    CHECK(timerfd_settime(fd, 0, &once, NULL) == 0 && read(fd, &n, 8) == 8 &&
          now_ns() - begin >= 20 * MS);
    CHECK(timerfd_settime(fd, 0, &once, NULL) == 0 && timerfd_settime(fd, 0, &off, &was) == 0 &&
          was.it_value.tv_nsec > 0);
    CHECK(bits(fd, POLLIN, 40) == 0 && close(fd) == 0);
}

static void it_expires_again_and_again(void)
{
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK);
    long begin = now_ns();
    uint64_t n, sum = 0;

    CHECK(timerfd_settime(fd, 0, &often, NULL) == 0);
    FAILS(read(fd, &n, 8), EAGAIN);
    sleep_ms(31);
    CHECK(read(fd, &n, 8) == 8 && n >= 5);
    for (sum = n; sum < 10; sum += n) {
        CHECK(bits(fd, POLLIN, -1) == POLLIN);
        if (read(fd, &n, 8) != 8) n = 0;
    }
    CHECK((now_ns() - begin - 10 * MS) / (5 * MS) + 1 >= (long)sum && close(fd) == 0);
}

static void a_moment_may_have_passed(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), wall = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec t = { { 0, 0 }, { 0, 1 } };
    struct timespec now;
    uint64_t n;

    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL) == 0 && read(fd, &n, 8) == 8 && n == 1);
    clock_gettime(CLOCK_MONOTONIC, &now);
    t = (struct itimerspec){ { 3600, 0 }, now };
    t.it_value.tv_nsec += 20 * MS;
    if (t.it_value.tv_nsec >= 1000 * MS) t.it_value.tv_sec++, t.it_value.tv_nsec -= 1000 * MS;
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL) == 0 && read(fd, &n, 8) == 8 && n == 1);
    CHECK(now_ns() >= t.it_value.tv_sec * 1000 * MS + t.it_value.tv_nsec);
    clock_gettime(CLOCK_REALTIME, &now);
    t = (struct itimerspec){ { 10, 0 }, { now.tv_sec - 95, 0 } };
    CHECK(timerfd_settime(wall, TFD_TIMER_ABSTIME, &t, NULL) == 0 && read(wall, &n, 8) == 8 &&
          n == 10);
    CHECK(timerfd_gettime(wall, &t) == 0 && t.it_interval.tv_sec == 10 && t.it_value.tv_sec < 10);
    CHECK(close(fd) == 0 && close(wall) == 0);
}

static void what_cannot_be_is_refused(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), p[2];
    struct itimerspec wrong = { { 0, 0 }, { 0, 1000 * MS } };
    uint64_t n = 0;

    FAILS(timerfd_create(17, 0), EINVAL);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 0x100), EINVAL);
    FAILS(timerfd_settime(fd, 0, &wrong, NULL), EINVAL);
    FAILS(timerfd_settime(fd, 0x100, &off, NULL), EINVAL);
    FAILS(timerfd_settime(fd, 0, BAD, NULL), EFAULT);
    FAILS(timerfd_gettime(fd, BAD), EFAULT);
    FAILS(timerfd_settime(fd, 0, &off, BAD), EFAULT);
    FAILS(timerfd_settime(999, 0, &off, NULL), EBADF);
    FAILS(read(fd, &n, 7), EINVAL);
    FAILS(write(fd, &n, 8), EINVAL);
    CHECK(pipe(p) == 0);
    FAILS(timerfd_settime(p[0], 0, &off, NULL), EINVAL);
    FAILS(timerfd_gettime(p[0], &wrong), EINVAL);
    CHECK(close_both(p) == 0 && close(fd) == 0);
    for (int i = 0; i < 1000; i++) {
        fd = timerfd_create(CLOCK_MONOTONIC, 0);
        CHECK(timerfd_settime(fd, 0, &once, NULL) == 0 && close(fd) == 0);
    }
}

static void the_shortest_interval_leaves_time_for_others(void)
{
    const struct itimerspec each_ns = { { 0, 1 }, { 0, 1 } };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t n;

    CHECK(fd >= 0 && timerfd_settime(fd, 0, &each_ns, NULL) == 0 && usleep(10000) == 0);
    CHECK(read(fd, &n, 8) == 8 && n >= 10000000 && close(fd) == 0);
}

const struct test timer_tests[] = {
    { "it_expires_once", it_expires_once },
    { "it_expires_again_and_again", it_expires_again_and_again },
    { "a_moment_may_have_passed", a_moment_may_have_passed },
    { "what_cannot_be_is_refused_of_timers", what_cannot_be_is_refused },
    { "the_shortest_interval_leaves_time_for_others", the_shortest_interval_leaves_time_for_others },
    { 0 },
};
