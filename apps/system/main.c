/* SPDX-License-Identifier: Apache-2.0 */
/* What a process of root may ask about itself, the system and time, tested from inside. Exit status:
 * 0 when all of it held. Arguments name tests to leave out. */
#include "system.h"

int checks_failed;

static int run(const struct test *tests, char **left_out)
{
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++, n++) {
        int before = checks_failed;
        char **word = left_out;

        while (*word != NULL && strcmp(*word, t->name) != 0) word++;
        if (*word != NULL) printf("skip %s\n", t->name);
        else t->run();
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
    }
    return n;
}

int main(int argc, char **argv)
{
    static const struct test *const all[] = { identity_tests, id_tests, name_tests, clock_tests,
        cputime_tests, limit_tests, scheduling_tests };
    int n = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) n += run(all[i], argv + 1);
    printf("done: %d tests, %d failed\n", n, checks_failed);
    fflush(stdout);
    _exit(checks_failed != 0);
}
