/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <stdlib.h>
#include <string.h>

int checks_failed;

void run_test(const struct test *t) { t->run(); }

static int is_left_out(const struct test *t, char *const *without)
{
    const char *only = getenv("ONLY");

    for (; *without != NULL; without++) {
        if (strcmp(*without, t->name) == 0) return 1;
    }
    return only != NULL && strcmp(only, t->name) != 0;
}

static void run(const struct test *t, void (*one)(const struct test *))
{
    int before = checks_failed;

    one(t);
    printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
}

int run_tests(const struct test *const *groups, char *const *without,
              void (*one)(const struct test *))
{
    int n = 0;

    for (; *groups != NULL; groups++) {
        for (const struct test *t = *groups; t->name != NULL; t++) {
            if (is_left_out(t, without)) {
                printf("skip %s\n", t->name);
            } else {
                run(t, one);
                n++;
            }
        }
    }
    printf("done: %d tests, %d failed\n", n, checks_failed);
    return checks_failed != 0 || n == 0;
}
