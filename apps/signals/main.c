/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of signals and interval timers, tested from inside. Exit status: 0 when all of it
 * held. ONLY in the environment names the one to run. With an argument it does something that ends it. */
#include "signals.h"

int checks_failed;
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

static int run(const struct test *tests)
{
    const char *one = getenv("ONLY");
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++) {
        int before = checks_failed;

        if (one != NULL && strcmp(one, t->name) != 0) continue;
        n++;
        t->run();
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
        for (int s = 1; s < NSIG; s++) (void)signal(s, SIG_DFL);
    }
    return n;
}

/* These end the program. */
static int deed(const char *what)
{
    char *volatile nobody = BAD;

    if (strncmp(what, "raise-", 6) == 0) {
        raise(atoi(what + 6));
    } else if (strcmp(what, "abort") == 0) {
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
    }
    return 3;
}

int main(int argc, char **argv)
{
    int n;

    if (argc > 1) return deed(argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    n = run(action_tests) + run(mask_tests) + run(queue_tests) + run(fault_tests) + run(interrupt_tests) +
        run(timer_tests) + run(thread_tests) + run(refusal_tests);
    printf("done: %d tests, %d failed\n", n, checks_failed);
    return checks_failed != 0;
}
