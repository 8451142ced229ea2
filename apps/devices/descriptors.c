/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/fd and /dev/fd: a link for each open descriptor. */
#include "devices.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <limits.h>
#include <sys/timerfd.h>

static const char *link_of(int fd)
{
    static char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return path;
}

/* The descriptor's link says: folder, then what is given. */
static int says(int fd, const char *folder, const char *rest)
{
    char got[PATH_MAX] = "", expected[PATH_MAX + 64];
    ssize_t n = readlink(link_of(fd), got, sizeof(got) - 1);

    snprintf(expected, sizeof(expected), "%s%s", folder, rest);
    if (strcmp(got, expected) != 0) printf("  %s, not %s\n", got, expected);
    return n == (ssize_t)strlen(expected) && strcmp(got, expected) == 0;
}

static void what_is_open_says_its_path(void)
{
    char here[PATH_MAX];
    int fd, dir, text = open("/proc/version", O_RDONLY), zero = open("/dev/zero", O_RDWR);

    CHECK(getcwd(here, sizeof(here)) != NULL && mkdir("d", 0755) == 0 && make("d/f", "text") == 0);
    fd = open("d/f", O_RDONLY);
    dir = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(says(fd, here, "/d/f") && says(dir, here, "/d") && says(text, "", "/proc/version") && says(zero, "", "/dev/zero"));
    CHECK(rename("d/f", "d/g") == 0 && rename("d", "e") == 0 && says(fd, here, "/e/g") && says(dir, here, "/e"));
    CHECK(unlink("e/g") == 0 && says(fd, here, "/e/g (deleted)"));
    CHECK(rmdir("e") == 0 && says(dir, here, "/e (deleted)") && close(dir) == 0 && close(fd) == 0);
    CHECK(make("a", "a") == 0 && make("b", "b") == 0 && (fd = open("b", O_RDONLY)) >= 0 && rename("a", "b") == 0);
    CHECK(says(fd, here, "/b (deleted)") && close(fd) == 0 && close(text) == 0 && close(zero) == 0 && unlink("b") == 0);
    CHECK((fd = open("/", O_RDONLY)) >= 0 && says(fd, "", "/") && close(fd) == 0);
}

static void what_has_no_path_says_what_it_is(void)
{
    int p[2], fds[] = { epoll_create1(0), eventfd(0, 0), timerfd_create(CLOCK_MONOTONIC, 0), memfd_create("name", 0) };
    char expected[64];
    struct stat s, t;

    CHECK(pipe(p) == 0 && fstat(p[0], &s) == 0 && fstat(p[1], &t) == 0 && s.st_ino == t.st_ino && S_ISFIFO(s.st_mode) && s.st_nlink == 1);
    snprintf(expected, sizeof(expected), "pipe:[%lu]", (unsigned long)s.st_ino);
    CHECK(says(p[0], "", expected) && says(p[1], "", expected));
    CHECK(says(fds[0], "", "anon_inode:[eventpoll]") && says(fds[1], "", "anon_inode:[eventfd]"));
    CHECK(says(fds[2], "", "anon_inode:[timerfd]") && says(fds[3], "", "/memfd:name (deleted)"));
    for (int i = 0; i < 3; i++) FAILS(open(link_of(fds[i]), O_RDWR), ENXIO);
    for (int i = 0; i < 4; i++) CHECK(close(fds[i]) == 0);
    CHECK(close(p[0]) == 0 && close(p[1]) == 0);
}

/* Opened anew: another place, other flags, the same file. */
static void a_link_leads_to_what_is_open(void)
{
    int fd, again, dir, mem = memfd_create("m", 0);
    struct stat s, t;
    char c[12] = "";

    CHECK(make("f", "text") == 0 && (fd = open("f", O_RDONLY)) >= 0 && read(fd, c, 2) == 2);
    CHECK(unlink("f") == 0 && (again = open(link_of(fd), O_RDWR)) >= 0 && again != fd);
    CHECK(read(again, c, 4) == 4 && memcmp(c, "text", 4) == 0 && read(fd, c, 1) == 1 && c[0] == 'x');
    CHECK(stat(link_of(fd), &s) == 0 && fstat(again, &t) == 0 && s.st_ino == t.st_ino && S_ISREG(s.st_mode));
    CHECK(lstat(link_of(fd), &s) == 0 && s.st_mode == (S_IFLNK | 0500) && s.st_size == 64);
    CHECK(lstat(link_of(again), &s) == 0 && s.st_mode == (S_IFLNK | 0700));
    CHECK(truncate(link_of(fd), 1) == 0 && fstat(fd, &s) == 0 && s.st_size == 1 && close(again) == 0);
    CHECK(write(mem, "text", 4) == 4 && holds(link_of(mem), "text") && close(mem) == 0 && close(fd) == 0);

    CHECK(mkdir("d", 0755) == 0 && make("d/f", "text") == 0 && (dir = open("d", O_RDONLY)) >= 0);
    snprintf(c, sizeof(c), "%d", dir);
    CHECK(chdir("/proc/self/fd") == 0 && (again = open(c, O_RDONLY | O_DIRECTORY)) >= 0);
    CHECK(fchdir(dir) == 0 && holds("f", "text") && chdir("..") == 0 && close(again) == 0);
    CHECK(close(dir) == 0 && unlink("d/f") == 0 && rmdir("d") == 0);
}

static void a_path_leads_through_a_link(void)
{
    char path[64];
    int dir, f;

    CHECK(mkdir("d", 0755) == 0 && make("d/f", "text") == 0 && (dir = open("d", O_RDONLY)) >= 0);
    snprintf(path, sizeof(path), "/dev/fd/%d/f", dir);
    CHECK(holds(path, "text"));
    CHECK((f = open("d/f", O_RDONLY)) >= 0);
    snprintf(path, sizeof(path), "/dev/fd/%d/", f);
    FAILS(open(path, O_RDONLY), ENOTDIR);
    snprintf(path, sizeof(path), "/dev/fd/%d/f", f);
    FAILS(open(path, O_RDONLY), ENOTDIR);
    FAILS(open(link_of(f), O_RDONLY | O_NOFOLLOW), ELOOP);
    FAILS(open(link_of(f), O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    FAILS(open(link_of(f), O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK(close(dir) == 0 && close(f) == 0 && unlink("d/f") == 0 && rmdir("d") == 0);
}

struct open_as { unsigned long long flags, mode, resolve; };

static void one_may_refuse_such_links(void)
{
    struct open_as how = { O_RDONLY, 0, 2 };    /* RESOLVE_NO_MAGICLINKS */
    int fd = open("/proc/version", O_RDONLY);

    FAILS((int)syscall(SYS_openat2, AT_FDCWD, link_of(fd), &how, sizeof(how)), ELOOP);
    FAILS((int)syscall(SYS_openat2, AT_FDCWD, "/dev/fd/0/x", &how, sizeof(how)), ELOOP);
    how.resolve = 0;
    CHECK(close((int)syscall(SYS_openat2, AT_FDCWD, link_of(fd), &how, sizeof(how))) == 0);
    how.resolve = 2;
    CHECK(close((int)syscall(SYS_openat2, AT_FDCWD, "/proc/version", &how, sizeof(how))) == 0 && close(fd) == 0);
}

static void a_pipe_is_opened_anew(void)
{
    int p[2], r, w;
    char c;

    CHECK(pipe(p) == 0 && (w = open(link_of(p[0]), O_WRONLY)) >= 0 && write(w, "a", 1) == 1);
    CHECK(close(p[0]) == 0 && (r = open(link_of(p[1]), O_RDONLY)) >= 0 && read(r, &c, 1) == 1 && c == 'a');
    CHECK(close(p[1]) == 0 && write(w, "b", 1) == 1 && read(r, &c, 1) == 1 && c == 'b');
    CHECK(close(w) == 0 && read(r, &c, 1) == 0 && close(r) == 0);
}

static void the_folder_lists_what_is_open(void)
{
    DIR *d = opendir("/proc/self/fd");
    int fd = dup(0), last = fcntl(0, F_DUPFD, 200), found = 0, all = 0;
    struct stat s;
    char c;

    CHECK(d != NULL && fd > 0 && last >= 200 && stat("/proc/self/fd", &s) == 0 && s.st_mode == (S_IFDIR | 0500));
    for (struct dirent *e; (e = readdir(d)) != NULL; all++) {
        int n = atoi(e->d_name);

        if (e->d_name[0] == '.') continue;
        CHECK(e->d_type == DT_LNK && fcntl(n, F_GETFD) >= 0);
        found += n == fd || n == dirfd(d) || n == last;
    }
    CHECK(found == 3 && all >= 6 && closedir(d) == 0 && close(fd) == 0 && close(last) == 0);
    FAILS(readlink(link_of(last), &c, 1), ENOENT);
    FAILS(open(link_of(last), O_RDONLY), ENOENT);
    FAILS(open("/proc/self/fd/00", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/fd/+0", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/fd/x", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/fd/4294967296", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/fd/99999999999999999999999", O_RDONLY), ENOENT);
    FAILS(readlink("/proc/self/fd/0", BAD, 10), EFAULT);
    CHECK(readlink("/proc/self/fd/0", &c, 1) == 1 && c == '/');
    CHECK(unlink("/proc/self/fd/0") == -1 && symlink("x", "/proc/self/fd/x") == -1);
}

static void a_terminal_has_a_name(void)
{
    char name[64], small[4];
    int fd = open("/dev/null", O_RDWR), tty = open("/dev/console", O_RDWR);

    CHECK(isatty(tty) && ttyname(tty) != NULL && strcmp(ttyname(tty), "/dev/console") == 0);
    CHECK(ttyname_r(tty, name, sizeof(name)) == 0 && strcmp(name, "/dev/console") == 0);
    CHECK(ttyname_r(tty, small, sizeof(small)) == ERANGE && ttyname_r(fd, name, sizeof(name)) == ENOTTY);
    CHECK(ttyname_r(-1, name, sizeof(name)) == EBADF && ttyname(fd) == NULL && close(fd) == 0 && close(tty) == 0);
}

const struct test descriptor_link_tests[] = {
    { "what_is_open_says_its_path", what_is_open_says_its_path },
    { "what_has_no_path_says_what_it_is", what_has_no_path_says_what_it_is },
    { "a_link_leads_to_what_is_open", a_link_leads_to_what_is_open },
    { "a_path_leads_through_a_link", a_path_leads_through_a_link },
    { "one_may_refuse_such_links", one_may_refuse_such_links },
    { "a_pipe_is_opened_anew", a_pipe_is_opened_anew },
    { "the_folder_lists_what_is_open", the_folder_lists_what_is_open },
    { "a_terminal_has_a_name", a_terminal_has_a_name },
    { 0 },
};
