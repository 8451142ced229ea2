/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that Linux has had for a few years only. */
#include "files.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

static int is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static long close_range_of(unsigned first, unsigned last, unsigned flags)
{
    return syscall(SYS_close_range, first, last, flags);
}

static void many_are_closed_at_once(void)
{
    int a = open("f", O_RDWR | O_CREAT, 0644), b = dup(a), c = dup(a), far = fcntl(a, F_DUPFD, 200);

    CHECK(far == 200 && close_range_of((unsigned)b, (unsigned)c, 4) == 0);
    CHECK(fcntl(a, F_GETFD) == 0 && fcntl(b, F_GETFD) == FD_CLOEXEC && fcntl(c, F_GETFD) == FD_CLOEXEC);
    CHECK(close_range_of((unsigned)b, (unsigned)b, 2) == 0 && is_open(a) && !is_open(b) && is_open(c));
    FAILS(close_range_of(5, 4, 0), EINVAL);
    FAILS(close_range_of((unsigned)a, ~0U, 8), EINVAL);
    CHECK(is_open(a) && close_range_of((unsigned)a, ~0U, 0) == 0);
    CHECK(!is_open(a) && !is_open(c) && !is_open(far) && is_open(1));
    CHECK(close_range_of((unsigned)a, ~0U, 0) == 0 && close_range_of(100000, 200000, 0) == 0);
}

static long access_of(int at, const char *path, int mode, int flags)
{
    return syscall(SYS_faccessat2, at, path, mode, flags);
}

static void access_has_flags(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(symlink("none", "dangling") == 0);
    CHECK(faccessat(AT_FDCWD, "f", R_OK | W_OK, AT_EACCESS) == 0 && access_of(fd, "", R_OK, AT_EMPTY_PATH) == 0);
    FAILS(access_of(AT_FDCWD, "f", X_OK, AT_EACCESS), EACCES);
    CHECK(access_of(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    FAILS(access_of(AT_FDCWD, "dangling", F_OK, 0), ENOENT);
    FAILS(access_of(AT_FDCWD, "f", 8, 0), EINVAL);
    FAILS(access_of(AT_FDCWD, "f", F_OK, 1), EINVAL);
    FAILS(access_of(fd, "", F_OK, 0), ENOENT);
    FAILS(access_of(-1, "f", F_OK, 0), EBADF);
    FAILS(access_of(AT_FDCWD, BAD, F_OK, 0), EFAULT);
    CHECK(close(fd) == 0);
}

static long mode_of(int at, const char *path, int mode, int flags)
{
    return syscall(SYS_fchmodat2, at, path, mode, flags);
}

static void chmod_has_flags(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    struct utsname u;
    struct stat s;

    CHECK(uname(&u) == 0 && symlink("f", "l") == 0);
    if (strcmp(u.sysname, "Linux") == 0 && atoi(u.release) == 6 && atoi(u.release + 2) < 6) return;
    CHECK(mode_of(AT_FDCWD, "l", 0600, 0) == 0 && fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0600);
    CHECK(mode_of(AT_FDCWD, "f", 0640, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &s) == 0);
    CHECK((s.st_mode & 07777) == 0640 && mode_of(fd, "", 0444, AT_EMPTY_PATH) == 0);
    CHECK(fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0444);
    FAILS(mode_of(AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
    FAILS(mode_of(AT_FDCWD, "f", 0600, 1), EINVAL);
    FAILS(mode_of(AT_FDCWD, "none", 0600, AT_SYMLINK_NOFOLLOW), ENOENT);
    FAILS(mode_of(-1, "", 0600, AT_EMPTY_PATH), EBADF);
    FAILS(mode_of(AT_FDCWD, BAD, 0600, 0), EFAULT);
    CHECK(close(fd) == 0);
}

struct how {
    unsigned long long flags, mode, resolve, more;
};

static long open_as(const char *path, const struct how *how, size_t size)
{
    return syscall(SYS_openat2, AT_FDCWD, path, how, size);
}

static void open_takes_no_nonsense(void)
{
    struct how h = { O_RDWR | O_CREAT | O_CLOEXEC, 0600, 0, 0 };
    struct stat s;
    int fd = (int)open_as("f", &h, 24);

    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0600);
    CHECK(close(fd) == 0 && (fd = (int)open_as("f", &h, sizeof(h))) >= 0 && close(fd) == 0);
    FAILS(open_as("f", &h, 23), EINVAL);
    FAILS(open_as("f", &h, 100000), E2BIG);
    FAILS(open_as("f", BAD, 24), EFAULT);
    FAILS(open_as(BAD, &h, 24), EFAULT);
    h.more = 1;
    FAILS(open_as("f", &h, sizeof(h)), E2BIG);
    h = (struct how){ O_RDWR, 0600, 0, 0 };
    FAILS(open_as("f", &h, 24), EINVAL);
    h = (struct how){ O_RDWR | 1ULL << 40, 0, 0, 0 };
    FAILS(open_as("f", &h, 24), EINVAL);
    h = (struct how){ O_RDWR, 0, 1 << 20, 0 };
    FAILS(open_as("f", &h, 24), EINVAL);
    h = (struct how){ O_RDWR, 0, 0, 0 };
    FAILS(open_as("none", &h, 24), ENOENT);
}

static void a_file_needs_no_name(void)
{
    char name[300], *m;
    struct stat s;
    int fd = memfd_create("some", MFD_CLOEXEC);

    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fstat(fd, &s) == 0);
    CHECK(S_ISREG(s.st_mode) && s.st_nlink == 0 && s.st_size == 0 && ftruncate(fd, 8192) == 0);
    m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(m != MAP_FAILED && pwrite(fd, "x", 1, 5000) == 1 && m[5000] == 'x');
    CHECK(close(fd) == 0 && m[5000] == 'x' && munmap(m, 8192) == 0);
    memset(name, 'n', sizeof(name));
    name[249] = '\0';
    CHECK((fd = memfd_create(name, 0)) >= 0 && close(fd) == 0);
    name[249] = 'n';
    name[250] = '\0';
    FAILS(memfd_create(name, 0), EINVAL);
    FAILS(memfd_create("some", 1 << 20), EINVAL);
    FAILS(memfd_create(BAD, 0), EFAULT);
}

static void one_file_system_is_written_back(void)
{
    int fd = open(".", O_RDONLY);

    CHECK(syncfs(fd) == 0 && close(fd) == 0);
    FAILS(syncfs(fd), EBADF);
    FAILS(syncfs(-1), EBADF);
}

static void creat_empties(void)
{
#ifdef SYS_creat
    int fd;

    CHECK(make("f", "content") == 0 && (fd = (int)syscall(SYS_creat, "f", 0600)) >= 0);
    CHECK(holds("f", "") && write(fd, "new", 3) == 3 && close(fd) == 0 && holds("f", "new"));
    FAILS(syscall(SYS_creat, ".", 0600), EISDIR);
    FAILS(syscall(SYS_creat, BAD, 0600), EFAULT);
#endif
}

const struct test newer_tests[] = {
    { "many_are_closed_at_once", many_are_closed_at_once },
    { "access_has_flags", access_has_flags },
    { "chmod_has_flags", chmod_has_flags },
    { "open_takes_no_nonsense", open_takes_no_nonsense },
    { "a_file_needs_no_name", a_file_needs_no_name },
    { "one_file_system_is_written_back", one_file_system_is_written_back },
    { "creat_empties", creat_empties },
    { 0 },
};
