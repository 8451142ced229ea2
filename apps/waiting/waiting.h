/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define _GNU_SOURCE
#include "../conformance/check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MS  1000000L

static inline long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* What poll says of one descriptor; timeout in ms. */
static inline int bits(int fd, short events, int timeout)
{
    struct pollfd p = { fd, events, -1 };
    int n = poll(&p, 1, timeout);

    return n < 0 || n != (p.revents != 0) ? -1 : p.revents;
}

static inline void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * MS };

    nanosleep(&t, NULL);
}

static inline int close_both(const int *fds) { return close(fds[0]) | close(fds[1]); }

/* Each ends with a null name and runs in an empty folder. */
extern const struct test pipe_tests[], fifo_tests[], poll_tests[], epoll_tests[], event_tests[],
    timer_tests[], wall_tests[], queue_tests[], thread_tests[], console_tests[];
