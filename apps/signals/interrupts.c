/* SPDX-License-Identifier: Apache-2.0 */
/* What a handler does to a call that waits: it returns EINTR, or goes on, by SA_RESTART. */
#include "signals.h"
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>

#define FIFO "/tmp/signals.fifo"
#define LOCKED "/tmp/signals.locked"

static int fds[2];
static pthread_t main_thread;
static volatile int stop;
static sem_t sem;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;

/* Again and again: who is interrupted may not wait yet. */
static void *kick(void *arg)
{
    while (!stop) {
        nap(5);
        pthread_kill(main_thread, SIGUSR1);
    }
    return arg;
}

/* A few times, then what is waited for comes. */
static void *kick_and_let_go(void *let_go)
{
    for (int i = 0; i < 3; i++) {
        nap(20);
        pthread_kill(main_thread, SIGUSR1);
    }
    nap(20);
    ((void (*)(void))(uintptr_t)let_go)();
    return NULL;
}

static void fill_pipe(void)
{
    static char much[4096];

    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    while (write(fds[1], much, sizeof(much)) > 0) { }
    while (write(fds[1], much, 1) > 0) { }
    fcntl(fds[1], F_SETFL, 0);
}

static long call_read(void)
{
    char c;

    return read(fds[0], &c, 1);
}

static long call_write(void)
{
    fill_pipe();
    return write(fds[1], "x", 1);
}

static long call_open(void)
{
    int fd = open(FIFO, O_RDONLY);

    return fd < 0 ? -1 : close(fd) + 1;
}

static int holder, wanting;             /* of the lock */

static long call_lock(void)
{
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(wanting, F_SETLKW, &l) == 0 ? 1 : -1;
}

static long call_poll(void)
{
    struct pollfd p = { fds[0], POLLIN, 0 };

    return poll(&p, 1, 20000);
}

static long call_select(void)
{
    struct timeval t = { 20, 0 };
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    return select(fds[0] + 1, &set, NULL, NULL, &t);
}

static long call_epoll(void)
{
    struct epoll_event e = { EPOLLIN, { 0 } };
    int fd = epoll_create1(0), n, why;

    epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &e);
    n = epoll_wait(fd, &e, 1, 20000);
    why = errno;
    close(fd);
    errno = why;
    return n;
}

static long call_nanosleep(void)
{
    struct timespec t = { 20, 0 }, rest = { 0 };
    int result = nanosleep(&t, &rest);

    if (result == -1) CHECK_OR(rest.tv_sec >= 0 && rest.tv_sec < 20 && rest.tv_nsec > 0, 0);
    return result;
}

static long call_clock_nanosleep(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += 20;
    errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    return errno == 0 ? 0 : -1;
}

/* Of the kernel: libc's waits on. */
static long call_sigtimedwait(void)
{
    struct timespec t = { 20, 0 };
    sigset_t s = only(SIGUSR2);

    return syscall(SYS_rt_sigtimedwait, &s, NULL, &t, 8);
}

static long call_sem_timedwait(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 20;
    return sem_timedwait(&sem, &t);
}

static long call_futex(void)
{
    struct timespec t = { 20, 0 };
    int word = 0;

    return syscall(SYS_futex, &word, 0, 0, &t, NULL, 0);
}

static long call_sem_wait(void) { return sem_wait(&sem) == 0 ? 1 : -1; }

static long call_cond_wait(void)
{
    int err = 0;

    pthread_mutex_lock(&lock);
    while (!ready && err == 0) err = pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
    errno = err;
    return err == 0 ? 1 : -1;
}

static void let_lock(void)
{
    struct flock l = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

    fcntl(holder, F_OFD_SETLK, &l);
}

static void let_read(void) { (void)!write(fds[1], "x", 1); }
static void let_sem(void) { sem_post(&sem); }

static void let_write(void)
{
    char much[8192];

    (void)!read(fds[0], much, sizeof(much));
}

static void let_open(void)
{
    int fd = open(FIFO, O_WRONLY);

    close(fd);
}

static void let_cond(void)
{
    pthread_mutex_lock(&lock);
    ready = 1;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&lock);
}

static const struct {
    const char *name;
    long (*call)(void);
    void (*let_go)(void);           /* NULL: a handler ends it even with SA_RESTART */
    enum { BY_KERNEL, NEVER_ENDS, BY_LIBC } how;    /* what SA_RESTART does is libc's business */
} calls[] = {
    { "read", call_read, let_read, BY_KERNEL },
    { "write", call_write, let_write, BY_KERNEL },
    { "open", call_open, let_open, BY_KERNEL },
    { "fcntl", call_lock, let_lock, BY_KERNEL },
    { "sem_wait", call_sem_wait, let_sem, BY_KERNEL },
    { "pthread_cond_wait", call_cond_wait, let_cond, NEVER_ENDS },
    { "poll", call_poll, NULL, BY_KERNEL },
    { "select", call_select, NULL, BY_KERNEL },
    { "epoll_wait", call_epoll, NULL, BY_KERNEL },
    { "nanosleep", call_nanosleep, NULL, BY_KERNEL },
    { "clock_nanosleep", call_clock_nanosleep, NULL, BY_KERNEL },
    { "sigtimedwait", call_sigtimedwait, NULL, BY_KERNEL },
    { "futex", call_futex, NULL, BY_KERNEL },
    { "sem_timedwait", call_sem_timedwait, NULL, BY_LIBC },
};

static void prepare(void)
{
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    main_thread = pthread_self();
    ready = 0;
    (void)mkdir("/tmp", 0777);
    (void)unlink(FIFO);
    CHECK(pipe(fds) == 0 && mkfifo(FIFO, 0600) == 0 && sem_init(&sem, 0, 0) == 0);
    CHECK((holder = open(LOCKED, O_RDWR | O_CREAT, 0600)) >= 0 && (wanting = open(LOCKED, O_RDWR)) >= 0);
    CHECK(fcntl(holder, F_OFD_SETLK, &l) == 0);
}

static void finish(void)
{
    CHECK(close(fds[0]) == 0 && close(fds[1]) == 0 && unlink(FIFO) == 0);
    CHECK(close(holder) == 0 && close(wanting) == 0 && unlink(LOCKED) == 0);
}

static void ends_with_eintr(int i, int flags)
{
    pthread_t t;
    long result;
    int why;

    prepare();
    CHECK(handle(SIGUSR1, note, flags) == 0);
    stop = 0;
    CHECK(pthread_create(&t, NULL, kick, NULL) == 0);
    errno = 0;
    result = calls[i].call();
    why = errno;
    stop = 1;
    CHECK(pthread_join(t, NULL) == 0);
    if (result != -1 || why != EINTR) printf("  %s: %ld, errno %d\n", calls[i].name, result, why);
    CHECK(result == -1 && why == EINTR && seen >= 1);
    finish();
}

static void goes_on(int i, int flags)
{
    pthread_t t;
    long result;

    prepare();
    CHECK(handle(SIGUSR1, note, flags) == 0);
    CHECK(pthread_create(&t, NULL, kick_and_let_go, (void *)(uintptr_t)calls[i].let_go) == 0);
    errno = 0;
    result = calls[i].call();
    if (result != 1) printf("  %s: %ld, errno %d\n", calls[i].name, result, errno);
    CHECK(result == 1 && seen == 3);
    CHECK(pthread_join(t, NULL) == 0);
    finish();
}

static void calls_return_eintr(void)
{
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].how != NEVER_ENDS) ends_with_eintr((int)i, 0);
    }
}

static void with_sa_restart_some_go_on(void)
{
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].let_go != NULL) goes_on((int)i, SA_RESTART);
        else if (calls[i].how == BY_KERNEL) ends_with_eintr((int)i, SA_RESTART);
    }
}

static void waiting_for_a_condition_is_not_interrupted(void)
{
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].how == NEVER_ENDS) goes_on((int)i, 0);
    }
}

/* What has been written counts: no EINTR then. */
static void a_write_that_was_interrupted_tells_how_far_it_came(void)
{
    static char much[1 << 20];
    pthread_t t;
    long n;

    prepare();
    CHECK(handle(SIGUSR1, note, 0) == 0);
    stop = 0;
    CHECK(pthread_create(&t, NULL, kick, NULL) == 0);
    n = write(fds[1], much, sizeof(much));
    stop = 1;
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(n > 0 && n < (long)sizeof(much) && seen >= 1);
    finish();
}

static long with_ppoll(const sigset_t *s)
{
    struct pollfd p = { fds[0], POLLIN, 0 };
    struct timespec t = { 20, 0 };

    return ppoll(&p, 1, &t, s);
}

static long with_pselect(const sigset_t *s)
{
    struct timespec t = { 20, 0 };
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    return pselect(fds[0] + 1, &set, NULL, NULL, &t, s);
}

static long with_epoll_pwait(const sigset_t *s)
{
    struct epoll_event e = { EPOLLIN, { 0 } };
    int fd = epoll_create1(0), n, why;

    epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &e);
    n = epoll_pwait(fd, &e, 1, 20000, s);
    why = errno;
    close(fd);
    errno = why;
    return n;
}

/* A signal is let in by the call alone; when the call has something to tell, it stays out. */
static void masks_hold_for_the_time_of_a_call(void)
{
    static long (*const waits[])(const sigset_t *) = { with_ppoll, with_pselect, with_epoll_pwait };
    sigset_t none;

    sigemptyset(&none);
    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0);
    for (int i = 0; i < 3; i++) {
        prepare();
        CHECK(handle(SIGUSR1, note, SA_RESTART) == 0 && raise(SIGUSR1) == 0 && seen == 0);
        FAILS(waits[i](&none), EINTR);
        CHECK(seen == 1 && is_blocked(SIGUSR1) && !is_pending(SIGUSR1));
        let_read();
        CHECK(raise(SIGUSR1) == 0 && waits[i](&none) == 1);
        CHECK(is_blocked(SIGUSR1) && seen + is_pending(SIGUSR1) == 2);
        CHECK(signal(SIGUSR1, SIG_IGN) == note);
        finish();
    }
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

static void a_pipe_without_readers_sends_sigpipe(void)
{
    CHECK(pipe(fds) == 0 && close(fds[0]) == 0);
    CHECK(handle_info(SIGPIPE, note_info, SA_RESTART) == 0);
    FAILS(write(fds[1], "x", 1), EPIPE);
    CHECK(seen == 1 && seen_signal == SIGPIPE);
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    FAILS(write(fds[1], "x", 1), EPIPE);
    CHECK(signal(SIGPIPE, note) == SIG_IGN && mask(SIG_BLOCK, SIGPIPE) == 0);
    FAILS(write(fds[1], "x", 1), EPIPE);
    CHECK(seen == 1 && is_pending(SIGPIPE) && mask(SIG_UNBLOCK, SIGPIPE) == 0 && seen == 2);
    CHECK(close(fds[1]) == 0);
}

const struct test interrupt_tests[] = {
    { "calls_return_eintr", calls_return_eintr },
    { "with_sa_restart_some_go_on", with_sa_restart_some_go_on },
    { "waiting_for_a_condition_is_not_interrupted", waiting_for_a_condition_is_not_interrupted },
    { "a_write_that_was_interrupted_tells_how_far_it_came", a_write_that_was_interrupted_tells_how_far_it_came },
    { "masks_hold_for_the_time_of_a_call", masks_hold_for_the_time_of_a_call },
    { "a_pipe_without_readers_sends_sigpipe", a_pipe_without_readers_sends_sigpipe },
    { NULL, NULL },
};
