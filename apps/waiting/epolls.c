/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"
#include <pthread.h>
#include <sys/syscall.h>

static struct epoll_event got[8];

static int control(int ep, int op, int fd, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.u64 = 0x1234567800000000 | (unsigned)fd };

    return epoll_ctl(ep, op, fd, &e);
}

static int add(int ep, int fd, uint32_t events) { return control(ep, EPOLL_CTL_ADD, fd, events); }

static int only(int n, int fd, uint32_t events)
{
    return n == 1 && got[0].events == events &&
           got[0].data.u64 == (0x1234567800000000 | (unsigned)fd);
}

static void it_tells_who_is_ready(void)
{
    int ep = epoll_create1(EPOLL_CLOEXEC), p[2], q[2];
    char c;

    CHECK(ep >= 0 && fcntl(ep, F_GETFD) == FD_CLOEXEC && pipe(p) == 0 && pipe(q) == 0);
    CHECK(add(ep, p[0], EPOLLIN) == 0 && add(ep, q[0], EPOLLIN) == 0 &&
          epoll_wait(ep, got, 8, 0) == 0);
    CHECK(write(p[1], "xy", 2) == 2 && bits(ep, POLLIN, 0) == POLLIN);
    CHECK(only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN) &&
          only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN));
    CHECK(write(q[1], "x", 1) == 1 && epoll_wait(ep, got, 8, -1) == 2 &&
          epoll_wait(ep, got, 1, -1) == 1);
    CHECK(read(p[0], &c, 1) == 1 && read(q[0], &c, 1) == 1 &&
          only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN));
    CHECK(read(p[0], &c, 1) == 1 && epoll_wait(ep, got, 8, 0) == 0 && bits(ep, POLLIN, 0) == 0);
    CHECK(add(ep, p[1], EPOLLOUT) == 0 && only(epoll_wait(ep, got, 8, 0), p[1], EPOLLOUT));
    CHECK(control(ep, EPOLL_CTL_MOD, p[1], EPOLLIN) == 0 && epoll_wait(ep, got, 8, 0) == 0);
    CHECK(control(ep, EPOLL_CTL_DEL, p[1], 0) == 0 && close(p[1]) == 0);
    CHECK(only(epoll_wait(ep, got, 8, -1), p[0], EPOLLHUP));
    CHECK(close(p[0]) == 0 && epoll_wait(ep, got, 8, 0) == 0); /* it went with its file */
    CHECK(close_both(q) == 0 && close(ep) == 0);
}

static void a_turn_is_fair(void)
{
    int ep = epoll_create1(0), p[3][2], seen = 0;

    for (int i = 0; i < 3; i++) {
        CHECK(pipe(p[i]) == 0 && add(ep, p[i][0], EPOLLIN) == 0 && write(p[i][1], "x", 1) == 1);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(epoll_wait(ep, got, 1, 0) == 1);
        for (int k = 0; k < 3; k++) {
            if ((unsigned)got[0].data.u64 == (unsigned)p[k][0]) seen |= 1 << k;
        }
    }
    CHECK(seen == 7 && close(ep) == 0);
    for (int i = 0; i < 3; i++) CHECK(close_both(p[i]) == 0);
}

static void an_edge_is_told_once(void)
{
    int ep = epoll_create1(0), p[2];
    char c;

    CHECK(pipe(p) == 0 && add(ep, p[0], EPOLLIN | EPOLLET) == 0 && write(p[1], "ab", 2) == 2);
    CHECK(only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN) && epoll_wait(ep, got, 8, 0) == 0);
    CHECK(read(p[0], &c, 1) == 1 && epoll_wait(ep, got, 8, 0) == 0);
    CHECK(write(p[1], "c", 1) == 1 && only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN));
    CHECK(epoll_wait(ep, got, 8, 0) == 0 &&
          control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET) == 0);
    CHECK(only(epoll_wait(ep, got, 8, 0), p[0], EPOLLIN));
    CHECK(close_both(p) == 0 && close(ep) == 0);
}

static void one_shot_is_one_shot(void)
{
    int ep = epoll_create1(0), p[2];

    CHECK(pipe(p) == 0 && add(ep, p[0], EPOLLIN | EPOLLONESHOT) == 0 && write(p[1], "a", 1) == 1);
    CHECK(only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN) && epoll_wait(ep, got, 8, 0) == 0);
    CHECK(write(p[1], "b", 1) == 1 && close(p[1]) == 0 && epoll_wait(ep, got, 8, 0) == 0);
    CHECK(control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT) == 0);
    CHECK(only(epoll_wait(ep, got, 8, 0), p[0], EPOLLIN | EPOLLHUP) &&
          epoll_wait(ep, got, 8, 0) == 0);
    CHECK(close(p[0]) == 0 && close(ep) == 0);
}

static void copies_of_a_descriptor_are_watched_alone(void)
{
    int ep = epoll_create1(0), p[2], copy;

    CHECK(pipe(p) == 0 && (copy = dup(p[0])) >= 0);
    CHECK(add(ep, p[0], EPOLLIN) == 0 && add(ep, copy, EPOLLIN) == 0 && write(p[1], "a", 1) == 1);
    CHECK(epoll_wait(ep, got, 8, 0) == 2 && control(ep, EPOLL_CTL_DEL, p[0], 0) == 0);
    CHECK(only(epoll_wait(ep, got, 8, 0), copy, EPOLLIN));
    /* As long as a copy is open, what was watched is. */
    CHECK(close(copy) == 0 && only(epoll_wait(ep, got, 8, 0), copy, EPOLLIN));
    FAILS(control(ep, EPOLL_CTL_DEL, copy, 0), EBADF);
    CHECK(close(p[0]) == 0 && epoll_wait(ep, got, 8, 0) == 0 && close(p[1]) == 0 && close(ep) == 0);
}

static void epolls_watch_epolls(void)
{
    int ep[8], p[2];
    char c;

    CHECK(pipe(p) == 0);
    for (int i = 0; i < 8; i++) ep[i] = epoll_create1(0);
    CHECK(add(ep[0], p[0], EPOLLIN) == 0 && add(ep[1], ep[0], EPOLLIN) == 0 &&
          add(ep[2], ep[1], EPOLLIN) == 0);
    CHECK(epoll_wait(ep[2], got, 8, 0) == 0 && write(p[1], "x", 1) == 1);
    CHECK(only(epoll_wait(ep[2], got, 8, -1), ep[1], EPOLLIN) && bits(ep[2], POLLIN, 0) == POLLIN);
    CHECK(read(p[0], &c, 1) == 1 && epoll_wait(ep[2], got, 8, 0) == 0 &&
          bits(ep[2], POLLIN, 0) == 0);
    FAILS(add(ep[0], ep[0], EPOLLIN), EINVAL);
    FAILS(add(ep[0], ep[1], EPOLLIN), ELOOP);
    FAILS(add(ep[0], ep[2], EPOLLIN), ELOOP);
    CHECK(add(ep[3], ep[2], EPOLLIN) == 0 && add(ep[4], ep[3], EPOLLIN) == 0);
    (void)add(ep[5], ep[4], EPOLLIN); /* how deep they may go depends on the version of Linux */
    (void)add(ep[6], ep[5], EPOLLIN);
    FAILS(add(ep[7], ep[6], EPOLLIN) == 0 ? add(ep[6], ep[7], EPOLLIN) : -1, ELOOP);
    CHECK(close(ep[1]) == 0 && epoll_wait(ep[2], got, 8, 0) == 0 &&
          add(ep[0], ep[2], EPOLLIN) == 0);
    for (int i = 0; i < 8; i++) CHECK(i == 1 || close(ep[i]) == 0);
    CHECK(close_both(p) == 0);
}

static long wait_ns(int ep, const struct timespec *t, size_t size)
{
    static const uint64_t none;

    return syscall(SYS_epoll_pwait2, ep, got, 8, t, &none, size);
}

static void it_waits_for_nanoseconds(void)
{
    int ep = epoll_create1(0), p[2];
    struct timespec t = { 0, 1000 };

    CHECK(pipe(p) == 0 && add(ep, p[0], EPOLLIN) == 0 && wait_ns(ep, &t, 8) == 0);
    CHECK(write(p[1], "x", 1) == 1 && only((int)wait_ns(ep, NULL, 8), p[0], EPOLLIN));
    t = (struct timespec){ 0, 0 };
    CHECK(only((int)wait_ns(ep, &t, 8), p[0], EPOLLIN));
    FAILS(wait_ns(ep, &t, 7), EINVAL);
    FAILS(wait_ns(ep, BAD, 8), EFAULT);
    t.tv_nsec = 1000000000;
    FAILS(wait_ns(ep, &t, 8), EINVAL);
    FAILS(wait_ns(-1, NULL, 8), EBADF);
    CHECK(close(ep) == 0 && close_both(p) == 0);
}

static void what_cannot_be_is_refused(void)
{
    int ep = epoll_create1(0), p[2], file = open("f", O_RDWR | O_CREAT, 0600);
    struct epoll_event e = { .events = EPOLLIN };

    CHECK(pipe(p) == 0 && epoll_create(5) == file + 3 && close(file + 3) == 0);
    FAILS(epoll_create1(5), EINVAL);
    FAILS(epoll_create(0), EINVAL);
    FAILS(add(ep, file, EPOLLIN), EPERM);
    FAILS(add(ep, 999, EPOLLIN), EBADF);
    FAILS(add(999, p[0], EPOLLIN), EBADF);
    FAILS(add(p[0], p[1], EPOLLIN), EINVAL);
    FAILS(control(ep, EPOLL_CTL_DEL, p[0], 0), ENOENT);
    FAILS(control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN), ENOENT);
    FAILS(control(ep, 17, p[0], EPOLLIN), EINVAL);
    FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], BAD), EFAULT);
    CHECK(add(ep, p[0], EPOLLIN) == 0);
    FAILS(add(ep, p[0], EPOLLIN), EEXIST);
    FAILS(control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    CHECK(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL) == 0 &&
          add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE) == 0);
    FAILS(control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN), EINVAL);
    FAILS(add(ep, p[1], EPOLLOUT | EPOLLONESHOT | EPOLLEXCLUSIVE), EINVAL);
    FAILS(epoll_wait(ep, got, 0, 0), EINVAL);
    FAILS(epoll_wait(ep, got, -1, 0), EINVAL);
    FAILS(epoll_wait(p[0], got, 1, 0), EINVAL);
    FAILS(epoll_wait(999, got, 1, 0), EBADF);
    FAILS(read(ep, &e, 8), EINVAL);
    FAILS(write(ep, &e, 8), EINVAL);
    CHECK(write(p[1], "x", 1) == 1);
    FAILS(epoll_wait(ep, BAD, 1, 0), EFAULT);
    CHECK(only(epoll_wait(ep, got, 8, 0), p[0], EPOLLIN)); /* it was not lost */
    CHECK(close_both(p) == 0 && close(file) == 0 && close(ep) == 0);
}

static void *write_soon(void *fd)
{
    sleep_ms(20);
    return (void *)(long)(write((int)(long)fd, "x", 1) != 1);
}

static void it_waits(void)
{
    int ep = epoll_create1(0), outer = epoll_create1(0), p[2];
    long begin = now_ns();
    pthread_t other;
    void *wrong;

    CHECK(pipe(p) == 0 && add(ep, p[0], EPOLLIN) == 0 && add(outer, ep, EPOLLIN) == 0);
    CHECK(epoll_wait(ep, got, 8, 30) == 0 && now_ns() - begin >= 30 * MS);
    CHECK(pthread_create(&other, NULL, write_soon, (void *)(long)p[1]) == 0);
    CHECK(only(epoll_wait(outer, got, 8, -1), ep, EPOLLIN) &&
          only(epoll_wait(ep, got, 8, -1), p[0], EPOLLIN));
    CHECK(pthread_join(other, &wrong) == 0 && wrong == NULL);
    CHECK(close_both(p) == 0 && close(ep) == 0 && close(outer) == 0);
}

const struct test epoll_tests[] = {
    { "it_tells_who_is_ready", it_tells_who_is_ready },
    { "a_turn_is_fair", a_turn_is_fair },
    { "an_edge_is_told_once", an_edge_is_told_once },
    { "one_shot_is_one_shot", one_shot_is_one_shot },
    { "copies_of_a_descriptor_are_watched_alone", copies_of_a_descriptor_are_watched_alone },
    { "epolls_watch_epolls", epolls_watch_epolls },
    { "it_waits_for_nanoseconds", it_waits_for_nanoseconds },
    { "what_cannot_be_is_refused_of_epolls", what_cannot_be_is_refused },
    { "it_waits", it_waits },
    { 0 },
};
