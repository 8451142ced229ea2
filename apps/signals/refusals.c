/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

static void senders_are_refused(void)
{
    siginfo_t info = { .si_code = SI_QUEUE };

    FAILS(kill(getpid(), 65), EINVAL);
    FAILS(kill(getpid(), -1), EINVAL);
    FAILS(kill(99999, 0), ESRCH);
    FAILS(syscall(SYS_tkill, -1, SIGUSR1), EINVAL);
    FAILS(syscall(SYS_tkill, 99999, SIGUSR1), ESRCH);
    FAILS(syscall(SYS_tgkill, 0, gettid(), SIGUSR1), EINVAL);
    FAILS(syscall(SYS_tgkill, getpid(), gettid(), 65), EINVAL);
    FAILS(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD), EFAULT);
    FAILS(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info), EINVAL);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, getpid(), 99999, SIGUSR1, &info), ESRCH);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, BAD), EFAULT);
    CHECK(pthread_kill(pthread_self(), 65) == EINVAL && pthread_kill(pthread_self(), 0) == 0);
}

static void actions_are_refused(void)
{
    struct sigaction a = { .sa_handler = note };
    unsigned long raw[4] = { 0 };

    FAILS(sigaction(0, NULL, &a), EINVAL);
    FAILS(sigaction(65, NULL, &a), EINVAL);
    FAILS(sigaction(-1, NULL, &a), EINVAL);
    FAILS(sigaction(SIGKILL, &a, NULL), EINVAL);
    FAILS(sigaction(SIGSTOP, &a, NULL), EINVAL);
    CHECK(sigaction(SIGKILL, NULL, &a) == 0 && a.sa_handler == SIG_DFL);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, raw, NULL, 16), EINVAL);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NULL, BAD, 8), EFAULT);
}

static void masks_and_waits_are_refused(void)
{
    struct timespec wrong = { 0, 1000000000 };
    uint64_t set = 0;

    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigprocmask, 3, &set, NULL, 8), EINVAL);
    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, NULL, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, BAD, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigpending, &set, 9), EINVAL);
    FAILS(syscall(SYS_rt_sigpending, BAD, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigsuspend, &set, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigsuspend, BAD, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigtimedwait, BAD, NULL, NULL, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigtimedwait, &set, NULL, BAD, 8), EFAULT);
    FAILS(syscall(SYS_rt_sigtimedwait, &set, NULL, &wrong, 8), EINVAL);
}

static void stacks_are_refused(void)
{
    static char small[100];
    stack_t s = { .ss_sp = small, .ss_size = sizeof(small) };

    FAILS(sigaltstack(&s, NULL), ENOMEM);
    s = (stack_t){ .ss_sp = small, .ss_size = 1 << 20, .ss_flags = 0x54 };
    FAILS(sigaltstack(&s, NULL), EINVAL);
    FAILS(syscall(SYS_sigaltstack, BAD, NULL), EFAULT);
    FAILS(syscall(SYS_sigaltstack, NULL, BAD), EFAULT);
    CHECK(sysconf(_SC_MINSIGSTKSZ) >= MINSIGSTKSZ && sysconf(_SC_SIGSTKSZ) >= sysconf(_SC_MINSIGSTKSZ));
}

const struct test refusal_tests[] = {
    { "senders_are_refused", senders_are_refused },
    { "actions_are_refused", actions_are_refused },
    { "masks_and_waits_are_refused", masks_and_waits_are_refused },
    { "stacks_are_refused", stacks_are_refused },
    { NULL, NULL },
};
