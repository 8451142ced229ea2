/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include <sys/syscall.h>

/* Not every libc has it. */
#define NOREPLACE 1
#define EXCHANGE  2
static int move(const char *from, const char *to, int flags)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void folders_come_and_go(void)
{
    struct stat s;

    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0700) == 0);
    CHECK(stat("d/e", &s) == 0 && s.st_mode == (S_IFDIR | 0700) && s.st_nlink == 2);
    CHECK(stat("d", &s) == 0 && s.st_nlink == 3);
    FAILS(mkdir("d", 0755), EEXIST);
    FAILS(mkdir("d/x/y", 0755), ENOENT);
    FAILS(rmdir("d"), ENOTEMPTY);
    FAILS(rmdir("d/."), EINVAL);
    FAILS(rmdir("d/e/.."), ENOTEMPTY);
    FAILS(rmdir("/"), EBUSY);
    FAILS(unlink("d"), EISDIR);
    CHECK(make("f", "") == 0);
    FAILS(rmdir("f"), ENOTDIR);
    FAILS(mkdir("f/x", 0755), ENOTDIR);
    CHECK(mkdir("d/slash/", 0755) == 0 && rmdir("d/slash//") == 0);
    CHECK(rmdir("d/e/") == 0 && rmdir("d") == 0);
    FAILS(rmdir("d"), ENOENT);
}

static void paths_are_walked_as_posix_says(void)
{
    static char name[300], deep[5000];

    CHECK(mkdir("d", 0755) == 0 && make("d/f", "x") == 0);
    CHECK(holds("./d/../d//./f", "x") && holds("d/./././f", "x") && exists("/../../tmp/test/d"));
    FAILS(open("d/f/", O_RDONLY), ENOTDIR);
    FAILS(open("d/f/.", O_RDONLY), ENOTDIR);
    FAILS(open("d/f/..", O_RDONLY), ENOTDIR);
    FAILS(open("", O_RDONLY), ENOENT);
    FAILS(open("d/new/", O_RDWR | O_CREAT, 0644), EISDIR);
    FAILS(open("none/new", O_RDWR | O_CREAT, 0644), ENOENT);
    FAILS(open(BAD, O_RDONLY), EFAULT);
    FAILS(open("d/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
    memset(name, 'n', 255);
    CHECK(make(name, "long") == 0 && holds(name, "long"));
    name[255] = 'n';
    FAILS(open(name, O_RDWR | O_CREAT, 0644), ENAMETOOLONG);
    memset(deep, '/', 4094);
    strcpy(deep + 4094, ".");
    CHECK(exists(deep));
    strcpy(deep + 4094, "./");
    FAILS(open(deep, O_RDONLY), ENAMETOOLONG);
}

static void links_lead_on(void)
{
    char text[100], name[20], target[20];
    struct stat s;

    CHECK(mkdir("d", 0755) == 0 && make("d/f", "x") == 0);
    CHECK(symlink("d", "l") == 0 && symlink("../d/f", "d/m") == 0 &&
          symlink("/tmp/test/l/m", "n") == 0);
    CHECK(holds("l/f", "x") && holds("l/m", "x") && holds("n", "x"));
    CHECK(lstat("n", &s) == 0 && S_ISLNK(s.st_mode) && s.st_size == 13 && stat("n", &s) == 0 &&
          S_ISREG(s.st_mode));
    CHECK(lstat("l/", &s) == 0 && S_ISDIR(s.st_mode));
    CHECK(readlink("n", text, sizeof(text)) == 13 && memcmp(text, "/tmp/test/l/m", 13) == 0);
    CHECK(readlink("n", text, 4) == 4);
    FAILS(readlink("d/f", text, 4), EINVAL);
    FAILS(readlink("n", BAD, 4), EFAULT);
    FAILS(open("n", O_RDONLY | O_NOFOLLOW), ELOOP);
    FAILS(symlink("x", "n"), EEXIST);
    FAILS(symlink("", "o"), ENOENT);
    FAILS(open("n", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK(symlink("new", "dangling") == 0);
    FAILS(open("dangling", O_RDONLY), ENOENT);
    CHECK(make("dangling", "made") == 0 && holds("new", "made"));
    CHECK(symlink("loop", "loop") == 0);
    FAILS(open("loop", O_RDONLY), ELOOP);
    CHECK(unlink("loop") == 0 && unlink("l") == 0 && holds("d/f", "x"));
    CHECK(symlink("d/f", "s0") == 0);
    for (int i = 1; i <= 40; i++) {
        sprintf(name, "s%d", i);
        sprintf(target, "s%d", i - 1);
        CHECK(symlink(target, name) == 0);
    }
    CHECK(holds("s39", "x"));       /* 40 of them */
    FAILS(open("s40", O_RDONLY), ELOOP);
}

static void a_file_lives_as_long_as_it_has_a_name_or_a_user(void)
{
    char got[8];
    struct stat s;
    int fd;

    CHECK(make("a", "data") == 0 && link("a", "b") == 0 && link("b", "c") == 0);
    CHECK(stat("a", &s) == 0 && s.st_nlink == 3);
    CHECK(unlink("a") == 0 && holds("b", "data") && make("b", "new") == 0 && holds("c", "new"));
    FAILS(link("b", "c"), EEXIST);
    FAILS(link("none", "d"), ENOENT);
    FAILS(link(".", "d"), EPERM);
    CHECK(symlink("b", "s") == 0 && link("s", "t") == 0 && lstat("t", &s) == 0 &&
          S_ISLNK(s.st_mode) && s.st_nlink == 2);
    CHECK(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW) == 0 && lstat("u", &s) == 0 &&
          S_ISREG(s.st_mode));
    CHECK(unlink("u") == 0);
    fd = open("b", O_RDWR);
    CHECK(unlink("b") == 0 && unlink("c") == 0);
    FAILS(unlink("c"), ENOENT);
    CHECK(fstat(fd, &s) == 0 && s.st_nlink == 0);
    CHECK(write(fd, "still", 5) == 5 && pread(fd, got, 8, 0) == 5 && memcmp(got, "still", 5) == 0);
    CHECK(close(fd) == 0);
}

static void renaming_moves_and_replaces(void)
{
    struct stat s;

    CHECK(make("a", "a") == 0 && make("b", "b") == 0 && mkdir("d", 0755) == 0 &&
          mkdir("e", 0755) == 0 && make("e/f", "f") == 0);
    CHECK(rename("a", "b") == 0 && !exists("a") && holds("b", "a"));
    CHECK(rename("b", "d/c") == 0 && holds("d/c", "a") && rename("d/c", "d/c") == 0);
    FAILS(rename("none", "x"), ENOENT);
    FAILS(rename("d/c", "e"), EISDIR);
    FAILS(rename("e", "d/c"), ENOTDIR);
    FAILS(rename("d", "e"), ENOTEMPTY);
    FAILS(rename("d", "d/x"), EINVAL);
    FAILS(rename("d/c", "x/"), ENOTDIR);
    FAILS(rename("d/.", "x"), EBUSY);
    FAILS(rename("d", ".."), EBUSY);
    CHECK(mkdir("empty", 0755) == 0 && rename("e", "empty") == 0 && holds("empty/f", "f"));
    CHECK(rename("empty", "d/e") == 0 && holds("d/e/../e/f", "f"));
    CHECK(stat("d", &s) == 0 && s.st_nlink == 3);
    FAILS(rename("d", "d/e/d"), EINVAL);
    CHECK(link("d/c", "hard") == 0 && rename("d/c", "hard") == 0 && exists("d/c") &&
          exists("hard"));
    CHECK(make("p", "p") == 0 && make("q", "q") == 0);
    FAILS(move("p", "q", NOREPLACE), EEXIST);
    CHECK(move("p", "q", EXCHANGE) == 0 && holds("p", "q") && holds("q", "p"));
    CHECK(move("p", "d/e", EXCHANGE) == 0 && holds("p/f", "f") && holds("d/e", "q"));
    FAILS(move("p", "none", EXCHANGE), ENOENT);
    FAILS(move("p", "q", EXCHANGE | NOREPLACE), EINVAL);
}

static void paths_may_start_at_a_folder(void)
{
    int dir, file;

    CHECK(mkdir("d", 0755) == 0);
    dir = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(mkdirat(dir, "e", 0755) == 0 && exists("d/e"));
    file = openat(dir, "e/f", O_RDWR | O_CREAT, 0644);
    CHECK(file >= 0 && exists("d/e/f"));
    CHECK(symlinkat("e/f", dir, "l") == 0 && faccessat(dir, "l", R_OK, 0) == 0);
    CHECK(renameat(dir, "e/f", AT_FDCWD, "f") == 0 && linkat(AT_FDCWD, "f", dir, "g", 0) == 0 &&
          exists("d/g"));
    CHECK(unlinkat(dir, "g", 0) == 0 && unlinkat(dir, "e", AT_REMOVEDIR) == 0 && !exists("d/e"));
    CHECK(openat(-1, "/tmp/test/d/none", O_RDONLY) == -1 && errno == ENOENT);
    FAILS(openat(-1, "f", O_RDONLY), EBADF);
    FAILS(openat(file, "f", O_RDONLY), ENOTDIR);
    FAILS(unlinkat(dir, "l", 1), EINVAL);
    CHECK(close(file) == 0 && close(dir) == 0);
}

const struct test name_tests[] = {
    { "folders_come_and_go", folders_come_and_go },
    { "paths_are_walked_as_posix_says", paths_are_walked_as_posix_says },
    { "links_lead_on", links_lead_on },
    { "a_file_lives_as_long_as_it_has_a_name_or_a_user",
      a_file_lives_as_long_as_it_has_a_name_or_a_user },
    { "renaming_moves_and_replaces", renaming_moves_and_replaces },
    { "paths_may_start_at_a_folder", paths_may_start_at_a_folder },
    { 0 },
};
