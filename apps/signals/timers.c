/* SPDX-License-Identifier: Apache-2.0 */
/* Timers, and signals read from descriptors (signalfd). */
#include "signals.h"
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/time.h>

#define MS 1000000L

static timer_t make(clockid_t clock, int how, int signal)
{
    struct sigevent e = { .sigev_notify = how, .sigev_signo = signal, .sigev_value.sival_int = 77 };
    timer_t t = NULL;

    if (timer_create(clock, &e, &t) != 0) abort();
    return t;
}

static int set(timer_t t, long value_ns, long interval_ns)
{
    struct itimerspec s = { { interval_ns / 1000000000, interval_ns % 1000000000 },
                            { value_ns / 1000000000, value_ns % 1000000000 } };

    return timer_settime(t, 0, &s, NULL);
}

static int take(int signal, long ms, siginfo_t *info)
{
    struct timespec limit = { ms / 1000, ms % 1000 * MS };
    sigset_t s = only(signal);

    return sigtimedwait(&s, info, &limit);
}

/* What it sends is there once, and tells how often it was meant. */
static void a_periodic_timer_counts_what_it_overran(void)
{
    const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
    siginfo_t info;

    CHECK(mask(SIG_BLOCK, SIGRTMIN) == 0);
    for (int i = 0; i < 3; i++) {
        timer_t t = make(clocks[i], SIGEV_SIGNAL, SIGRTMIN);
        double before = now();

        CHECK(set(t, 10 * MS, 10 * MS) == 0);
        nap(100);
        CHECK(take(SIGRTMIN, 10000, &info) == SIGRTMIN);
        CHECK(info.si_code == SI_TIMER && info.si_value.sival_int == 77 && info.si_overrun >= 8);
        CHECK(info.si_overrun <= (now() - before) * 100 && timer_getoverrun(t) == info.si_overrun);
        CHECK(take(SIGRTMIN, 10000, &info) == SIGRTMIN && info.si_code == SI_TIMER);
        CHECK(timer_delete(t) == 0);
        (void)take(SIGRTMIN, 0, &info);
        FAILS(take(SIGRTMIN, 30, &info), EAGAIN);
    }
    CHECK(mask(SIG_UNBLOCK, SIGRTMIN) == 0);
}

static void overruns_have_an_end(void)
{
    struct itimerspec s = { { 0, 1 }, { 0, 0 } };   /* each ns of some time */
    timer_t t = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGRTMIN);
    siginfo_t info;

    s.it_value.tv_sec = time(NULL) - 100;
    CHECK(mask(SIG_BLOCK, SIGRTMIN) == 0 && timer_settime(t, TIMER_ABSTIME, &s, NULL) == 0);
    CHECK(take(SIGRTMIN, 10000, &info) == SIGRTMIN && info.si_overrun == INT_MAX);
    CHECK(timer_getoverrun(t) == INT_MAX && timer_delete(t) == 0);
    (void)take(SIGRTMIN, 0, &info);
    CHECK(mask(SIG_UNBLOCK, SIGRTMIN) == 0);
}

static void a_timer_goes_off_once_at_its_moment(void)
{
    const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };
    siginfo_t info;

    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0);
    for (int i = 0; i < 2; i++) {
        timer_t t = make(clocks[i], SIGEV_SIGNAL, SIGUSR1);
        struct itimerspec s = { 0 }, left;
        struct timespec end;

        clock_gettime(clocks[i], &s.it_value);
        s.it_value.tv_nsec += 30 * MS;
        s.it_value.tv_sec += s.it_value.tv_nsec / 1000000000;
        s.it_value.tv_nsec %= 1000000000;
        CHECK(timer_settime(t, TIMER_ABSTIME, &s, NULL) == 0);
        CHECK(take(SIGUSR1, 10000, &info) == SIGUSR1 && info.si_overrun == 0);
        clock_gettime(clocks[i], &end);
        CHECK(end.tv_sec > s.it_value.tv_sec ||
              (end.tv_sec == s.it_value.tv_sec && end.tv_nsec >= s.it_value.tv_nsec));
        CHECK(timer_gettime(t, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
        /* What has passed is due at once. */
        CHECK(timer_settime(t, TIMER_ABSTIME, &s, NULL) == 0 && take(SIGUSR1, 10000, &info) == SIGUSR1);
        CHECK(timer_delete(t) == 0);
    }
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

static void a_timer_notices_that_the_wall_clock_is_set(void)
{
    timer_t t = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR1), other = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR2);
    struct itimerspec s = { 0 }, left;
    struct timespec was, then;
    siginfo_t info;

    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0 && mask(SIG_BLOCK, SIGUSR2) == 0);
    CHECK(clock_gettime(CLOCK_REALTIME, &was) == 0 && set(other, 5000000000, 0) == 0);
    then = s.it_value = (struct timespec){ was.tv_sec + 100000, 0 };
    then.tv_sec += 5;
    CHECK(timer_settime(t, TIMER_ABSTIME, &s, NULL) == 0);
    CHECK(clock_settime(CLOCK_REALTIME, &then) == 0);
    CHECK(take(SIGUSR1, 3000, &info) == SIGUSR1 && info.si_overrun == 0);
    CHECK(clock_settime(CLOCK_REALTIME, &was) == 0);
    FAILS(take(SIGUSR2, 0, &info), EAGAIN);
    CHECK(timer_gettime(other, &left) == 0 && left.it_value.tv_sec < 5);
    CHECK(timer_delete(t) == 0 && timer_delete(other) == 0);
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0 && mask(SIG_UNBLOCK, SIGUSR2) == 0);
}

static void a_timer_tells_what_is_left(void)
{
    timer_t t = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1);
    struct itimerspec s = { { 7, 5 }, { 1000, 0 } }, was;

    CHECK(timer_gettime(t, &was) == 0 && was.it_value.tv_sec == 0 && was.it_value.tv_nsec == 0);
    CHECK(timer_settime(t, 0, &s, NULL) == 0 && timer_gettime(t, &was) == 0);
    CHECK(was.it_value.tv_sec >= 900 && was.it_value.tv_sec <= 1000);
    CHECK(was.it_interval.tv_sec == 7 && was.it_interval.tv_nsec == 5);
    s = (struct itimerspec){ 0 };
    CHECK(timer_settime(t, 0, &s, &was) == 0 && was.it_value.tv_sec >= 900 && was.it_interval.tv_sec == 7);
    CHECK(timer_gettime(t, &was) == 0 && was.it_value.tv_sec == 0 && was.it_value.tv_nsec == 0);
    CHECK(timer_delete(t) == 0);
    /* A silent one goes off, too. */
    t = make(CLOCK_MONOTONIC, SIGEV_NONE, 0);
    CHECK(set(t, 10 * MS, 0) == 0);
    nap(30);
    CHECK(timer_gettime(t, &was) == 0 && was.it_value.tv_sec == 0 && was.it_value.tv_nsec == 0);
    CHECK(timer_delete(t) == 0);
}

static void a_timer_of_cpu_time_waits_for_it(void)
{
    const clockid_t clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

    for (int i = 0; i < 2; i++) {
        timer_t t = make(clocks[i], SIGEV_SIGNAL, SIGUSR1);
        clock_t before = clock();

        CHECK(handle_info(SIGUSR1, note_info, 0) == 0 && set(t, 50 * MS, 0) == 0);
        nap(100);
        CHECK(seen == 0);
        while (seen == 0 && clock() - before < 60 * CLOCKS_PER_SEC) { }
        CHECK(seen == 1 && seen_code == SI_TIMER && clock() - before >= CLOCKS_PER_SEC / 25);
        CHECK(timer_delete(t) == 0);
    }
}

static void a_timer_can_be_deleted_with_its_signal_pending(void)
{
    siginfo_t info;

    CHECK(mask(SIG_BLOCK, SIGRTMIN) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    for (int i = 0; i < 300; i++) {
        timer_t t = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, i % 2 ? SIGRTMIN : SIGUSR1);

        CHECK(set(t, 1, 0) == 0);
        if (i % 16 == 0) nap(1);
        CHECK(timer_delete(t) == 0);
    }
    while (take(SIGRTMIN, 20, &info) > 0 || take(SIGUSR1, 20, &info) > 0) CHECK(info.si_code == SI_TIMER);
    CHECK(!is_pending(SIGRTMIN) && !is_pending(SIGUSR1));
    CHECK(mask(SIG_UNBLOCK, SIGRTMIN) == 0 && mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

/* Each has a signal of its own, even when the number is the same. */
static void several_timers_share_a_signal(void)
{
    siginfo_t info;
    timer_t t[3];
    int sum = 0;

    CHECK(mask(SIG_BLOCK, SIGUSR2) == 0);
    for (int i = 0; i < 3; i++) {
        struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 1 << i };

        CHECK(timer_create(CLOCK_MONOTONIC, &e, &t[i]) == 0 && set(t[i], MS, 0) == 0);
    }
    nap(50);
    for (int i = 0; i < 3; i++) {
        CHECK(take(SIGUSR2, 10000, &info) == SIGUSR2);
        sum += info.si_value.sival_int;
    }
    CHECK(sum == 7);
    for (int i = 0; i < 3; i++) CHECK(timer_delete(t[i]) == 0);
    CHECK(mask(SIG_UNBLOCK, SIGUSR2) == 0);
}

static void use_own_timer(timer_t *out)
{
    struct sigevent e = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
    siginfo_t info;
    timer_t t;

    e.sigev_notify_thread_id = gettid();
    CHECK(timer_create(CLOCK_MONOTONIC, &e, &t) == 0 && set(t, 10 * MS, 10 * MS) == 0);
    for (int i = 0; i < 3; i++) CHECK(take(SIGUSR1, 10000, &info) == SIGUSR1);
    *out = t;
}

static void *of_thread(void *arg)
{
    use_own_timer(arg);
    return NULL;
}

static void a_timer_can_be_a_threads(void)
{
    pthread_t t;
    timer_t timer;

    CHECK(handle(SIGUSR1, note, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    CHECK(pthread_create(&t, NULL, of_thread, &timer) == 0 && mask(SIG_UNBLOCK, SIGUSR1) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    nap(30);                        /* there is nobody to send it to */
    CHECK(seen == 0 && timer_delete(timer) == 0);
}

static volatile int notified;

static void be_notified(union sigval v) { notified += v.sival_int; }

static void a_timer_can_call_a_function(void)
{
    struct sigevent e = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = be_notified,
                          .sigev_value.sival_int = 5 };
    timer_t t;

    CHECK(timer_create(CLOCK_MONOTONIC, &e, &t) == 0 && set(t, MS, MS) == 0);
    while (notified < 50) nap(1);
    CHECK(timer_delete(t) == 0);
    nap(20);                        /* its thread ends */
}

static void there_is_a_bound_of_timers(void)
{
    struct sigevent e = { .sigev_notify = SIGEV_NONE };
    static timer_t t[100000];
    int n = 0;

    while (n < 100000 && timer_create(CLOCK_MONOTONIC, &e, &t[n]) == 0) n++;
    CHECK(n >= 32 && (n == 100000 || errno == EAGAIN));
    while (n > 0) CHECK(timer_delete(t[--n]) == 0);
}

static void alarm_replaces_and_returns_the_rest(void)
{
    CHECK(handle_info(SIGALRM, note_info, 0) == 0 && alarm(100) == 0 && alarm(1) == 100);
    while (seen == 0) pause();
    CHECK(seen == 1 && seen_signal == SIGALRM && alarm(0) == 0);
    CHECK(alarm(1000) == 0 && alarm(0) >= 900 && alarm(0) == 0);
#ifdef SYS_alarm
    CHECK(syscall(SYS_alarm, 1000) == 0 && syscall(SYS_alarm, 0) >= 900 && syscall(SYS_alarm, 0) == 0);
#endif
}

static void interval_timers_repeat(void)
{
    struct itimerval v = { { 0, 10000 }, { 0, 20000 } }, was;
    double before = now();

    CHECK(handle_info(SIGALRM, note_info, 0) == 0 && setitimer(ITIMER_REAL, &v, NULL) == 0);
    while (seen < 5) nap(1);
    CHECK(now() - before >= 0.06 && seen_code == SI_KERNEL);
    CHECK(getitimer(ITIMER_REAL, &was) == 0 && was.it_interval.tv_usec == 10000 && was.it_value.tv_usec <= 10000);
    v = (struct itimerval){ 0 };
    CHECK(setitimer(ITIMER_REAL, &v, &was) == 0 && was.it_interval.tv_usec == 10000);
    nap(5);
    seen = 0;
    nap(50);
    CHECK(seen == 0 && getitimer(ITIMER_REAL, &was) == 0 && was.it_value.tv_usec == 0 && was.it_interval.tv_usec == 0);
}

/* Of those of CPU time Linux keeps what it is given. */
static void a_stopped_interval_timer_tells_its_interval(void)
{
    const int kinds[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

    for (int i = 0; i < 3; i++) {
        struct itimerval v = { { 10, 0 }, { 0, 0 } }, was;

        CHECK(setitimer(kinds[i], &v, NULL) == 0 && getitimer(kinds[i], &was) == 0);
        CHECK(was.it_interval.tv_sec == (i == 0 ? 0 : 10) && was.it_value.tv_sec == 0 && was.it_value.tv_usec == 0);
        v.it_interval.tv_sec = 0;
        CHECK(setitimer(kinds[i], &v, &was) == 0 && was.it_interval.tv_sec == (i == 0 ? 0 : 10));
        CHECK(getitimer(kinds[i], &was) == 0 && was.it_interval.tv_sec == 0);
    }
}

static void interval_timers_count_cpu_time(void)
{
    const int kinds[] = { ITIMER_VIRTUAL, ITIMER_PROF }, sent[] = { SIGVTALRM, SIGPROF };

    for (int i = 0; i < 2; i++) {
        struct itimerval v = { { 0, 0 }, { 0, 50000 } };
        clock_t before = clock();

        CHECK(handle(sent[i], note, 0) == 0 && setitimer(kinds[i], &v, NULL) == 0);
        nap(100);
        CHECK(seen == 0 && getitimer(kinds[i], &v) == 0 && v.it_value.tv_usec > 0);
        while (seen == 0 && clock() - before < 60 * CLOCKS_PER_SEC) { }
        CHECK(seen == 1 && seen_signal == sent[i]);
    }
}

static void signals_can_be_read(void)
{
    struct signalfd_siginfo in[4];
    sigset_t both = only(SIGUSR1);
    struct pollfd p = { .events = POLLIN };
    int fd;

    sigaddset(&both, SIGRTMIN);
    CHECK(pthread_sigmask(SIG_BLOCK, &both, NULL) == 0);
    fd = p.fd = signalfd(-1, &both, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(fd >= 0 && poll(&p, 1, 0) == 0);
    FAILS(read(fd, in, sizeof(in)), EAGAIN);
    CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = -5 }) == 0 && kill(getpid(), SIGUSR1) == 0);
    CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 6 }) == 0);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    FAILS(read(fd, in, sizeof(in[0]) - 1), EINVAL);
    CHECK(read(fd, in, sizeof(in)) == 3 * sizeof(in[0]));
    CHECK(in[0].ssi_signo == SIGUSR1 && in[0].ssi_code == SI_USER && in[0].ssi_pid == (unsigned)getpid());
    CHECK(in[1].ssi_signo == (unsigned)SIGRTMIN && in[1].ssi_code == SI_QUEUE && in[1].ssi_int == -5);
    CHECK(in[2].ssi_int == 6 && in[2].ssi_uid == getuid() && poll(&p, 1, 0) == 0 && !is_pending(SIGUSR1));
    /* One of several fits; then another set. */
    CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGRTMIN) == 0);
    CHECK(read(fd, in, 2 * sizeof(in[0]) - 1) == sizeof(in[0]) && in[0].ssi_signo == SIGUSR1);
    both = only(SIGUSR1);
    CHECK(signalfd(fd, &both, 0) == fd && poll(&p, 1, 0) == 0);
    both = only(SIGRTMIN);
    CHECK(signalfd(fd, &both, 0) == fd && poll(&p, 1, 0) == 1);
    FAILS(read(fd, BAD, sizeof(in)), EFAULT);
    (void)read(fd, in, sizeof(in));
    CHECK(close(fd) == 0 && mask(SIG_UNBLOCK, SIGUSR1) == 0 && mask(SIG_UNBLOCK, SIGRTMIN) == 0);
}

static volatile int one_is_read;

static void read_two(int fd)
{
    struct signalfd_siginfo in;
    struct pollfd p = { fd, POLLIN, 0 };
    ssize_t n = read(p.fd, &in, sizeof(in));

    one_is_read = 1;
    CHECK(n == sizeof(in) && in.ssi_code == SI_TIMER && in.ssi_int == 77);
    CHECK(poll(&p, 1, 10000) == 1 && read(p.fd, &in, sizeof(in)) == sizeof(in) && in.ssi_signo == SIGUSR2);
}

static void *reader(void *fd)
{
    read_two(*(int *)fd);
    return NULL;
}

static void who_waits_for_a_signal_to_read_is_woken(void)
{
    struct epoll_event event = { .events = EPOLLIN };
    sigset_t s = only(SIGUSR2);
    int fd, ep = epoll_create1(0);
    pthread_t t;
    timer_t timer;

    CHECK(mask(SIG_BLOCK, SIGUSR2) == 0 && (fd = signalfd(-1, &s, 0)) >= 0);
    timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR2);
    one_is_read = 0;
    CHECK(pthread_create(&t, NULL, reader, &fd) == 0);
    nap(20);
    CHECK(set(timer, MS, 0) == 0);
    while (!one_is_read) nap(1);
    nap(20);
    CHECK(kill(getpid(), SIGUSR2) == 0 && pthread_join(t, NULL) == 0);
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) == 0 && epoll_wait(ep, &event, 1, 0) == 0);
    CHECK(set(timer, 20 * MS, 0) == 0 && epoll_wait(ep, &event, 1, 10000) == 1 && event.events == EPOLLIN);
    CHECK(take(SIGUSR2, 0, NULL) == SIGUSR2 && timer_delete(timer) == 0);
    CHECK(close(ep) == 0 && close(fd) == 0 && mask(SIG_UNBLOCK, SIGUSR2) == 0);
}

static void timers_are_refused(void)
{
    struct itimerspec wrong = { { 0, 0 }, { 0, 1000000000 } }, below = { { -1, 0 }, { 1, 0 } }, good = { 0 };
    struct { union sigval v; int signo, how, tid; char rest[64]; } e = { .signo = 65 };
    int id = 0, old;

    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, BAD, &id), EFAULT);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, BAD), EFAULT);
    FAILS(syscall(SYS_timer_create, 99, NULL, &id), EINVAL);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id), EOPNOTSUPP);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id), EINVAL);
    e.signo = 0;
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id), EINVAL);
    e.signo = SIGUSR1;
    e.how = 3;
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id), EINVAL);
    e.how = SIGEV_THREAD_ID;
    e.tid = 99999;
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id), EINVAL);
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0);
    FAILS(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
    FAILS(syscall(SYS_timer_settime, id, 0, BAD, NULL), EFAULT);
    FAILS(syscall(SYS_timer_settime, id, 0, &wrong, NULL), EINVAL);
    FAILS(syscall(SYS_timer_settime, id, 0, &below, NULL), EINVAL);
    FAILS(syscall(SYS_timer_settime, id, 0, &good, BAD), EFAULT);
    FAILS(syscall(SYS_timer_gettime, id, BAD), EFAULT);
    CHECK(syscall(SYS_timer_delete, id) == 0);
    old = id;
    for (int i = 0; i < 3; i++) {
        FAILS(syscall(SYS_timer_settime, old, 0, &good, NULL), EINVAL);
        FAILS(syscall(SYS_timer_gettime, old, &wrong), EINVAL);
        FAILS(syscall(SYS_timer_getoverrun, old), EINVAL);
        FAILS(syscall(SYS_timer_delete, old), EINVAL);
        old = i == 0 ? -1 : INT_MAX;
    }
}

static void interval_timers_and_signalfd_are_refused(void)
{
    struct itimerval v = { { 0, 0 }, { 0, 1000000 } }, below = { { 0, 0 }, { -1, 0 } }, none = { 0 };
    uint64_t set = 1;

    FAILS(setitimer(3, &none, NULL), EINVAL);
    FAILS(setitimer(-1, &none, NULL), EINVAL);
    FAILS(setitimer(ITIMER_REAL, &v, NULL), EINVAL);
    FAILS(setitimer(ITIMER_REAL, &below, NULL), EINVAL);
    FAILS(setitimer(ITIMER_REAL, BAD, NULL), EFAULT);
    FAILS(setitimer(ITIMER_REAL, &none, BAD), EFAULT);
    FAILS(getitimer(3, &v), EINVAL);
    FAILS(getitimer(ITIMER_REAL, BAD), EFAULT);
    FAILS(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL);
    FAILS(syscall(SYS_signalfd4, -1, BAD, 8, 0), EFAULT);
    FAILS(syscall(SYS_signalfd4, -1, &set, 8, 1), EINVAL);
    FAILS(syscall(SYS_signalfd4, 999, &set, 8, 0), EBADF);
    FAILS(syscall(SYS_signalfd4, 1, &set, 8, 0), EINVAL);
#ifdef SYS_signalfd
    FAILS(syscall(SYS_signalfd, 999, &set, 8), EBADF);
#endif
}

const struct test timer_tests[] = {
    { "a_periodic_timer_counts_what_it_overran", a_periodic_timer_counts_what_it_overran },
    { "overruns_have_an_end", overruns_have_an_end },
    { "a_timer_goes_off_once_at_its_moment", a_timer_goes_off_once_at_its_moment },
    { "a_timer_notices_that_the_wall_clock_is_set", a_timer_notices_that_the_wall_clock_is_set },
    { "a_timer_tells_what_is_left", a_timer_tells_what_is_left },
    { "a_timer_of_cpu_time_waits_for_it", a_timer_of_cpu_time_waits_for_it },
    { "a_timer_can_be_deleted_with_its_signal_pending", a_timer_can_be_deleted_with_its_signal_pending },
    { "several_timers_share_a_signal", several_timers_share_a_signal },
    { "a_timer_can_be_a_threads", a_timer_can_be_a_threads },
    { "a_timer_can_call_a_function", a_timer_can_call_a_function },
    { "there_is_a_bound_of_timers", there_is_a_bound_of_timers },
    { "alarm_replaces_and_returns_the_rest", alarm_replaces_and_returns_the_rest },
    { "interval_timers_repeat", interval_timers_repeat },
    { "a_stopped_interval_timer_tells_its_interval", a_stopped_interval_timer_tells_its_interval },
    { "interval_timers_count_cpu_time", interval_timers_count_cpu_time },
    { "signals_can_be_read", signals_can_be_read },
    { "who_waits_for_a_signal_to_read_is_woken", who_waits_for_a_signal_to_read_is_woken },
    { "timers_are_refused", timers_are_refused },
    { "interval_timers_and_signalfd_are_refused", interval_timers_and_signalfd_are_refused },
    { NULL, NULL },
};
