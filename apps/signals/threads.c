/* SPDX-License-Identifier: Apache-2.0 */
/* Signals between threads, and what they find and leave there. */
#include "signals.h"
#include <limits.h>

#define STORM_THREADS 4
#define STORM         2500

static volatile int stop, started, in_handler;
static _Thread_local volatile int mine;

static void note_mine(int signal)
{
    mine++;
    __atomic_fetch_add(&in_handler, 1, __ATOMIC_SEQ_CST);
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
    pthread_t t = NULL;

    started = 0;
    if (pthread_create(&t, NULL, fn, arg) != 0) abort();
    while (!started) nap(1);
    return t;
}

static void *spin(void *arg)
{
    started = 1;
    while (!stop) { }
    return (void *)(intptr_t)mine;
}

static void a_running_thread_takes_its_signals(void)
{
    pthread_t t;
    void *result;

    CHECK(handle(SIGUSR1, note_mine, 0) == 0);
    stop = in_handler = mine = 0;
    t = start(spin, NULL);
    for (int i = 1; i <= 10; i++) {
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        while (in_handler < i) nap(1);
    }
    stop = 1;
    CHECK(pthread_join(t, &result) == 0 && result == (void *)10 && mine == 0);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_lock(void *arg)
{
    started = 1;
    if (pthread_mutex_lock(&lock) != 0) return NULL;
    pthread_mutex_unlock(&lock);
    return (void *)(intptr_t)mine;
}

static void a_thread_that_waits_for_a_lock_takes_them_too(void)
{
    pthread_t t;
    void *result;

    CHECK(handle(SIGUSR1, note_mine, 0) == 0 && pthread_mutex_lock(&lock) == 0);
    in_handler = 0;
    t = start(wait_for_lock, NULL);
    nap(20);
    for (int i = 1; i <= 5; i++) {
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        while (in_handler < i) nap(1);
    }
    CHECK(pthread_mutex_unlock(&lock) == 0 && pthread_join(t, &result) == 0 && result == (void *)5);
}

static volatile int storm_tid[STORM_THREADS];
static volatile long sums[STORM_THREADS];

static void add(int signal, siginfo_t *info, void *context)
{
    for (int i = 0; i < STORM_THREADS; i++) {
        if (storm_tid[i] == gettid()) sums[i] += info->si_value.sival_int;
    }
    __atomic_fetch_add(&in_handler, 1, __ATOMIC_SEQ_CST);
}

/* All to the next one. */
static void *storm(void *arg)
{
    int me = (int)(intptr_t)arg, next = (me + 1) % STORM_THREADS;
    siginfo_t info = { .si_code = SI_QUEUE };

    storm_tid[me] = gettid();
    while (storm_tid[next] == 0) nap(1);
    for (int i = 1; i <= STORM; i++) {
        info.si_value.sival_int = i;
        while (syscall(SYS_rt_tgsigqueueinfo, getpid(), storm_tid[next], SIGRTMIN, &info) != 0) {
            CHECK_OR(errno == EAGAIN, NULL);
            nap(1);
        }
    }
    while (in_handler < STORM_THREADS * STORM) nap(1);
    return arg;
}

static void no_signal_is_lost_in_a_storm(void)
{
    pthread_t t[STORM_THREADS];

    CHECK(handle_info(SIGRTMIN, add, 0) == 0);
    in_handler = 0;
    for (int i = 0; i < STORM_THREADS; i++) {
        storm_tid[i] = 0;
        sums[i] = 0;
    }
    for (int i = 0; i < STORM_THREADS; i++) {
        CHECK(pthread_create(&t[i], NULL, storm, (void *)(intptr_t)i) == 0);
    }
    for (int i = 0; i < STORM_THREADS; i++) CHECK(pthread_join(t[i], NULL) == 0);
    for (int i = 0; i < STORM_THREADS; i++) CHECK(sums[i] == (long)STORM * (STORM + 1) / 2);
}

static double series(unsigned long steps)
{
    double a = 1, b = 0.5, c = 0.25, d = 3;
    unsigned long n = 88172645463325252UL;

    for (unsigned long i = 0; i < steps; i++) {
        n ^= n << 13;
        n ^= n >> 7;
        n ^= n << 17;
        a = a * 0.999 + (double)(n & 1023);
        b += a / (d + 1);
        c = c * 0.5 + b;
        d = d * 0.25 + c * 1e-3;
    }
    return a + b + c + d;
}

static volatile double other;

static void use_registers(int signal)
{
    other = series(20);
    __atomic_fetch_add(&in_handler, 1, __ATOMIC_SEQ_CST);
}

static void *compute(void *arg)
{
    double expected = *(double *)arg;

    started = 1;
    while (!stop) {
        if (series(2000) != expected) return NULL;
    }
    return arg;
}

static void a_handler_leaves_the_registers_as_they_were(void)
{
    double expected = series(2000);
    pthread_t t;
    void *result;

    CHECK(handle(SIGUSR1, use_registers, 0) == 0);
    stop = in_handler = 0;
    t = start(compute, &expected);
    for (int i = 0; i < 30; i++) {
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        nap(1);
    }
    stop = 1;
    CHECK(pthread_join(t, &result) == 0 && result == &expected && in_handler > 5);
}

static int trace[8], traced;

static void go_deeper(int signal)
{
    trace[traced++] = signal;
    if (signal == SIGUSR1) raise(SIGUSR2);
    if (signal == SIGUSR2) raise(SIGRTMIN);
    trace[traced++] = -signal;
}

static void handlers_run_in_handlers(void)
{
    CHECK(handle(SIGUSR1, go_deeper, 0) == 0 && handle(SIGUSR2, go_deeper, 0) == 0);
    CHECK(handle(SIGRTMIN, go_deeper, 0) == 0);
    traced = 0;
    CHECK(raise(SIGUSR1) == 0 && traced == 6 && trace[0] == SIGUSR1 && trace[1] == SIGUSR2);
    CHECK(trace[2] == SIGRTMIN && trace[3] == -SIGRTMIN && trace[4] == -SIGUSR2 && trace[5] == -SIGUSR1);
}

static void *take_signals(void *arg)
{
    sigset_t s = only(SIGUSR2);
    int signal;

    while (sigwait(&s, &signal) == 0 && !stop) __atomic_fetch_add(&in_handler, 1, __ATOMIC_SEQ_CST);
    return (void *)(intptr_t)signal;
}

static void threads_can_wait_for_signals_in_turn(void)
{
    pthread_t t[3];
    void *result;

    CHECK(mask(SIG_BLOCK, SIGUSR2) == 0);
    stop = in_handler = 0;
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&t[i], NULL, take_signals, NULL) == 0);
    for (int i = 1; i <= 100; i++) {
        CHECK(kill(getpid(), SIGUSR2) == 0);
        while (in_handler < i) nap(1);
    }
    CHECK(in_handler == 100);
    stop = 1;
    for (int i = 0; i < 3; i++) CHECK(pthread_kill(t[i], SIGUSR2) == 0);
    for (int i = 0; i < 3; i++) CHECK(pthread_join(t[i], &result) == 0 && result == (void *)SIGUSR2);
    CHECK(mask(SIG_UNBLOCK, SIGUSR2) == 0);
}

static int fds[2], cleaned;

static void clean(void *arg) { cleaned++; }

static void *read_until_cancelled(void *arg)
{
    char c;

    pthread_cleanup_push(clean, NULL);
    started = 1;
    while (read(fds[0], &c, 1) == -1 && errno == EINTR) { }
    pthread_cleanup_pop(1);
    return arg;
}

static void *spin_until_cancelled(void *arg)
{
    pthread_cleanup_push(clean, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    started = 1;
    for (volatile long n = 0;; n++) { }
    pthread_cleanup_pop(1);
    return arg;
}

static void threads_are_cancelled_among_signals(void)
{
    static void *(*const fns[])(void *) = { read_until_cancelled, spin_until_cancelled };
    void *result;

    CHECK(pipe(fds) == 0 && handle(SIGUSR1, note_mine, 0) == 0);
    for (int i = 0; i < 20; i++) {
        pthread_t t;

        in_handler = cleaned = 0;
        t = start(fns[i % 2], NULL);
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        while (in_handler == 0) nap(1);
        CHECK(pthread_kill(t, SIGUSR1) == 0 && pthread_cancel(t) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED && cleaned == 1);
    }
    CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void end_thread(int signal) { pthread_exit((void *)(intptr_t)signal); }

static void *wait_to_be_ended(void *arg)
{
    pthread_cleanup_push(clean, NULL);
    started = 1;
    for (;;) pause();
    pthread_cleanup_pop(1);
    return arg;
}

static void a_handler_may_end_its_thread(void)
{
    void *result;

    CHECK(handle(SIGUSR1, end_thread, 0) == 0);
    for (int i = 0; i < 5; i++) {
        pthread_t t;

        cleaned = 0;
        t = start(wait_to_be_ended, NULL);
        CHECK(pthread_kill(t, SIGUSR1) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == (void *)SIGUSR1 && cleaned == 1);
    }
}

/* As many as could be queued, and more. */
static void *end_with_signals(void *arg)
{
    siginfo_t info = { .si_code = SI_QUEUE };

    if (mask(SIG_BLOCK, SIGRTMIN) != 0) return NULL;
    for (int i = 0; i < 10; i++) {
        if (syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN, &info) != 0) return NULL;
    }
    return arg;
}

static void signals_of_a_thread_end_with_it(void)
{
    pthread_t t;
    void *result;

    CHECK(handle(SIGRTMIN, note, 0) == 0);
    for (int i = 0; i < 100; i++) {
        CHECK(pthread_create(&t, NULL, end_with_signals, BAD) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == BAD);
    }
    CHECK(seen == 0);
}

static void *spin_until_seen(void *arg)
{
    started = 1;
    while (mine == 0) { }
    return arg;
}

static void a_signal_of_the_process_goes_to_who_does_not_block_it(void)
{
    pthread_t t;

    CHECK(handle(SIGUSR1, note_mine, 0) == 0);
    in_handler = mine = 0;
    for (int i = 1; i <= 10; i++) {
        t = start(spin_until_seen, NULL);
        CHECK(mask(SIG_BLOCK, SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
        CHECK(pthread_join(t, NULL) == 0 && in_handler == i && mine == 0 && !is_pending(SIGUSR1));
        CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
    }
}

static volatile pid_t tid;

static void *block_and_wait(void *arg)
{
    void *result = mask(SIG_BLOCK, SIGUSR1) == 0 ? arg : NULL;

    tid = gettid();
    started = 1;
    while (!stop) nap(1);
    return is_pending(SIGUSR1) ? NULL : result;
}

static void the_id_of_a_thread_stands_for_the_process(void)
{
    siginfo_t info = { .si_code = SI_QUEUE };
    pthread_t t;
    void *result;

    CHECK(handle(SIGUSR1, note_mine, 0) == 0);
    stop = mine = 0;
    t = start(block_and_wait, &info);
    CHECK(tid != getpid() && kill(tid, 0) == 0);
    CHECK(kill(tid, SIGUSR1) == 0 && mine == 1);
    CHECK(syscall(SYS_rt_sigqueueinfo, tid, SIGUSR1, &info) == 0 && mine == 2);
    FAILS(kill(-tid, 0), ESRCH);
    FAILS(syscall(SYS_tgkill, tid, tid, 0), ESRCH);
    stop = 1;
    CHECK(pthread_join(t, &result) == 0 && result == &info);
}

/* On Linux the smallest is too small for that. */
#define HAS_HANDLER (PTHREAD_STACK_MIN > MINSIGSTKSZ)

static void *use_little(void *arg)
{
    if (HAS_HANDLER) raise(SIGUSR1);
    return arg;
}

static void the_smallest_stack_is_enough_for_a_handler_and_the_end(void)
{
    pthread_attr_t a;
    pthread_t t;
    void *result;

    CHECK(handle(SIGUSR1, note_mine, 0) == 0);
    CHECK(pthread_attr_init(&a) == 0 && pthread_attr_setstacksize(&a, 0) == EINVAL);
    CHECK(pthread_attr_setstacksize(&a, PTHREAD_STACK_MIN) == 0);
    for (int i = 0; i < 20; i++) {
        in_handler = 0;
        CHECK(pthread_create(&t, &a, use_little, (void *)77) == 0);
        CHECK(pthread_join(t, &result) == 0 && result == (void *)77 && in_handler == HAS_HANDLER);
    }
}

const struct test thread_tests[] = {
    { "a_running_thread_takes_its_signals", a_running_thread_takes_its_signals },
    { "a_thread_that_waits_for_a_lock_takes_them_too", a_thread_that_waits_for_a_lock_takes_them_too },
    { "no_signal_is_lost_in_a_storm", no_signal_is_lost_in_a_storm },
    { "a_handler_leaves_the_registers_as_they_were", a_handler_leaves_the_registers_as_they_were },
    { "handlers_run_in_handlers", handlers_run_in_handlers },
    { "threads_can_wait_for_signals_in_turn", threads_can_wait_for_signals_in_turn },
    { "threads_are_cancelled_among_signals", threads_are_cancelled_among_signals },
    { "a_handler_may_end_its_thread", a_handler_may_end_its_thread },
    { "signals_of_a_thread_end_with_it", signals_of_a_thread_end_with_it },
    { "a_signal_of_the_process_goes_to_who_does_not_block_it", a_signal_of_the_process_goes_to_who_does_not_block_it },
    { "the_id_of_a_thread_stands_for_the_process", the_id_of_a_thread_stands_for_the_process },
    { "the_smallest_stack_is_enough_for_a_handler_and_the_end", the_smallest_stack_is_enough_for_a_handler_and_the_end },
    { NULL, NULL },
};
