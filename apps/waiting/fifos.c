/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"
#include <pthread.h>
#include <sys/sysmacros.h>

static void a_pipe_may_have_a_name(void)
{
    char got[8];
    struct stat s;
    int r, w, both;

    umask(022);
    CHECK(mkfifo("f", 0666) == 0 && stat("f", &s) == 0 && s.st_mode == (S_IFIFO | 0644) &&
          s.st_size == 0);
    FAILS(mkfifo("f", 0666), EEXIST);
    FAILS(open("f", O_WRONLY | O_NONBLOCK), ENXIO);
    r = open("f", O_RDONLY | O_NONBLOCK);
    CHECK(r >= 0 && read(r, got, 8) == 0 && bits(r, POLLIN, 0) == 0);
    w = open("f", O_WRONLY | O_NONBLOCK);
    CHECK(w >= 0);
    FAILS(read(r, got, 8), EAGAIN);
    CHECK(write(w, "text", 4) == 4 && read(r, got, 8) == 4 && memcmp(got, "text", 4) == 0);
    CHECK(fstat(r, &s) == 0 && S_ISFIFO(s.st_mode) && s.st_nlink == 1);
    CHECK(write(w, "left", 4) == 4 && close(w) == 0 && bits(r, POLLIN, 0) == (POLLIN | POLLHUP));
    CHECK(read(r, got, 8) == 4 && read(r, got, 8) == 0 && bits(r, POLLIN, 0) == POLLHUP &&
          close(r) == 0);
    both = open("f", O_RDWR);
    CHECK(both >= 0 && write(both, "x", 1) == 1 &&
          bits(both, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT));
    r = open("f", O_RDONLY); /* the other end is there */
    CHECK(r >= 0 && close(both) == 0 && read(r, got, 8) == 1 && read(r, got, 8) == 0 &&
          close(r) == 0);
    r = open("f", O_RDONLY | O_NONBLOCK);
    CHECK(read(r, got, 8) == 0 && close(r) == 0); /* what was in it went with the last */
    FAILS(truncate("f", 0), EINVAL);
    r = open("f", O_RDWR);
    FAILS(lseek(r, 0, SEEK_SET), ESPIPE);
    FAILS(pread(r, got, 1, 0), ESPIPE);
    CHECK(unlink("f") == 0 && write(r, "y", 1) == 1 && read(r, got, 1) == 1 && close(r) == 0);
    FAILS(open("f", O_RDWR), ENOENT);
}

static void nodes_are_made_of_two_kinds(void)
{
    struct stat s;

    CHECK(mknod("a", S_IFREG | 0600, 0) == 0 && stat("a", &s) == 0 &&
          s.st_mode == (S_IFREG | 0600));
    CHECK(mknod("b", 0600, 0) == 0 && stat("b", &s) == 0 && S_ISREG(s.st_mode));
    CHECK(mknod("c", S_IFIFO | 0600, 0) == 0 && stat("c", &s) == 0 && S_ISFIFO(s.st_mode));
    FAILS(mknod("d", S_IFDIR | 0600, 0), EPERM);
    FAILS(mknod("d", 0150000, 0), EINVAL);
    FAILS(mknod("a", S_IFREG, 0), EEXIST);
    FAILS(mknod("none/a", S_IFREG, 0), ENOENT);
    FAILS(mknod("a/b", S_IFREG, 0), ENOTDIR);
    FAILS(mknod("e/", S_IFREG, 0), ENOENT);
    FAILS(mknod(BAD, S_IFREG, 0), EFAULT);
    FAILS(mknodat(999, "a", S_IFREG, 0), EBADF);
}

static void *open_other(void *how)
{
    sleep_ms(20);
    return (void *)(long)open("f", (int)(long)how);
}

static void who_opens_waits_for_the_other_end(void)
{
    static const int how[2][2] = { { O_RDONLY, O_WRONLY }, { O_WRONLY, O_RDONLY } };
    char c;

    CHECK(mkfifo("f", 0600) == 0);
    for (int i = 0; i < 2; i++) {
        pthread_t other;
        void *got;
        int fd, fds[2];

        CHECK(pthread_create(&other, NULL, open_other, (void *)(long)how[i][1]) == 0);
        fd = open("f", how[i][0]);
        CHECK(pthread_join(other, &got) == 0 && fd >= 0 && (long)got >= 0);
        fds[i] = fd;
        fds[1 - i] = (int)(long)got;
        CHECK(write(fds[1], "z", 1) == 1 && read(fds[0], &c, 1) == 1 && c == 'z' &&
              close_both(fds) == 0);
    }
}

static void *open_and_go(void *arg)
{
    long fd;

    sleep_ms(20);
    fd = open("f", O_WRONLY);
    close((int)fd);
    return (void *)fd;
}

static void it_is_enough_that_the_other_was_there(void)
{
    pthread_t other;
    void *got;
    char c;
    int fd;

    CHECK(mkfifo("f", 0600) == 0 && pthread_create(&other, NULL, open_and_go, NULL) == 0);
    fd = open("f", O_RDONLY);
    CHECK(fd >= 0 && pthread_join(other, &got) == 0 && (long)got >= 0);
    CHECK(read(fd, &c, 1) == 0 && bits(fd, POLLIN, 0) == POLLHUP && close(fd) == 0);
}

const struct test fifo_tests[] = {
    { "a_pipe_may_have_a_name", a_pipe_may_have_a_name },
    { "nodes_are_made_of_two_kinds", nodes_are_made_of_two_kinds },
    { "who_opens_waits_for_the_other_end", who_opens_waits_for_the_other_end },
    { "it_is_enough_that_the_other_was_there", it_is_enough_that_the_other_was_there },
    { 0 },
};
