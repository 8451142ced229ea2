/* SPDX-License-Identifier: Apache-2.0 */
/* /dev */
#include "devices.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#define MANY 0x40000000UL

static void devices_have_the_numbers_of_linux(void)
{
    static const struct {
        const char *path;
        unsigned major, minor, rights;
    } known[] = {
        { "/dev/null", 1, 3, 0666 },    { "/dev/zero", 1, 5, 0666 },    { "/dev/full", 1, 7, 0666 },
        { "/dev/random", 1, 8, 0666 },  { "/dev/urandom", 1, 9, 0666 }, { "/dev/tty", 5, 0, 0666 },
        { "/dev/console", 5, 1, 0600 },
    };
    struct stat s;

    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        CHECK(stat(known[i].path, &s) == 0 && s.st_mode == (S_IFCHR | known[i].rights));
        CHECK(major(s.st_rdev) == known[i].major && minor(s.st_rdev) == known[i].minor);
        CHECK(s.st_size == 0 && s.st_nlink == 1);
    }
    FAILS(open("/dev/none", O_RDWR), ENOENT);
    FAILS(open("/dev/null/x", O_RDWR), ENOTDIR);
    FAILS(open("/dev/null/", O_RDWR), ENOTDIR);
    FAILS(open("/dev/null", O_RDWR | O_DIRECTORY), ENOTDIR);
    FAILS(open("/dev/null", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    FAILS(truncate("/dev/null", 0), EINVAL);
    FAILS(readlink("/dev/null", (char *)&s, sizeof(s)), EINVAL);
}

static void null_takes_all_and_has_nothing(void)
{
    int fd = open("/dev/null", O_RDWR | O_TRUNC | O_CREAT | O_APPEND, 0600);
    struct iovec v[2] = { { "ab", 2 }, { "cde", 3 } };
    char c = 'x';

    CHECK(fd >= 0 && read(fd, &c, 1) == 0 && c == 'x' && read(fd, &c, 0) == 0);
    CHECK(write(fd, "text", 4) == 4 && write(fd, BAD, MANY) == (ssize_t)MANY);
    CHECK(writev(fd, v, 2) == 5 && pwrite(fd, "x", 1, 1000000) == 1 && pread(fd, &c, 1, 5) == 0);
    CHECK(lseek(fd, 77, SEEK_SET) == 0 && lseek(fd, 77, SEEK_END) == 0);
    FAILS(ftruncate(fd, 1), EINVAL);
    FAILS(fsync(fd), EINVAL);
    FAILS(fchdir(fd), ENOTDIR);
    FAILS(ioctl(fd, TIOCGWINSZ, &c), ENOTTY);
    CHECK(isatty(fd) == 0 && close(fd) == 0);
    fd = open("/dev/null", O_RDONLY);
    FAILS(write(fd, "x", 1), EBADF);
    CHECK(close(fd) == 0);
    fd = open("/dev/null", O_WRONLY);
    FAILS(read(fd, &c, 1), EBADF);
    CHECK(close(fd) == 0);
}

static int is_all(const char *at, size_t n, char c)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != c) return 0;
    }
    return 1;
}

/* What can be written before an address is nobody's is written, and told. */
static void zeros_end_where_memory_does(void)
{
    const long page = sysconf(_SC_PAGESIZE);
    int zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    char *at =
        mmap(NULL, 4 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec v[2] = { { at + 1, 10 }, { at + 20, 10 } }, odd[2] = { { at, 10 }, { BAD, 10 } };

    CHECK(at != MAP_FAILED && munmap(at + 3 * page, (size_t)page) == 0);
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? zero : full;

        memset(at, 'x', 3 * (size_t)page);
        CHECK(read(fd, at + 1, (size_t)page) == page);
        CHECK(at[0] == 'x' && is_all(at + 1, (size_t)page, 0) && at[1 + page] == 'x');
        CHECK(read(fd, at + page, MANY) == 2 * page && is_all(at + page, 2 * (size_t)page, 0));
        memset(at, 'x', 100);
        CHECK(readv(fd, v, 2) == 20 && is_all(at + 1, 10, 0) && is_all(at + 20, 10, 0) &&
              is_all(at + 11, 9, 'x') && at[30] == 'x');
        CHECK(readv(fd, odd, 2) == 10);
        FAILS(read(fd, BAD, 1), EFAULT);
        FAILS(read(fd, at + 3 * page, 1), EFAULT);
        CHECK(read(fd, BAD, 0) == 0 && lseek(fd, 5, SEEK_SET) == 0);
    }
    CHECK(write(zero, "abc", 3) == 3);
    FAILS(write(full, "abc", 3), ENOSPC);
    FAILS(writev(full, v, 2), ENOSPC);
    FAILS(pwrite(full, "x", 1, 0), ENOSPC);
    CHECK(close(zero) == 0 && close(full) == 0 && munmap(at, 3 * (size_t)page) == 0);
}

static void stdio_learns_that_a_device_is_full(void)
{
    FILE *f = fopen("/dev/full", "w");

    CHECK(f != NULL && fputs("text", f) >= 0);
    CHECK(fflush(f) == EOF && errno == ENOSPC && ferror(f));
    (void)fclose(f);
}

static void random_bytes_are_never_the_same(void)
{
    static const char *const paths[] = { "/dev/random", "/dev/urandom" };
    static unsigned char a[10000], b[10000];
    unsigned seen[256] = { 0 };

    for (int i = 0; i < 2; i++) {
        int fd = open(paths[i], O_RDWR);

        CHECK(fd >= 0 && read(fd, a, sizeof(a)) == sizeof(a) &&
              read(fd, b, sizeof(b)) == sizeof(b));
        CHECK(memcmp(a, b, sizeof(a)) != 0 && memcmp(a, a + 5000, 5000) != 0);
        for (unsigned j = 0; j < sizeof(a); j++) seen[a[j]]++;
        CHECK(write(fd, "something", 9) == 9 && read(fd, a, 0) == 0 && pread(fd, a, 3, 99) == 3);
        FAILS(read(fd, BAD, 100), EFAULT);
        CHECK(close(fd) == 0);
    }
    /* 78 of each are expected; 20 is seven deviations away. */
    for (unsigned i = 0; i < 256; i++) CHECK(seen[i] > 20 && seen[i] < 200);
}

static void devices_never_wait(void)
{
    static const char *const paths[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom" };

    for (int i = 0; i < 4; i++) {
        struct pollfd p = { .fd = open(paths[i], O_RDWR | O_NONBLOCK), .events = POLLIN | POLLOUT };

        CHECK(poll(&p, 1, -1) == 1 && p.revents == (POLLIN | POLLOUT));
        CHECK(close(p.fd) == 0);
    }
}

static void a_device_has_names_like_a_file(void)
{
    struct stat s;
    int fd;

    CHECK(link("/dev/full", "/dev/full2") == 0 && stat("/dev/full2", &s) == 0 && s.st_nlink == 2);
    CHECK(rename("/dev/full2", "/dev/full3") == 0);
    fd = open("/dev/full3", O_WRONLY);
    FAILS(write(fd, "x", 1), ENOSPC);
    CHECK(unlink("/dev/full3") == 0 && close(fd) == 0 && stat("/dev/full", &s) == 0 &&
          s.st_nlink == 1);
    CHECK(symlink("/dev/zero", "z") == 0);
    fd = open("z", O_RDONLY);
    CHECK(read(fd, &s, 1) == 1 && close(fd) == 0);
    CHECK(mkdir("/dev/d", 0755) == 0 && make("/dev/d/f", "text") == 0 && holds("/dev/d/f", "text"));
    FAILS(rmdir("/dev/d"), ENOTEMPTY);
    FAILS(link("/dev/null", "n"), EXDEV);
    FAILS(rmdir("/dev"), EBUSY);
    CHECK(unlink("/dev/d/f") == 0 && rmdir("/dev/d") == 0);
}

static void standard_descriptors_have_names(void)
{
    int was = dup(0), fd;
    char c[2] = "";

    CHECK(make("f", "text") == 0 && (fd = open("f", O_RDWR)) >= 0 && dup2(fd, 0) == 0 && close(fd) == 0);
    CHECK(read(0, c, 1) == 1 && c[0] == 't' && holds("/dev/stdin", "text") && read(0, c, 1) == 1 && c[0] == 'e');
    fd = open("/dev/stdin", O_WRONLY | O_TRUNC);
    CHECK(fd >= 0 && write(fd, "new", 3) == 3 && close(fd) == 0 && holds("f", "new"));
    fd = open("/dev/stdout", O_WRONLY);
    CHECK(fd >= 0 && isatty(fd) == isatty(1) && close(fd) == 0);
    fd = open("/dev/stderr", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "", 0) == 0 && close(fd) == 0);
    CHECK(close(0) == 0 && open("/dev/stdin", O_RDONLY) == -1);
    CHECK(dup2(was, 0) == 0 && close(was) == 0);
}

const struct test memory_device_tests[] = {
    { "devices_have_the_numbers_of_linux", devices_have_the_numbers_of_linux },
    { "null_takes_all_and_has_nothing", null_takes_all_and_has_nothing },
    { "zeros_end_where_memory_does", zeros_end_where_memory_does },
    { "stdio_learns_that_a_device_is_full", stdio_learns_that_a_device_is_full },
    { "random_bytes_are_never_the_same", random_bytes_are_never_the_same },
    { "devices_never_wait", devices_never_wait },
    { "standard_descriptors_have_names", standard_descriptors_have_names },
    { "a_device_has_names_like_a_file", a_device_has_names_like_a_file },
    { 0 },
};
