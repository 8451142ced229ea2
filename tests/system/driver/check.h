/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the programs that run in the management VM: one line each, "ok NAME" or "FAILED NAME:
 * what", and at the end "done: N failed". */
#pragma once

#include <errno.h>
#include <stdio.h>

static const char *check_name;
static int checks_failed, check_failed_here;

static inline void check(int good, int line, const char *what)
{
    if (!good) {
        printf("FAILED %s: line %d: %s, errno %d\n", check_name, line, what, errno);
        check_failed_here = 1;
    }
}
#define CHECK(x) check((x), __LINE__, #x)

/* The call fails with this errno. */
#define REFUSED(call, error)                                                    \
    do {                                                                        \
        errno = 0;                                                              \
        check((call) == -1 && errno == (error), __LINE__, #call " is " #error); \
    } while (0)
#define MAP_REFUSED(prot, flags, fd, offset, bytes, error) \
    REFUSED(mmap(NULL, bytes, prot, flags, fd, offset) == MAP_FAILED ? -1 : 0, error)

static inline void check_run(const char *name, void (*run)(void))
{
    check_name = name;
    check_failed_here = 0;
    run();
    checks_failed += check_failed_here;
    if (!check_failed_here) {
        printf("ok %s\n", name);
    }
}

static inline int checks_done(void)
{
    printf("done: %d failed\n", checks_failed);
    return checks_failed != 0;
}
