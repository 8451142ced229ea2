/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program may expect of pipes and of waiting for descriptors, tested from inside. Exit
 * status: 0 when all of it held. */
#include "waiting.h"

static const struct test *const all[] = { pipe_tests, fifo_tests, poll_tests, epoll_tests,
    event_tests, timer_tests, wall_tests, queue_tests, thread_tests, NULL };
static const struct test *const console[] = { console_tests, NULL };

/* Nothing stays open. */
static void run_and_count(const struct test *t)
{
    int fd = dup(0);

    run_in_folder(t);
    if (close(fd) != 0 || dup(0) != fd || close(fd) != 0) checks_failed++;
}

int main(int argc, char **argv)
{
    (void)mkdir("/tmp", 0777);
    if (chdir("/tmp") != 0) return 1;
    if (argc > 1) {     /* "console": somebody types */
        if (fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK) != 0) return 1;
        return run_tests(console, argv + argc, run_and_count);
    }
    return run_tests(all, argv + argc, run_and_count);
}
