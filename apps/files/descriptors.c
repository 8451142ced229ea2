/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#define MANY 2000

static void copies_share_their_place(void)
{
    char got[4];
    int a, b, c;

    CHECK(make("f", "0123456789") == 0);
    a = open("f", O_RDONLY);
    b = dup(a);
    CHECK(b > a && read(a, got, 3) == 3 && lseek(b, 0, SEEK_CUR) == 3);
    c = open("f", O_RDONLY);
    CHECK(lseek(c, 0, SEEK_CUR) == 0);
    CHECK(dup2(a, c) == c && lseek(c, 0, SEEK_CUR) == 3 && dup2(a, a) == a);
    CHECK(close(a) == 0 && read(b, got, 2) == 2 && lseek(c, 0, SEEK_CUR) == 5);
    FAILS(dup(a), EBADF);
    FAILS(dup2(a, a), EBADF);
    FAILS(dup3(b, b, 0), EINVAL);
    FAILS(dup3(b, c, 1), EINVAL);
    FAILS(dup2(b, -1), EBADF);
    CHECK(dup3(b, 77, O_CLOEXEC) == 77 && fcntl(77, F_GETFD) == FD_CLOEXEC && close(77) == 0);
    CHECK(fcntl(b, F_DUPFD, 50) == 50 && fcntl(b, F_DUPFD, 50) == 51 && fcntl(50, F_GETFD) == 0);
    CHECK(fcntl(b, F_DUPFD_CLOEXEC, 50) == 52 && fcntl(52, F_GETFD) == FD_CLOEXEC);
    FAILS(fcntl(b, F_DUPFD, -1), EINVAL);
    CHECK(close(50) == 0 && close(51) == 0 && close(52) == 0 && close(b) == 0 && close(c) == 0);
}

static void flags_are_kept(void)
{
    int fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0644), flags;

    flags = fcntl(fd, F_GETFL);
    CHECK((flags & O_ACCMODE) == O_RDWR && !(flags & (O_APPEND | O_CREAT)));
    CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && fcntl(fd, F_GETFL) & O_APPEND);
    CHECK(write(fd, "ab", 2) == 2 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "c", 1) == 1 &&
          holds("f", "abc"));
    CHECK(fcntl(fd, F_SETFL, 0) == 0 && !(fcntl(fd, F_GETFL) & O_APPEND));
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_SETFD, 0) == 0 &&
          fcntl(fd, F_GETFD) == 0);
    FAILS(fcntl(fd, 12345), EINVAL);
    FAILS(fcntl(999, F_GETFD), EBADF);
    CHECK(close(fd) == 0);
}

static void locks_are_granted_to_the_only_process(void)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_GETLK, &lock) == 0 &&
          lock.l_type == F_UNLCK);
    CHECK(fcntl(fd, F_SETLKW, &lock) == 0);
    lock.l_type = 17;
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    FAILS(fcntl(fd, F_SETLK, BAD), EFAULT);
    CHECK(close(fd) == 0);
}

/* regression: uk 46 */
static void wrong_numbers_are_refused(void)
{
    static const int wrong[] = { -1, -100000, 500, 1 << 20, 0x7fffffff };
    struct stat s;
    char byte;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        int fd = wrong[i];

        FAILS(close(fd), EBADF);
        FAILS(read(fd, &byte, 1), EBADF);
        FAILS(write(fd, &byte, 1), EBADF);
        FAILS(lseek(fd, 0, SEEK_SET), EBADF);
        FAILS(dup(fd), EBADF);
        FAILS(fstat(fd, &s), EBADF);
        FAILS(fsync(fd), EBADF);
        FAILS(ftruncate(fd, 0), EBADF);
        FAILS(fchdir(fd), EBADF);
        FAILS(fcntl(fd, F_GETFL), EBADF);
    }
    FAILS(lseek(1, 0, SEEK_SET), ESPIPE);
}

/* regression: uk 48 */
static void numbers_are_used_again(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDONLY), fds[MANY], n = 0;

    CHECK(close(a) == 0 && open("f", O_RDONLY) == a);
    for (int i = 0; i < 10000; i++) {
        int fd = open("f", O_RDONLY);

        CHECK(fd == b + 1 && close(fd) == 0);
    }
    while (n < MANY && (fds[n] = open("f", O_RDONLY)) >= 0) n++;
    CHECK(n > 100 && n < MANY && errno == EMFILE);
    FAILS(open("other", O_RDWR | O_CREAT, 0644), EMFILE);
    FAILS(dup(a), EMFILE);
    while (n > 0) CHECK(close(fds[--n]) == 0);
    CHECK(!exists("other") && close(a) == 0 && close(b) == 0);
}

const struct test descriptor_tests[] = {
    { "copies_share_their_place", copies_share_their_place },
    { "flags_are_kept", flags_are_kept },
    { "locks_are_granted_to_the_only_process", locks_are_granted_to_the_only_process },
    { "wrong_numbers_are_refused", wrong_numbers_are_refused },
    { "numbers_are_used_again", numbers_are_used_again },
    { 0 },
};
