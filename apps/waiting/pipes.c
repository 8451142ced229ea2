/* SPDX-License-Identifier: Apache-2.0 */
#include "waiting.h"
#include <sys/sysinfo.h>
#include <sys/uio.h>

#define CAPACITY 65536

static char large[CAPACITY + 4096];

static void what_goes_in_comes_out(void)
{
    char got[32];
    struct iovec out[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
    struct iovec in[] = { { got, 2 }, { got + 2, 0 }, { got + 2, 20 } };
    struct stat s;
    int p[2];

    CHECK(pipe(p) == 0 && write(p[1], "hello", 5) == 5 && write(p[1], " there", 6) == 6);
    CHECK(read(p[0], got, 3) == 3 && memcmp(got, "hel", 3) == 0);
    CHECK(read(p[0], got, sizeof(got)) == 8 && memcmp(got, "lo there", 8) == 0);
    CHECK(writev(p[1], out, 3) == 6 && readv(p[0], in, 3) == 6 && memcmp(got, "onetwo", 6) == 0);
    CHECK(read(p[0], got, 0) == 0 && write(p[1], got, 0) == 0);
    CHECK(fstat(p[0], &s) == 0 && S_ISFIFO(s.st_mode));
    CHECK(write(p[1], "rest", 4) == 4 && close(p[1]) == 0);
    CHECK(read(p[0], got, sizeof(got)) == 4 && read(p[0], got, sizeof(got)) == 0 &&
          close(p[0]) == 0);
}

static void much_goes_through_in_order(void)
{
    unsigned next = 0, at = 0;
    uint8_t piece[5000];
    int p[2];

    CHECK(pipe(p) == 0);
    for (unsigned round = 0; round < 200; round++) {
        size_t n = 1 + round * 37 % sizeof(piece);

        for (size_t i = 0; i < n; i++) piece[i] = (uint8_t)(next++ % 251);
        CHECK(write(p[1], piece, n) == (ssize_t)n);
        if (next - at < 40000) continue;
        while (at < next) {
            ssize_t got = read(p[0], piece, 1 + at % 4500);

            CHECK(got > 0);
            for (ssize_t i = 0; i < got; i++) {
                if (piece[i] != (uint8_t)(at++ % 251)) checks_failed++;
            }
        }
    }
    CHECK(close_both(p) == 0);
}

static void it_holds_so_much_and_then_says_so(void)
{
    int p[2], n = -1;
    char c;

    CHECK(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC);
    FAILS(read(p[0], &c, 1), EAGAIN);
    CHECK(fcntl(p[1], F_GETPIPE_SZ) == CAPACITY && bits(p[1], POLLOUT, 0) == POLLOUT);
    CHECK(write(p[1], large, sizeof(large)) == CAPACITY);
    FAILS(write(p[1], "x", 1), EAGAIN);
    CHECK(bits(p[1], POLLOUT, 0) == 0 && bits(p[0], POLLIN, 0) == POLLIN);
    CHECK(ioctl(p[0], FIONREAD, &n) == 0 && n == CAPACITY);
    FAILS(ioctl(p[0], FIONREAD, BAD), EFAULT);
    CHECK(fcntl(p[0], F_SETPIPE_SZ, 2 * CAPACITY - 1) == 2 * CAPACITY);
    CHECK(write(p[1], large, 4096) == 4096);
    FAILS(fcntl(p[0], F_SETPIPE_SZ, 4096), EBUSY);
    CHECK(read(p[0], large, sizeof(large)) == CAPACITY + 4096);
    CHECK(fcntl(p[1], F_SETPIPE_SZ, 100) == 4096 && write(p[1], large, 5000) == 4096);
    FAILS(fcntl(p[1], F_SETPIPE_SZ, 0x80000001), EINVAL);
    FAILS(fcntl(0x7fff, F_GETPIPE_SZ), EBADF);
    n = 0;
    CHECK(ioctl(p[0], FIONBIO, &n) == 0 && !(fcntl(p[0], F_GETFL) & O_NONBLOCK));
    n = 1;
    CHECK(ioctl(p[0], FIONBIO, &n) == 0 && fcntl(p[0], F_GETFL) & O_NONBLOCK);
    FAILS(ioctl(p[0], FIONBIO, BAD), EFAULT);
    CHECK(close_both(p) == 0);
}

static void what_is_not_long_is_written_whole_or_not_at_all(void)
{
    int p[2];

    CHECK(pipe2(p, O_NONBLOCK) == 0 && write(p[1], large, CAPACITY - 4096) == CAPACITY - 4096);
    CHECK(write(p[1], large, 100) == 100);
    FAILS(write(p[1], large, 4096), EAGAIN);
    CHECK(write(p[1], large, 96) == 96 &&
          read(p[0], large, sizeof(large)) == CAPACITY - 4096 + 196);
    CHECK(close_both(p) == 0);
}

static void without_readers_there_is_no_writing(void)
{
    int p[2];

    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(p) == 0 && write(p[1], "x", 1) == 1 && close(p[0]) == 0);
    FAILS(write(p[1], "x", 1), EPIPE);
    CHECK(bits(p[1], POLLOUT, 0) == (POLLOUT | POLLERR) && bits(p[1], 0, 0) == POLLERR);
    CHECK(write(p[1], "x", 0) == 0 && close(p[1]) == 0);
    CHECK(pipe(p) == 0 && write(p[1], "x", 1) == 1 && close(p[1]) == 0);
    CHECK(bits(p[0], POLLIN, 0) == (POLLIN | POLLHUP) && read(p[0], large, 1) == 1);
    CHECK(bits(p[0], POLLIN, -1) == POLLHUP && close(p[0]) == 0);
    signal(SIGPIPE, SIG_DFL);
}

/* regression: uk 46 */
static void what_cannot_be_is_refused(void)
{
    char c = 0;
    int p[2] = { -5, -5 };

    FAILS(syscall(SYS_pipe2, BAD, 0), EFAULT);
    FAILS(syscall(SYS_pipe2, NULL, 0), EFAULT);
    FAILS(pipe2(p, O_APPEND), EINVAL);
    CHECK(p[0] == -5 && pipe(p) == 0);
    FAILS(write(p[0], &c, 1), EBADF);
    FAILS(read(p[1], &c, 1), EBADF);
    FAILS(lseek(p[0], 0, SEEK_CUR), ESPIPE);
    FAILS(pread(p[0], &c, 1, 0), ESPIPE);
    FAILS(pwrite(p[1], &c, 1, 0), ESPIPE);
    FAILS(ftruncate(p[1], 0), EINVAL);
    FAILS(fsync(p[1]), EINVAL);
    FAILS(fchdir(p[0]), ENOTDIR);
    FAILS(write(p[1], BAD, 1), EFAULT);
    CHECK(write(p[1], "y", 1) == 1);
    FAILS(read(p[0], BAD, 1), EFAULT);
    CHECK(read(p[0], &c, 1) == 1 && c == 'y');
    FAILS(ioctl(p[0], 0x1234567, &c), ENOTTY);
    CHECK(close_both(p) == 0);
    FAILS(read(p[0], &c, 1), EBADF);
}

static unsigned long memory_used(void)
{
    struct sysinfo s;

    sysinfo(&s);
    return (s.totalram - s.freeram) * s.mem_unit;
}

/* regression: uk 48 */
static void pipes_come_and_go(void)
{
    unsigned long before = 0;
    int p[2], first[2];

    CHECK(pipe(first) == 0 && close_both(first) == 0);
    for (int i = 0; i < 10000; i++) {
        if (i == 100) before = memory_used();
        if (pipe(p) != 0 || p[0] != first[0] || p[1] != first[1] ||
            write(p[1], large, 5000) != 5000 || close_both(p) != 0)
            checks_failed++;
    }
    /* Much less than a page for each; others may use memory meanwhile. */
    CHECK(memory_used() < before + 9900UL * 1024);
}

/* regression: uk 48 */
static void there_are_only_so_many(void)
{
    static int all[2000][2];
    int n = 0;

    while (n < 2000 && pipe(all[n]) == 0) n++;
    CHECK(n > 100 && n < 2000 && errno == EMFILE);
    FAILS(eventfd(0, 0), EMFILE);
    FAILS(epoll_create1(0), EMFILE);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 0), EMFILE);
    CHECK(close(all[0][0]) == 0 && close(all[0][1]) == 0 && close(all[1][0]) == 0);
    CHECK(pipe(all[0]) == 0);
    FAILS(pipe(all[1]), n % 2 == 0 ? EMFILE : EMFILE);
    all[1][0] = dup(all[0][0]);
    CHECK(all[1][0] >= 0);
    while (n-- > 0) CHECK(close_both(all[n]) == 0);
}

const struct test pipe_tests[] = {
    { "what_goes_in_comes_out", what_goes_in_comes_out },
    { "much_goes_through_in_order", much_goes_through_in_order },
    { "it_holds_so_much_and_then_says_so", it_holds_so_much_and_then_says_so },
    { "what_is_not_long_is_written_whole_or_not_at_all",
      what_is_not_long_is_written_whole_or_not_at_all },
    { "without_readers_there_is_no_writing", without_readers_there_is_no_writing },
    { "what_cannot_be_is_refused", what_cannot_be_is_refused },
    { "pipes_come_and_go", pipes_come_and_go },
    { "there_are_only_so_many", there_are_only_so_many },
    { 0 },
};
