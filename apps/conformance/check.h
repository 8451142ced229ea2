/* SPDX-License-Identifier: Apache-2.0 */
/* A test is a function that returns on the first thing that is not as it should be. */
#pragma once

#include <errno.h>
#include <stdio.h>

extern int checks_failed;

#define CHECK(cond) CHECK_OR(cond, )

#define CHECK_OR(cond, result)                                                                     \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            printf("  %s:%d: not so: %s\n", __FILE__, __LINE__, #cond);                            \
            checks_failed++;                                                                       \
            return result;                                                                         \
        }                                                                                          \
    } while (0)

/* The call fails, and says why. */
#define FAILS(call, why) CHECK((call) == -1 && errno == (why))

#define BAD ((void *)1)             /* an address that is nobody's */

struct test {
    const char *name;
    void (*run)(void);
};

/**
 * Run all tests of the groups, of which NULL is the last; a test without a name ends each. Those that
 * `without` names, up to a NULL, are left out; if ONLY in the environment names one, all others are.
 * @one   runs a test, as those below do
 * @return exit status: 0 when all of it held
 */
int run_tests(const struct test *const *groups, char *const *without,
              void (*one)(const struct test *));

void run_test(const struct test *t);

/** In an empty folder, which gets the test's name: what is left of it is in nobody's way. */
void run_in_folder(const struct test *t);

/* Free pages, and by how many that may be off: Linux keeps some for each CPU and counts them late. */
unsigned long free_pages(void);
unsigned long free_pages_off(void);
