/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define _GNU_SOURCE
#include "../conformance/check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__aarch64__)
#define UC_PC(uc) ((uc)->uc_mcontext.pc)
#elif defined(__x86_64__)
#define UC_PC(uc) ((uc)->uc_mcontext.gregs[REG_RIP])
#else
#define UC_PC(uc) ((uc)->uc_mcontext.__gregs[REG_PC])
#endif

/* What handlers saw last. */
extern volatile sig_atomic_t seen, seen_signal, seen_code;
extern siginfo_t seen_info;

/* Not on Linux. */
int uk_thread_kill(int id) __attribute__((weak));

long use_stack(long bytes);
void note(int signal);
void note_info(int signal, siginfo_t *info, void *context);

static inline int handle(int signal, void (*fn)(int), int flags)
{
    struct sigaction a = { .sa_handler = fn, .sa_flags = flags };

    seen = seen_signal = 0;
    return sigaction(signal, &a, NULL);
}

static inline int handle_info(int signal, void (*fn)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = { .sa_sigaction = fn, .sa_flags = flags | SA_SIGINFO };

    seen = seen_signal = 0;
    return sigaction(signal, &a, NULL);
}

static inline sigset_t only(int signal)
{
    sigset_t s;

    sigemptyset(&s);
    sigaddset(&s, signal);
    return s;
}

static inline int mask(int how, int signal)
{
    sigset_t s = only(signal);

    return pthread_sigmask(how, &s, NULL);
}

static inline int is_blocked(int signal)
{
    sigset_t s;

    return pthread_sigmask(SIG_BLOCK, NULL, &s) == 0 && sigismember(&s, signal);
}

static inline int is_pending(int signal)
{
    sigset_t s;

    return sigpending(&s) == 0 && sigismember(&s, signal);
}

static inline void nap(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) != 0) { }
}

static inline double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each ends with a null name. */
extern const struct test action_tests[], mask_tests[], queue_tests[], fault_tests[], interrupt_tests[],
    timer_tests[], thread_tests[], refusal_tests[], our_tests[];
