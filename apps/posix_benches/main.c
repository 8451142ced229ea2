/* SPDX-License-Identifier: Apache-2.0 */
/* What files and waiting for descriptors cost: posix_benches NAME..., counted from outside by
 * tests/bench. Ordinary POSIX, so that the same source is measured on Linux. */
#define _GNU_SOURCE
#include "../benches/bench.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "/tmp/file"
#define POLLED    100

static void must(int done)
{
    if (done) return;
    perror("posix_benches");
    exit(1);
}

static int tmpfs_file(void)
{
    int fd;

    (void)mkdir("/tmp", 0777);
    fd = open(FILE_NAME, O_RDWR | O_CREAT, 0644);
    must(fd >= 0 && write(fd, "x", 1) == 1);
    return fd;
}

static void open_close(void)
{
    must(close(tmpfs_file()) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_OPEN_CLOSE);
        close(open(FILE_NAME, O_RDONLY));
        MARK(MARK_OPEN_CLOSE);
    }
}

static void tmpfs_1(void)
{
    int fd = tmpfs_file();
    char c;

    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_TMPFS_READ);
        pread(fd, &c, 1, 0);
        MARK(MARK_TMPFS_READ);
        MARK(MARK_TMPFS_WRITE);
        pwrite(fd, &c, 1, 0);
        MARK(MARK_TMPFS_WRITE);
    }
    must(pread(fd, &c, 1, 0) == 1 && c == 'x' && close(fd) == 0);
}

static void pipe_1(void)
{
    int fds[2];
    char c = 'x';

    must(pipe(fds) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_PIPE_WRITE);
        write(fds[1], &c, 1);
        MARK(MARK_PIPE_WRITE);
        MARK(MARK_PIPE_READ);
        read(fds[0], &c, 1);
        MARK(MARK_PIPE_READ);
    }
    must(c == 'x' && close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void poll_100(void)
{
    struct pollfd all[POLLED];
    int none = 0, every = 0;

    for (int i = 0; i < POLLED; i++) {
        all[i] = (struct pollfd){ eventfd(0, 0), POLLIN, 0 };
        must(all[i].fd >= 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_POLL_NONE);
        none += poll(all, POLLED, 0);
        MARK(MARK_POLL_NONE);
    }
    for (int i = 0; i < POLLED; i++) must(eventfd_write(all[i].fd, 1) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_POLL_ALL);
        every += poll(all, POLLED, 0);
        MARK(MARK_POLL_ALL);
    }
    must(none == 0 && every == ROUNDS * POLLED);
    for (int i = 0; i < POLLED; i++) must(close(all[i].fd) == 0);
}

static volatile sig_atomic_t handled;

static void handle(int number) { handled++; }

static void signal_raise(void)
{
    must(signal(SIGUSR1, handle) != SIG_ERR);
    for (int i = 0; i < ROUNDS; i++) {
        MARK(MARK_RAISE);
        raise(SIGUSR1);
        MARK(MARK_RAISE);
    }
    must(handled == ROUNDS);
}

static const struct {
    const char *name;
    void (*run)(void);
} benches[] = {
    { "open_close", open_close },
    { "tmpfs_1", tmpfs_1 },
    { "pipe_1", pipe_1 },
    { "poll_100", poll_100 },
    { "signal", signal_raise },
};

static void run(const char *name)
{
    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
        if (strcmp(benches[i].name, name) == 0) {
            benches[i].run();
            return;
        }
    }
    fprintf(stderr, "posix_benches: there is no '%s'\n", name);
    exit(1);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) run(argv[i]);
    MARK(MARK_END);
    return 0;
}
