/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of signals and interval timers, tested from inside. Exit status: 0 when all of it
 * held. ONLY in the environment names the one to run. With an argument it does something that ends it. */
#include "signals.h"

volatile sig_atomic_t seen, seen_signal, seen_code;
siginfo_t seen_info;

void note(int signal)
{
    seen_signal = signal;
    seen = seen + 1;
}

void note_info(int signal, siginfo_t *info, void *context)
{
    note(signal);
    seen_info = *info;
    seen_code = info->si_code;
}

/* So many bytes of it, in steps that meet the guard page. */
long use_stack(long bytes)
{
    volatile char here[512];

    here[0] = (char)bytes;
    return bytes <= 0 ? 0 : use_stack(bytes - 512) + here[0];
}

static const struct test *const all[] = { our_tests, action_tests, mask_tests, queue_tests, fault_tests,
    interrupt_tests, timer_tests, thread_tests, refusal_tests, NULL };

static void run_and_reset(const struct test *t)
{
    t->run();
    for (int s = 1; s < NSIG; s++) (void)signal(s, SIG_DFL);
}

/* These end the program. */
static int deed(const char *what)
{
    char *volatile nobody = BAD;

    if (strncmp(what, "raise-", 6) == 0) {
        raise(atoi(what + 6));
    } else if (strcmp(what, "abort") == 0) {
        abort();
    } else if (strcmp(what, "abort-handled") == 0) {
        handle(SIGABRT, note, 0);
        abort();
    } else if (strcmp(what, "alarm") == 0) {
        alarm(1);
        pause();
    } else if (strcmp(what, "blocked-fault") == 0) {
        mask(SIG_BLOCK, SIGSEGV);
        handle(SIGSEGV, note, 0);
        *nobody = 0;
    } else if (strcmp(what, "no-stack") == 0) {
        handle(SIGSEGV, note, 0);
        use_stack(1L << 30);
    } else if (strcmp(what, "bad-stack") == 0) {
        char *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack_t s = { .ss_sp = page, .ss_size = 65536 };

        handle(SIGUSR1, note, SA_ONSTACK);
        sigaltstack(&s, NULL);
        munmap(page, 65536);
        raise(SIGUSR1);
    } else if (strcmp(what, "pipe") == 0) {
        int fds[2];

        if (pipe(fds) == 0 && close(fds[0]) == 0) (void)!write(fds[1], "x", 1);
    }
    return 3;
}

static int (*const volatile kills_threads)(int) = uk_thread_kill;

int main(int argc, char **argv)
{
    if (argc > 1) return deed(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run_tests(all + (kills_threads == NULL), argv + argc, run_and_reset);
}
