/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"
#include <poll.h>
#include <sys/select.h>

static void what_is_blocked_waits(void)
{
    CHECK(handle(SIGUSR1, note, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0);
    CHECK(seen == 0 && is_pending(SIGUSR1) && !is_pending(SIGUSR2));
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
    CHECK(seen == 1 && !is_pending(SIGUSR1));
    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
    CHECK(seen == 1 && is_pending(SIGUSR1) && mask(SIG_UNBLOCK, SIGUSR1) == 0 && seen == 2);
}

static void what_is_ignored_is_forgotten(void)
{
    CHECK(handle(SIGUSR1, note, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    CHECK(raise(SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0 && is_pending(SIGUSR1));
    CHECK(signal(SIGUSR1, SIG_IGN) == note && !is_pending(SIGUSR1));
    CHECK(signal(SIGUSR1, note) == SIG_IGN && mask(SIG_UNBLOCK, SIGUSR1) == 0 && seen == 0);
}

static void masks_are_joined_reduced_and_set(void)
{
    sigset_t a = only(SIGUSR1), b = only(SIGUSR2), old;

    CHECK(pthread_sigmask(SIG_SETMASK, &a, NULL) == 0 && pthread_sigmask(SIG_BLOCK, &b, &old) == 0);
    CHECK(sigismember(&old, SIGUSR1) && !sigismember(&old, SIGUSR2) && is_blocked(SIGUSR1) && is_blocked(SIGUSR2));
    CHECK(pthread_sigmask(SIG_UNBLOCK, &a, NULL) == 0 && !is_blocked(SIGUSR1) && is_blocked(SIGUSR2));
    CHECK(mask(SIG_BLOCK, SIGKILL) == 0 && mask(SIG_BLOCK, SIGSTOP) == 0);
    CHECK(!is_blocked(SIGKILL) && !is_blocked(SIGSTOP));
    sigemptyset(&a);
    CHECK(pthread_sigmask(SIG_SETMASK, &a, NULL) == 0 && !is_blocked(SIGUSR2));
}

static void *look(void *arg)
{
    return (void *)(intptr_t)(is_blocked(SIGUSR1) * 2 + is_blocked(SIGUSR2) + is_pending(SIGUSR1) * 4);
}

static void a_thread_has_its_makers_mask_and_not_its_signals(void)
{
    pthread_t t;
    void *result;

    CHECK(mask(SIG_BLOCK, SIGUSR1) == 0 && raise(SIGUSR1) == 0);
    CHECK(pthread_create(&t, NULL, look, NULL) == 0 && pthread_join(t, &result) == 0);
    CHECK(result == (void *)2);
    CHECK(is_pending(SIGUSR1) && signal(SIGUSR1, SIG_IGN) == SIG_DFL && mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

static void sigsuspend_waits_with_another_mask(void)
{
    sigset_t none;

    sigemptyset(&none);
    CHECK(handle(SIGUSR1, note, SA_RESTART) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0 && raise(SIGUSR1) == 0);
    FAILS(sigsuspend(&none), EINTR);
    CHECK(seen == 1 && is_blocked(SIGUSR1) && !is_pending(SIGUSR1));
    CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0);
}

static void *send_later(void *arg)
{
    nap(30);
    return kill(getpid(), SIGUSR1) == 0 ? arg : NULL;
}

static void sigsuspend_ends_when_a_signal_comes(void)
{
    sigset_t others;
    pthread_t t;

    sigfillset(&others);
    sigdelset(&others, SIGUSR1);
    CHECK(handle(SIGUSR1, note, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0);
    CHECK(pthread_create(&t, NULL, send_later, NULL) == 0);
    FAILS(sigsuspend(&others), EINTR);
    CHECK(seen == 1 && pthread_join(t, NULL) == 0 && mask(SIG_UNBLOCK, SIGUSR1) == 0);
#ifdef SYS_pause                /* elsewhere libc makes it of ppoll */
    CHECK(pthread_create(&t, NULL, send_later, NULL) == 0);
    FAILS(pause(), EINTR);
    CHECK(seen == 2 && pthread_join(t, NULL) == 0);
#endif
}

static int with_sigsuspend(const sigset_t *s) { return sigsuspend(s); }
static int with_ppoll(const sigset_t *s) { return ppoll(NULL, 0, NULL, s); }
static int with_pselect(const sigset_t *s) { return pselect(0, NULL, NULL, NULL, NULL, s); }

/* SIGCHLD, which nobody handles, is let in; SIGUSR1 comes later. */
static void what_does_nothing_ends_no_wait(void)
{
    static int (*const waits[])(const sigset_t *) = { with_sigsuspend, with_ppoll, with_pselect };
    sigset_t none;
    pthread_t t;

    sigemptyset(&none);
    for (int i = 0; i < 3; i++) {
        CHECK(handle(SIGUSR1, note, 0) == 0 && mask(SIG_BLOCK, SIGUSR1) == 0 && mask(SIG_BLOCK, SIGCHLD) == 0);
        CHECK(raise(SIGCHLD) == 0 && is_pending(SIGCHLD));
        CHECK(pthread_create(&t, NULL, send_later, NULL) == 0);
        FAILS(waits[i](&none), EINTR);
        CHECK(seen == 1 && pthread_join(t, NULL) == 0 && !is_pending(SIGCHLD));
        CHECK(is_blocked(SIGUSR1) && is_blocked(SIGCHLD));
        CHECK(mask(SIG_UNBLOCK, SIGUSR1) == 0 && mask(SIG_UNBLOCK, SIGCHLD) == 0);
    }
}

const struct test mask_tests[] = {
    { "what_is_blocked_waits", what_is_blocked_waits },
    { "what_is_ignored_is_forgotten", what_is_ignored_is_forgotten },
    { "masks_are_joined_reduced_and_set", masks_are_joined_reduced_and_set },
    { "a_thread_has_its_makers_mask_and_not_its_signals", a_thread_has_its_makers_mask_and_not_its_signals },
    { "sigsuspend_waits_with_another_mask", sigsuspend_waits_with_another_mask },
    { "sigsuspend_ends_when_a_signal_comes", sigsuspend_ends_when_a_signal_comes },
    { "what_does_nothing_ends_no_wait", what_does_nothing_ends_no_wait },
    { NULL, NULL },
};
