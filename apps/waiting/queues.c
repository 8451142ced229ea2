/* SPDX-License-Identifier: Apache-2.0 */
/* Message queues */
#include "waiting.h"
#include <mqueue.h>
#include <pthread.h>

#define MAKE (O_RDWR | O_CREAT | O_EXCL)

static struct mq_attr attr_of(mqd_t q)
{
    struct mq_attr a = { 0 };

    (void)mq_getattr(q, &a);
    return a;
}

static mqd_t make_queue(int flags)
{
    struct mq_attr a = { .mq_maxmsg = 3, .mq_msgsize = 16 };

    return mq_open("/q", MAKE | flags, 0600, &a);
}

static struct timespec soon(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 20000000;
    if (t.tv_nsec < 1000000000) return t;
    t.tv_nsec -= 1000000000;
    t.tv_sec++;
    return t;
}

static void the_most_urgent_message_comes_first(void)
{
    mqd_t q = make_queue(0), other = mq_open("/q", O_RDONLY);
    char got[16];
    unsigned prio;

    CHECK(q >= 0 && other >= 0 && fcntl(q, F_GETFD) == FD_CLOEXEC);
    CHECK(mq_send(q, "low", 3, 1) == 0 && mq_send(q, "high", 4, 9) == 0 && mq_send(q, "", 0, 9) == 0);
    CHECK(attr_of(q).mq_curmsgs == 3 && attr_of(q).mq_maxmsg == 3 && attr_of(q).mq_msgsize == 16);
    CHECK(mq_receive(other, got, 16, &prio) == 4 && prio == 9 && memcmp(got, "high", 4) == 0);
    CHECK(mq_receive(other, got, 16, &prio) == 0 && prio == 9);
    CHECK(mq_receive(q, got, 16, NULL) == 3 && memcmp(got, "low", 3) == 0 && attr_of(q).mq_curmsgs == 0);
    FAILS(mq_send(other, "x", 1, 0), EBADF);
    CHECK(mq_send(q, "kept", 4, 0) == 0 && mq_close(other) == 0 && mq_unlink("/q") == 0);
    FAILS(mq_open("/q", O_RDWR), ENOENT);
    CHECK(mq_receive(q, got, 16, NULL) == 4 && mq_close(q) == 0);
}

static void full_and_empty_queues_are_waited_for_or_not(void)
{
    mqd_t q = make_queue(O_NONBLOCK);
    struct mq_attr a = { .mq_flags = 0 }, was;
    struct timespec t;
    char got[16];

    FAILS(mq_receive(q, got, 16, NULL), EAGAIN);
    CHECK(bits(q, POLLIN | POLLOUT, 0) == POLLOUT);
    for (int i = 0; i < 3; i++) CHECK(mq_send(q, "m", 1, 0) == 0);
    FAILS(mq_send(q, "m", 1, 0), EAGAIN);
    CHECK(bits(q, POLLIN | POLLOUT, 0) == POLLIN);
    CHECK(mq_setattr(q, &a, &was) == 0 && was.mq_flags == O_NONBLOCK && was.mq_curmsgs == 3 && attr_of(q).mq_flags == 0);
    t = soon();
    FAILS(mq_timedsend(q, "m", 1, 0, &t), ETIMEDOUT);
    for (int i = 0; i < 3; i++) CHECK(mq_receive(q, got, 16, NULL) == 1);
    t = soon();
    FAILS(mq_timedreceive(q, got, 16, NULL, &t), ETIMEDOUT);
    t.tv_sec = 1;
    FAILS(mq_timedreceive(q, got, 16, NULL, &t), ETIMEDOUT);
    CHECK(mq_send(q, "m", 1, 0) == 0 && mq_timedreceive(q, got, 16, NULL, &t) == 1);
    t.tv_nsec = -1;
    FAILS(mq_timedreceive(q, got, 16, NULL, &t), EINVAL);
    CHECK(mq_close(q) == 0 && mq_unlink("/q") == 0);
}

#define ROUNDS 500

static void *send_some(void *arg)
{
    const mqd_t *q = arg;

    for (int i = 0; i < ROUNDS; i++) {
        if (mq_send(*q, (const char *)&i, sizeof(i), 0) != 0) return "send";
    }
    return NULL;
}

static void messages_pass_between_threads(void)
{
    mqd_t q = make_queue(0);
    pthread_t t;
    char got[16];
    void *wrong;

    CHECK(pthread_create(&t, NULL, send_some, &q) == 0);
    for (int i = 0, n; i < ROUNDS; i++) {
        CHECK(mq_receive(q, got, 16, NULL) == sizeof(n));
        memcpy(&n, got, sizeof(n));
        CHECK(n == i);
    }
    CHECK(pthread_join(t, &wrong) == 0 && wrong == NULL && mq_close(q) == 0 && mq_unlink("/q") == 0);
}

static volatile sig_atomic_t told;

static void tell(int signal, siginfo_t *info, void *context)
{
    told += info->si_code == SI_MESGQ && info->si_value.sival_int == 42 ? 1 : 100;
}

static void a_signal_tells_of_the_first_message(void)
{
    mqd_t q = make_queue(0);
    struct sigaction act = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO }, was;
    struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42 };
    char got[16];

    told = 0;
    CHECK(sigaction(SIGUSR1, &act, &was) == 0 && mq_notify(q, &e) == 0);
    FAILS(mq_notify(q, &e), EBUSY);
    CHECK(told == 0 && mq_send(q, "m", 1, 0) == 0 && told == 1 && mq_send(q, "m", 1, 0) == 0 && told == 1);
    CHECK(mq_notify(q, &e) == 0 && mq_send(q, "m", 1, 0) == 0 && told == 1);
    for (int i = 0; i < 3; i++) CHECK(mq_receive(q, got, 16, NULL) == 1);
    CHECK(mq_send(q, "m", 1, 0) == 0 && told == 2 && mq_receive(q, got, 16, NULL) == 1);
    CHECK(mq_notify(q, &e) == 0 && mq_notify(q, NULL) == 0 && mq_send(q, "m", 1, 0) == 0 && told == 2);
    e.sigev_signo = 65;
    FAILS(mq_notify(q, &e), EINVAL);
    e.sigev_notify = 77;
    FAILS(mq_notify(q, &e), EINVAL);
    FAILS(syscall(SYS_mq_notify, q, BAD), EFAULT);
    FAILS(mq_notify(0, NULL), EBADF);
    CHECK(sigaction(SIGUSR1, &was, NULL) == 0 && mq_close(q) == 0 && mq_unlink("/q") == 0);
}

static void what_cannot_be_of_queues_is_refused(void)
{
    mqd_t q = make_queue(0);
    struct mq_attr a = { .mq_maxmsg = 0, .mq_msgsize = 16 };
    char name[300], got[16];

    FAILS(make_queue(0), EEXIST);
    FAILS(mq_open("/none", MAKE, 0600, &a), EINVAL);
    a = (struct mq_attr){ .mq_maxmsg = 10, .mq_msgsize = -1 };
    FAILS(mq_open("/none", MAKE, 0600, &a), EINVAL);
    a = (struct mq_attr){ .mq_maxmsg = 65536, .mq_msgsize = 4096 };
    FAILS(mq_open("/none", MAKE, 0600, &a), EMFILE);
    FAILS(mq_open("/none", MAKE, 0600, BAD), EFAULT);
    FAILS(mq_open("/none/", MAKE, 0600, NULL), EACCES);
    FAILS(mq_open("/", O_RDWR), ENOENT);
    memset(name, 'n', sizeof(name));
    name[0] = '/';
    name[299] = '\0';
    FAILS(mq_open(name, MAKE, 0600, NULL), ENAMETOOLONG);
    FAILS(mq_unlink(name), ENAMETOOLONG);
    FAILS(mq_unlink("/none"), ENOENT);
    FAILS(mq_send(q, got, 17, 0), EMSGSIZE);
    FAILS(mq_send(q, got, 1, 32768), EINVAL);
    FAILS(mq_send(q, BAD, 1, 0), EFAULT);
    FAILS(mq_send(0, got, 1, 0), EBADF);
    FAILS(mq_send(-1, got, 1, 0), EBADF);
    FAILS(mq_timedsend(q, got, 1, 0, BAD), EFAULT);
    FAILS(mq_receive(q, got, 15, NULL), EMSGSIZE);
    FAILS(mq_receive(-1, got, 16, NULL), EBADF);
    FAILS(mq_timedreceive(q, got, 16, NULL, BAD), EFAULT);
    a = (struct mq_attr){ .mq_flags = O_APPEND };
    FAILS(mq_setattr(q, &a, NULL), EINVAL);
    FAILS(mq_setattr(0, NULL, &a), EBADF);
    FAILS(mq_getattr(q, BAD), EFAULT);
    CHECK(mq_close(q) == 0 && mq_unlink("/q") == 0);
    FAILS(mq_close(q), EBADF);
}

const struct test queue_tests[] = {
    { "the_most_urgent_message_comes_first", the_most_urgent_message_comes_first },
    { "full_and_empty_queues_are_waited_for_or_not", full_and_empty_queues_are_waited_for_or_not },
    { "messages_pass_between_threads", messages_pass_between_threads },
    { "a_signal_tells_of_the_first_message", a_signal_tells_of_the_first_message },
    { "what_cannot_be_of_queues_is_refused", what_cannot_be_of_queues_is_refused },
    { 0 },
};
