/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

static int order[64], values[64], count;

static void record(int signal, siginfo_t *info, void *context)
{
    if (count == 64) return;
    order[count] = signal;
    values[count++] = info->si_value.sival_int;
    seen_info = *info;
}

static int queue(int signal, int value)
{
    return sigqueue(getpid(), signal, (union sigval){ .sival_int = value });
}

static void real_time_signals_are_queued_in_order(void)
{
    const int a = SIGRTMIN, b = SIGRTMIN + 1, last = SIGRTMAX;

    CHECK(handle_info(a, record, 0) == 0 && handle_info(b, record, 0) == 0 && handle_info(last, record, 0) == 0);
    for (int s = a; s <= last; s++) CHECK(mask(SIG_BLOCK, s) == 0);
    CHECK(queue(last, 9) == 0);
    for (int i = 0; i < 10; i++) CHECK(queue(b, i) == 0 && queue(a, 100 + i) == 0);
    count = 0;
    for (int s = last; s >= a; s--) CHECK(mask(SIG_UNBLOCK, s) == 0);
    CHECK(count == 21 && order[0] == last && values[0] == 9);
    for (int i = 0; i < 10; i++) {
        CHECK(order[1 + i] == b && values[1 + i] == i);
        CHECK(order[11 + i] == a && values[11 + i] == 100 + i);
    }
    CHECK(seen_info.si_code == SI_QUEUE && seen_info.si_pid == getpid() && seen_info.si_uid == getuid());
}

static void the_lowest_number_is_taken_first(void)
{
    sigset_t all, before;
    siginfo_t info;

    sigemptyset(&all);
    for (int i = 0; i < 5; i++) sigaddset(&all, SIGRTMIN + i);
    sigaddset(&all, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    for (int i = 4; i >= 0; i--) CHECK(queue(SIGRTMIN + i, i) == 0);
    CHECK(queue(SIGUSR2, 5) == 0);
    CHECK(sigwaitinfo(&all, &info) == SIGUSR2 && info.si_value.sival_int == 5);
    for (int i = 0; i < 5; i++) {
        CHECK(sigwaitinfo(&all, &info) == SIGRTMIN + i && info.si_signo == SIGRTMIN + i);
        CHECK(info.si_value.sival_int == i);
    }
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static void a_common_signal_is_kept_once_with_its_first_value(void)
{
    CHECK(handle_info(SIGUSR1, record, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    for (int i = 0; i < 5; i++) CHECK(queue(SIGUSR1, 7 + i) == 0);
    count = 0;
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0 && count == 1 && values[0] == 7);
}

static void the_queue_has_an_end(void)
{
    struct timespec at_once = { 0, 0 };
    sigset_t s = only(SIGRTMIN);
    siginfo_t info;
    int n = 0;

    CHECK(mask(SIG_BLOCK, SIGRTMIN) == 0);
    while (n < 100000 && queue(SIGRTMIN, n) == 0) n++;
    CHECK(n >= 32 && n < 100000 && errno == EAGAIN);
    for (int i = 0; i < n; i++) CHECK(sigtimedwait(&s, &info, &at_once) == SIGRTMIN && info.si_value.sival_int == i);
    FAILS(sigtimedwait(&s, &info, &at_once), EAGAIN);
    CHECK(queue(SIGRTMIN, 1) == 0 && sigwaitinfo(&s, NULL) == SIGRTMIN && mask(SIG_UNBLOCK, SIGRTMIN) == 0);
}

static void sigtimedwait_waits_and_gives_up(void)
{
    struct timespec some = { 0, 20000000 };
    sigset_t s = only(SIGUSR1);
    double before = now();

    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0);
    FAILS(sigtimedwait(&s, NULL, &some), EAGAIN);
    CHECK(now() - before >= 0.02);
    CHECK(raise(SIGUSR1) == 0 && sigtimedwait(&s, NULL, &some) == SIGUSR1 && !is_pending(SIGUSR1));
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

static void *wait_for_three(void *arg)
{
    sigset_t s = only(SIGRTMIN + 2);
    long sum = 0;

    for (int i = 0; i < 3; i++) {
        siginfo_t info;

        if (sigwaitinfo(&s, &info) != SIGRTMIN + 2) return NULL;
        sum += info.si_value.sival_int;
    }
    return (void *)sum;
}

static void a_thread_waits_for_signals_of_the_process(void)
{
    pthread_t t;
    void *sum;

    CHECK(mask(SIG_BLOCK, SIGRTMIN + 2) == 0 && pthread_create(&t, NULL, wait_for_three, NULL) == 0);
    for (int i = 1; i <= 3; i++) {
        nap(10);
        CHECK(queue(SIGRTMIN + 2, i) == 0);
    }
    CHECK(pthread_join(t, &sum) == 0 && sum == (void *)6 && mask(SIG_UNBLOCK, SIGRTMIN + 2) == 0);
}

const struct test queue_tests[] = {
    { "real_time_signals_are_queued_in_order", real_time_signals_are_queued_in_order },
    { "the_lowest_number_is_taken_first", the_lowest_number_is_taken_first },
    { "a_common_signal_is_kept_once_with_its_first_value", a_common_signal_is_kept_once_with_its_first_value },
    { "the_queue_has_an_end", the_queue_has_an_end },
    { "sigtimedwait_waits_and_gives_up", sigtimedwait_waits_and_gives_up },
    { "a_thread_waits_for_signals_of_the_process", a_thread_waits_for_signals_of_the_process },
    { NULL, NULL },
};
