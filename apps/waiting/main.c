/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of pipes and of waiting for descriptors, tested from inside. Exit
 * status: 0 when all of it held. */
#include "waiting.h"

int checks_failed;

static int run(const struct test *tests)
{
    int n = 0;

    for (const struct test *t = tests; t->name != NULL; t++, n++) {
        int before = checks_failed, fd = dup(0);

        if (mkdir("test", 0755) != 0 || chdir("test") != 0)
            checks_failed++;
        else
            t->run();
        if (chdir("/tmp") != 0 || rename("test", t->name) != 0) checks_failed++;
        /* Nothing stays open. */
        if (close(fd) != 0 || dup(0) != fd || close(fd) != 0) checks_failed++;
        printf("%s %s\n", checks_failed == before ? "ok  " : "FAIL", t->name);
    }
    return n;
}

int main(int argc, char **argv)
{
    int n;

    (void)mkdir("/tmp", 0777);
    if (chdir("/tmp") != 0) return 1;
    if (argc > 1) {     /* "console": somebody types */
        if (fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK) != 0) return 1;
        n = run(console_tests);
        printf("done: %d tests, %d failed\n", n, checks_failed);
        return checks_failed != 0;
    }
    n = run(pipe_tests) + run(fifo_tests) + run(poll_tests) + run(epoll_tests) + run(event_tests) +
        run(timer_tests) + run(thread_tests);
    printf("done: %d tests, %d failed\n", n, checks_failed);
    return checks_failed != 0;
}
