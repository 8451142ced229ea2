/* SPDX-License-Identifier: Apache-2.0 */
/* What a process of root may ask about itself, the system and time, tested from inside. Exit status:
 * 0 when all of it held. Arguments name tests to leave out. */
#include "system.h"
#include <sys/mount.h>
#include <sys/stat.h>

static const struct test *const all[] = { identity_tests, id_tests, name_tests, clock_tests,
    cputime_tests, limit_tests, scheduling_tests, NULL };

int main(int argc, char **argv)
{
    int status;

    /* Linux starts without it. */
    if (access("/proc/version", F_OK) != 0 && mkdir("/proc", 0755) == 0) (void)mount("proc", "/proc", "proc", 0, NULL);
    status = run_tests(all, argv + 1, run_test);

    fflush(stdout);
    _exit(status);
}
