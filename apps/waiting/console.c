/* SPDX-License-Identifier: Apache-2.0 */
/* Who types is the test outside, which answers what is printed here. */
#include "waiting.h"
#include <pthread.h>
#include <sys/select.h>
#include <termios.h>

static char line[300];

static ssize_t get(void) { return read(0, line, sizeof(line)); }

static int typed(void)
{
    int n = -1;

    return ioctl(0, FIONREAD, &n) == 0 ? n : -1;
}

static void prompt(const char *what)
{
    printf("%s? ", what);
    fflush(stdout);
}

static void *wait_for_line(void *arg)
{
    return (void *)(long)(bits(0, POLLIN | POLLRDNORM, -1) == (POLLIN | POLLRDNORM));
}

static void a_line_is_waited_for_by_all_who_poll(void)
{
    pthread_t threads[3];
    void *seen;

    CHECK(bits(0, POLLIN | POLLOUT, 0) == POLLOUT && bits(0, POLLIN, 20) == 0 && typed() == 0);
    FAILS(get(), EAGAIN);
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, wait_for_line, NULL) == 0);
    prompt("line");
    for (int i = 0; i < 3; i++) CHECK(pthread_join(threads[i], &seen) == 0 && seen != NULL);
    CHECK(typed() == 7 && read(0, line, 2) == 2 && typed() == 5 && bits(0, POLLIN, 0) == POLLIN);
    CHECK(get() == 5 && memcmp(line, "ne\303\251\n", 5) == 0);
    FAILS(get(), EAGAIN);
}

static void half_a_line_is_nothing_yet(void)
{
    struct timeval soon = { 0, 50000 };
    fd_set set;

    FD_ZERO(&set);
    FD_SET(0, &set);
    prompt("half");
    CHECK(bits(0, POLLIN, 500) == 0 && typed() == 0);
    FAILS(get(), EAGAIN);
    CHECK(select(1, &set, NULL, NULL, &soon) == 0);
    prompt("rest");
    FD_SET(0, &set);
    CHECK(select(1, &set, NULL, NULL, NULL) == 1 && FD_ISSET(0, &set));
    CHECK(get() == 9 && memcmp(line, "halfrest\n", 9) == 0);
}

static void epoll_tells_of_a_line(void)
{
    struct epoll_event e = { .events = EPOLLIN }, got;
    int ep = epoll_create1(0);

    CHECK(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, 0, &e) == 0 && epoll_wait(ep, &got, 1, 0) == 0);
    prompt("epoll");
    CHECK(epoll_wait(ep, &got, 1, -1) == 1 && got.events == EPOLLIN);
    CHECK(epoll_wait(ep, &got, 1, 0) == 1 && get() == 4 && epoll_wait(ep, &got, 1, 0) == 0);
    close(ep);
}

static void control_d_can_be_read(void)
{
    prompt("end");
    CHECK(bits(0, POLLIN, -1) == POLLIN && typed() == 0 && get() == 0);
    FAILS(get(), EAGAIN);
}

static void without_lines_bytes_are_there_as_they_are_typed(void)
{
    struct termios was, now;

    CHECK(tcgetattr(0, &was) == 0);
    now = was;
    cfmakeraw(&now);
    CHECK(tcsetattr(0, TCSAFLUSH, &now) == 0 && bits(0, POLLIN, 0) == 0);
    FAILS(get(), EAGAIN);
    prompt("key");
    CHECK(bits(0, POLLIN, -1) == POLLIN && typed() == 1 && get() == 1 && line[0] == 'k');
    now.c_cc[VMIN] = 2;
    CHECK(tcsetattr(0, TCSANOW, &now) == 0);
    prompt("one of two");
    while (typed() == 0) sleep_ms(1);
    CHECK(bits(0, POLLIN, 0) == 0);
    prompt("two");
    CHECK(bits(0, POLLIN, -1) == POLLIN && get() == 2 && line[0] == '1' && line[1] == '2');
    now.c_cc[VMIN] = 0;
    CHECK(tcsetattr(0, TCSANOW, &now) == 0 && bits(0, POLLIN, 0) == 0 && get() == 0);
    now.c_cc[VTIME] = 1;
    CHECK(tcsetattr(0, TCSANOW, &now) == 0);
    FAILS(get(), EAGAIN);
    CHECK(tcsetattr(0, TCSANOW, &was) == 0);
}

static void who_may_wait_does(void)
{
    CHECK(fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK) == 0);
    prompt("last");
    CHECK(get() == 5 && memcmp(line, "last\n", 5) == 0);
}

const struct test console_tests[] = {
    { "a_line_is_waited_for_by_all_who_poll", a_line_is_waited_for_by_all_who_poll },
    { "half_a_line_is_nothing_yet", half_a_line_is_nothing_yet },
    { "epoll_tells_of_a_line", epoll_tells_of_a_line },
    { "control_d_can_be_read", control_d_can_be_read },
    { "without_lines_bytes_are_there_as_they_are_typed",
      without_lines_bytes_are_there_as_they_are_typed },
    { "who_may_wait_does", who_may_wait_does },
    { 0 },
};
