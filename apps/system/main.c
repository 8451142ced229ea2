/* SPDX-License-Identifier: Apache-2.0 */
/* What a process of root may ask about itself, the system and time, tested from inside. Exit status:
 * 0 when all of it held. */
#include "system.h"

int checks_failed;

static int run(const struct test *tests)
{
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++, n++) {
        int before = checks_failed;

        t->run();
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
    }
    return n;
}

int main(void)
{
    int n = run(identity_tests) + run(clock_tests) + run(cputime_tests) + run(limit_tests) + run(scheduling_tests);

    printf("done: %d tests, %d failed\n", n, checks_failed);
    fflush(stdout);
    _exit(checks_failed != 0);
}
