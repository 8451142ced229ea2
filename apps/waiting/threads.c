/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads at once, and threads that end while they wait. */
#include "waiting.h"
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define THREADS 4
#define ROUNDS  500
#define WATCHES 100

static int p[2], ep;
static unsigned sum;

static void *write_numbers(void *arg)
{
    for (unsigned i = 1; i <= ROUNDS; i++) {
        unsigned n[8] = { i, i, i, i, i, i, i, i };

        if (write(p[1], n, sizeof(n)) != sizeof(n)) return arg;
    }
    return NULL;
}

static void *read_numbers(void *arg)
{
    unsigned n[8];

    while (read(p[0], n, sizeof(n)) == sizeof(n)) {
        for (int i = 1; i < 8; i++) {
            if (n[i] != n[0]) return arg;
        }
        __atomic_add_fetch(&sum, n[0], __ATOMIC_RELAXED);
    }
    return NULL;
}

static void pieces_of_several_writers_stay_whole(void)
{
    pthread_t w[THREADS], r[THREADS];
    void *wrong;

    sum = 0;
    CHECK(pipe(p) == 0 && fcntl(p[0], F_SETPIPE_SZ, 4096) == 4096);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&w[i], NULL, write_numbers, &sum) == 0);
        CHECK(pthread_create(&r[i], NULL, read_numbers, &sum) == 0);
    }
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(w[i], &wrong) == 0 && wrong == NULL);
    CHECK(close(p[1]) == 0);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(r[i], &wrong) == 0 && wrong == NULL);
    CHECK(sum == THREADS * ROUNDS * (ROUNDS + 1) / 2 && close(p[0]) == 0);
}

static void *write_much(void *arg)
{
    static char much[300000];

    for (size_t i = 0; i < sizeof(much); i++) much[i] = (char)(i % 127);
    return (void *)(long)(write(p[1], much, sizeof(much)) != sizeof(much));
}

static void what_does_not_fit_waits_for_readers(void)
{
    pthread_t w;
    char piece[7000];
    void *wrong;
    size_t at = 0;
    ssize_t n;

    CHECK(pipe(p) == 0 && pthread_create(&w, NULL, write_much, NULL) == 0);
    while (at < 300000 && (n = read(p[0], piece, sizeof(piece))) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (piece[i] != (char)(at++ % 127)) checks_failed++;
        }
    }
    CHECK(at == 300000 && pthread_join(w, &wrong) == 0 && wrong == NULL && close_both(p) == 0);
}

static void *wait_in_read(void *arg)
{
    char c;

    return (void *)read(p[0], &c, 1);
}

static void *wait_in_poll(void *arg) { return (void *)(long)bits(p[0], POLLIN, -1); }

static void *wait_in_epoll(void *arg)
{
    struct epoll_event e;

    return (void *)(long)epoll_wait(ep, &e, 1, -1);
}

static void *(*const waits[])(void *) = { wait_in_read, wait_in_poll, wait_in_epoll };

static void who_waits_can_be_cancelled(void)
{
    struct epoll_event e = { .events = EPOLLIN };

    CHECK(pipe(p) == 0 && (ep = epoll_create1(0)) >= 0 &&
          epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e) == 0);
    for (unsigned i = 0; i < 3; i++) {
        pthread_t t;
        void *result;

        CHECK(pthread_create(&t, NULL, waits[i], NULL) == 0);
        sleep_ms(10);
        CHECK(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0 &&
              result == PTHREAD_CANCELED);
    }
    CHECK(write(p[1], "x", 1) == 1 && bits(p[0], POLLIN, 0) == POLLIN); /* the queues are whole */
    CHECK(epoll_wait(ep, &e, 1, 0) == 1 && close(ep) == 0 && close_both(p) == 0);
}

static void what_is_closed_is_still_waited_for(void)
{
    for (unsigned i = 0; i < 2; i++) {
        int copy;
        pthread_t t;
        void *result;

        CHECK(pipe(p) == 0 && pthread_create(&t, NULL, waits[i], NULL) == 0);
        sleep_ms(20);
        copy = p[0];
        CHECK(close(copy) == 0 && write(p[1], "x", 1) == 1);
        CHECK(pthread_join(t, &result) == 0 && (long)result == (i == 0 ? 1 : POLLNVAL));
        CHECK(close(p[1]) == 0);
    }
}

static void *open_and_close(void *arg)
{
    unsigned seed = (unsigned)(long)arg;
    struct pollfd all[4];
    struct epoll_event e[4];

    for (int i = 0; i < WATCHES; i++) {
        struct itimerspec soon = { { 0, 0 }, { 0, 1 + rand_r(&seed) % 100000 } };
        int fds[2], event = eventfd(0, EFD_NONBLOCK),
                    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
        uint64_t v = 1;

        if (pipe2(fds, O_NONBLOCK) != 0 || event < 0 || timer < 0) return "open";
        e[0] = (struct epoll_event){ .events = EPOLLIN | (rand_r(&seed) % 2 ? EPOLLET : 0),
                                     .data.fd = event };
        if (epoll_ctl(ep, EPOLL_CTL_ADD, event, e) != 0 ||
            epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], e) != 0 ||
            epoll_ctl(ep, EPOLL_CTL_ADD, timer, e) != 0)
            return "add";
        if (timerfd_settime(timer, 0, &soon, NULL) != 0) return "settime";
        if (write(event, &v, 8) != 8 || write(fds[1], "x", 1) != 1) return "write";
        if (epoll_wait(ep, e, 4, 0) < 0) return "wait";
        all[0] = (struct pollfd){ event, POLLIN, 0 };
        all[1] = (struct pollfd){ fds[0], POLLIN, 0 };
        all[2] = (struct pollfd){ timer, POLLIN, 0 };
        all[3] = (struct pollfd){ ep, POLLIN, 0 };
        if (poll(all, 4, 1) < 2) return "poll";
        if (close(event) != 0 || close(timer) != 0 || close_both(fds) != 0) return "close";
    }
    return NULL;
}

static void all_is_watched_and_closed_at_once(void)
{
    struct epoll_event e;
    pthread_t t[THREADS];
    void *wrong;

    ep = epoll_create1(0);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, open_and_close, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(t[i], &wrong) == 0);
        if (wrong != NULL) printf("  %s\n", (char *)wrong), checks_failed++;
    }
    CHECK(epoll_wait(ep, &e, 1, 0) == 0 && close(ep) == 0);
}

static int replaced;

/* The last reference of what is there goes each time. */
static void *replace(void *arg)
{
    char *wrong = NULL;

    for (int i = 0; i < ROUNDS; i++) {
        int new = i % 2 ? eventfd(1, 0) : timerfd_create(CLOCK_MONOTONIC, 0);

        if (new < 0 || dup2(new, replaced) != replaced || close(new) != 0) wrong = "dup2";
        if (i % 3 == 0 && close(replaced) != 0) wrong = "close";
    }
    __atomic_store_n((bool *)arg, true, __ATOMIC_RELEASE);
    return wrong;
}

static void what_is_polled_is_replaced(void)
{
    bool done = false;
    struct pollfd all[40];
    pthread_t t;
    void *wrong;

    CHECK(pipe(p) == 0 && (replaced = fcntl(p[0], F_DUPFD, 500)) >= 0);
    CHECK(pthread_create(&t, NULL, replace, &done) == 0);
    for (int i = 0; i < 40; i++) all[i] = (struct pollfd){ i % 2 ? replaced : p[0], POLLIN, 0 };
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        int said = 0, n = poll(all, 40, 0);

        for (int i = 0; i < 40; i++) {
            if (all[i].revents & ~(i % 2 ? POLLIN | POLLNVAL : 0)) checks_failed++;
            said += all[i].revents != 0;
        }
        if (n != said) checks_failed++;
        sched_yield();
    }
    CHECK(pthread_join(t, &wrong) == 0 && wrong == NULL && close_both(p) == 0);
    (void)close(replaced);
}

const struct test thread_tests[] = {
    { "pieces_of_several_writers_stay_whole", pieces_of_several_writers_stay_whole },
    { "what_does_not_fit_waits_for_readers", what_does_not_fit_waits_for_readers },
    { "who_waits_can_be_cancelled", who_waits_can_be_cancelled },
    { "what_is_closed_is_still_waited_for", what_is_closed_is_still_waited_for },
    { "what_is_polled_is_replaced", what_is_polled_is_replaced },
    { "all_is_watched_and_closed_at_once", all_is_watched_and_closed_at_once },
    { 0 },
};
