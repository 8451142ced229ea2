/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/select.h>

static void poll_tells_who_is_ready(void)
{
    int p[2], q[2], file = open("f", O_RDWR | O_CREAT, 0600);
    struct pollfd all[5];

    CHECK(pipe(p) == 0 && pipe(q) == 0 && write(p[1], "x", 1) == 1);
    all[0] = (struct pollfd){ p[0], POLLIN, 99 };
    all[1] = (struct pollfd){ q[0], POLLIN, 99 };
    all[2] = (struct pollfd){ -7, POLLIN, 99 };
    all[3] = (struct pollfd){ file, POLLIN | POLLOUT | POLLPRI, 99 };
    all[4] = (struct pollfd){ 900, 0, 99 };
    CHECK(poll(all, 5, -1) == 3 && all[0].revents == POLLIN && all[1].revents == 0 &&
          all[2].revents == 0);
    CHECK(all[3].revents == (POLLIN | POLLOUT) && all[4].revents == POLLNVAL);
    CHECK(bits(p[0], POLLIN | POLLRDNORM, 0) == (POLLIN | POLLRDNORM) &&
          bits(p[0], POLLOUT, 0) == 0);
    CHECK(bits(p[1], POLLOUT | POLLWRNORM, 0) == (POLLOUT | POLLWRNORM));
    CHECK(poll(NULL, 0, 0) == 0);
    FAILS(syscall(SYS_ppoll, all, -1, NULL, NULL, 0), EINVAL);
    FAILS(syscall(SYS_ppoll, all, 1 << 30, NULL, NULL, 0), EINVAL);
    FAILS(syscall(SYS_ppoll, BAD, 1, NULL, NULL, 0), EFAULT);
    FAILS(syscall(SYS_ppoll, NULL, 1, NULL, NULL, 0), EFAULT);
    FAILS(syscall(SYS_ppoll, all, 1, BAD, NULL, 0), EFAULT);
    FAILS(syscall(SYS_ppoll, all, 1, &(struct timespec){ 0, 1000000000 }, NULL, 0), EINVAL);
    FAILS(syscall(SYS_ppoll, all, 1, &(struct timespec){ -1, 0 }, NULL, 0), EINVAL);
    CHECK(close_both(p) == 0 && close_both(q) == 0 && close(file) == 0);
}

static void all_kinds_are_polled_at_once(void)
{
    int ready = eventfd(1, 0), quiet = eventfd(0, 0), ep = epoll_create1(0), p[2];
    struct epoll_event e = { .events = EPOLLIN };
    struct pollfd all[120];
    int kinds[] = { ready, quiet, ep, -1, 900, 0 };
    const short told[] = { POLLIN, 0, POLLIN, 0, POLLNVAL, POLLHUP };

    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, ready, &e) == 0 && pipe(p) == 0 && close(p[1]) == 0);
    kinds[5] = p[0];
    for (int i = 0; i < 120; i++) all[i] = (struct pollfd){ kinds[i % 6], POLLIN | POLLPRI, 99 };
    CHECK(poll(all, 120, -1) == 80);
    for (int i = 0; i < 120; i++) {
        CHECK(all[i].fd == kinds[i % 6] && all[i].events == (POLLIN | POLLPRI) &&
              all[i].revents == told[i % 6]);
    }
    CHECK(close(ready) == 0 && close(quiet) == 0 && close(ep) == 0 && close(p[0]) == 0);
}

static void as_many_as_may_be_open_are_polled(void)
{
    struct pollfd all[65];
    struct rlimit was, few;

    for (int i = 0; i < 65; i++) all[i] = (struct pollfd){ -1, POLLIN, 0 };
    CHECK(getrlimit(RLIMIT_NOFILE, &was) == 0);
    few = (struct rlimit){ 64, was.rlim_max };
    CHECK(poll(all, 65, 0) == 0 && setrlimit(RLIMIT_NOFILE, &few) == 0 && poll(all, 64, 0) == 0);
    FAILS(poll(all, 65, 0), EINVAL);
    CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0 && poll(all, 65, 0) == 0);
}

static void waiting_ends_in_time(void)
{
    struct timespec t = { 0, 30 * MS }, none = { 0, 0 };
    long begin = now_ns();
    struct pollfd one;
    int p[2];

    CHECK(pipe(p) == 0 && bits(p[0], POLLIN, 30) == 0 && now_ns() - begin >= 30 * MS);
    begin = now_ns();
    CHECK(poll(NULL, 0, 30) == 0 && now_ns() - begin >= 30 * MS);
    one = (struct pollfd){ p[0], POLLIN, 0 };
    begin = now_ns();
    CHECK(ppoll(&one, 1, &t, NULL) == 0 && now_ns() - begin >= 30 * MS);
    CHECK(ppoll(&one, 1, &none, NULL) == 0);
    CHECK(syscall(SYS_ppoll, &one, 1, &t, NULL, 0) == 0 && t.tv_sec == 0 && t.tv_nsec == 0);
    CHECK(close_both(p) == 0);
}

static void *write_soon(void *fd)
{
    sleep_ms(20);
    return (void *)(long)(write((int)(long)fd, "x", 1) != 1);
}

static void one_of_many_wakes_us(void)
{
    struct pollfd all[200];
    int p[2], quiet[2];
    pthread_t other;
    void *wrong;

    CHECK(pipe(p) == 0 && pipe(quiet) == 0);
    for (int i = 0; i < 200; i++) all[i] = (struct pollfd){ i % 3 ? quiet[0] : -1, POLLIN, 0 };
    all[150].fd = p[0];
    CHECK(pthread_create(&other, NULL, write_soon, (void *)(long)p[1]) == 0);
    CHECK(poll(all, 200, -1) == 1 && all[150].revents == POLLIN && all[151].revents == 0);
    CHECK(pthread_join(other, &wrong) == 0 && wrong == NULL);
    CHECK(close_both(p) == 0 && close_both(quiet) == 0);
}

static void select_tells_who_is_ready(void)
{
    struct timeval none = { 0, 0 }, some = { 0, 20000 };
    int p[2], q[2], max;
    fd_set in, out, except;
    long begin;

    CHECK(pipe(p) == 0 && pipe(q) == 0 && write(p[1], "x", 1) == 1);
    max = (p[1] > q[1] ? p[1] : q[1]) + 1;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(p[0], &in);
    FD_SET(q[0], &in);
    FD_SET(p[1], &out);
    FD_SET(q[0], &except);
    CHECK(select(max, &in, &out, &except, NULL) == 2);
    CHECK(FD_ISSET(p[0], &in) && !FD_ISSET(q[0], &in) && FD_ISSET(p[1], &out) &&
          !FD_ISSET(q[0], &except));
    FD_ZERO(&in);
    FD_SET(q[0], &in);
    CHECK(select(max, &in, NULL, NULL, &none) == 0 && !FD_ISSET(q[0], &in));
    FD_SET(q[0], &in);
    begin = now_ns();
    CHECK(select(max, &in, NULL, NULL, &some) == 0 && now_ns() - begin >= 20 * MS);
    CHECK(close(q[1]) == 0);
    FD_ZERO(&in);
    FD_SET(q[0], &in);
    CHECK(select(max, &in, NULL, NULL, NULL) == 1 && FD_ISSET(q[0], &in));
    CHECK(close(q[0]) == 0);
    FAILS(select(max, &in, NULL, NULL, &none), EBADF);
    FAILS(select(-1, NULL, NULL, NULL, &none), EINVAL);
    FAILS(syscall(SYS_pselect6, 1, BAD, NULL, NULL, NULL, NULL), EFAULT);
    FAILS(syscall(SYS_pselect6, 1, NULL, NULL, NULL, BAD, NULL), EFAULT);
    FAILS(syscall(SYS_pselect6, 1, NULL, NULL, NULL, &(struct timespec){ 0, -1 }, NULL), EINVAL);
    FAILS(syscall(SYS_pselect6, 1, NULL, NULL, NULL, &(struct timespec){ 0, 0 }, BAD), EFAULT);
    begin = now_ns();
    some = (struct timeval){ 0, 20000 };
    CHECK(select(0, NULL, NULL, NULL, &some) == 0 && now_ns() - begin >= 20 * MS);
    CHECK(close_both(p) == 0);
}

static void select_wakes_us(void)
{
    int p[2];
    pthread_t other;
    void *wrong;
    fd_set in;

    CHECK(pipe(p) == 0 && pthread_create(&other, NULL, write_soon, (void *)(long)p[1]) == 0);
    FD_ZERO(&in);
    FD_SET(p[0], &in);
    CHECK(select(p[0] + 1, &in, NULL, NULL, NULL) == 1 && FD_ISSET(p[0], &in));
    CHECK(pthread_join(other, &wrong) == 0 && wrong == NULL && close_both(p) == 0);
}

/* libc does not make these any more, where the ISA has them. */
static void older_forms_work_too(void)
{
#ifdef SYS_epoll_wait
    struct epoll_event e = { .events = EPOLLIN };
    int fd = (int)syscall(SYS_eventfd, 1), ep = (int)syscall(SYS_epoll_create, 1);

    CHECK(fd >= 0 && ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0);
    CHECK(syscall(SYS_epoll_wait, ep, &e, 1, -1) == 1 && e.events == EPOLLIN);
    FAILS(syscall(SYS_epoll_create, 0), EINVAL);
    CHECK(close(fd) == 0 && close(ep) == 0);
#endif
}

const struct test poll_tests[] = {
    { "poll_tells_who_is_ready", poll_tells_who_is_ready },
    { "all_kinds_are_polled_at_once", all_kinds_are_polled_at_once },
    { "as_many_as_may_be_open_are_polled", as_many_as_may_be_open_are_polled },
    { "waiting_ends_in_time", waiting_ends_in_time },
    { "one_of_many_wakes_us", one_of_many_wakes_us },
    { "select_tells_who_is_ready", select_tells_who_is_ready },
    { "select_wakes_us", select_wakes_us },
    { "older_forms_work_too", older_forms_work_too },
    { 0 },
};
