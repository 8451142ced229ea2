/* SPDX-License-Identifier: Apache-2.0 */
/* A test is a function that returns on the first thing that is not as it should be. */
#pragma once

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

/* Free pages, and by how many that may be off: Linux keeps some for each CPU and counts them late. */
unsigned long free_pages(void);
unsigned long free_pages_off(void);

struct test {
    const char *name;
    void (*run)(void);
};

/* Each ends with a null name. */
extern const struct test memory_tests[], map_tests[], thread_tests[], sync_tests[], register_tests[],
    time_tests[], sched_tests[], inherit_tests[];
