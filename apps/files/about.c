/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>

static void a_file_tells_what_it_is(void)
{
    struct stat s, t;
    int fd;

    (void)umask(022);
    fd = open("f", O_RDWR | O_CREAT, 0666);
    CHECK(write(fd, "12345", 5) == 5 && fstat(fd, &s) == 0);
    CHECK(s.st_mode == (S_IFREG | 0644) && s.st_size == 5 && s.st_nlink == 1 && s.st_uid == 0 &&
          s.st_gid == 0);
    CHECK(s.st_blksize == 4096 && s.st_blocks > 0 && s.st_ino != 0);
    CHECK(stat("f", &t) == 0 && t.st_ino == s.st_ino && t.st_dev == s.st_dev);
    CHECK(fstatat(fd, "", &t, AT_EMPTY_PATH) == 0 && t.st_ino == s.st_ino);
    CHECK(stat(".", &t) == 0 && t.st_ino != s.st_ino && t.st_dev == s.st_dev);
    FAILS(stat("none", &t), ENOENT);
    FAILS(stat("", &t), ENOENT);
    FAILS(syscall(SYS_newfstatat, AT_FDCWD, "f", BAD, 0), EFAULT);
    FAILS(stat("f/", &t), ENOTDIR);
    FAILS(fstatat(AT_FDCWD, "f", &t, 0x10000000), EINVAL);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    sync();
    CHECK(close(fd) == 0);
}

static void rights_and_owners_are_kept(void)
{
    struct stat s;
    int fd;

    CHECK(umask(077) == 022 && umask(022) == 077);
    CHECK(make("f", "") == 0 && chmod("f", 04751) == 0 && stat("f", &s) == 0 &&
          s.st_mode == (S_IFREG | 04751));
    fd = open("f", O_RDONLY);
    CHECK(fchmod(fd, 0600) == 0 && fchown(fd, 7, -1) == 0 && fstat(fd, &s) == 0 &&
          s.st_mode == (S_IFREG | 0600));
    CHECK(s.st_uid == 7 && s.st_gid == 0 && chown("f", -1, 8) == 0 && stat("f", &s) == 0 &&
          s.st_uid == 7 && s.st_gid == 8);
    CHECK(symlink("f", "l") == 0 && lchown("l", 1, 2) == 0 && lstat("l", &s) == 0 && s.st_uid == 1);
    CHECK(close(fd) == 0);
    CHECK(access("f", F_OK) == 0 && access("f", R_OK | W_OK) == 0);
    FAILS(access("f", X_OK), EACCES);
    CHECK(chmod("f", 0100) == 0 && access("f", X_OK) == 0 && access(".", X_OK) == 0);
    FAILS(access("f", 8), EINVAL);
    FAILS(access("none", F_OK), ENOENT);
    FAILS(chmod("none", 0), ENOENT);
}

static void times_are_kept_and_set(void)
{
    struct timespec t[2] = { { 100, 5 }, { -5, 999999999 } },
                    wrong[2] = { { 0, 1000000000 }, { 0, 0 } };
    struct stat s, was;
    int fd;

    CHECK(make("f", "") == 0 && utimensat(AT_FDCWD, "f", t, 0) == 0 && stat("f", &s) == 0);
    CHECK(s.st_atim.tv_sec == 100 && s.st_atim.tv_nsec == 5 && s.st_mtim.tv_sec == -5 &&
          s.st_mtim.tv_nsec == 999999999);
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_nsec = UTIME_NOW;
    fd = open("f", O_RDWR);
    CHECK(futimens(fd, t) == 0 && fstat(fd, &s) == 0 && s.st_atim.tv_sec == 100 &&
          s.st_mtim.tv_sec != -5);
    FAILS(utimensat(AT_FDCWD, "f", wrong, 0), EINVAL);
    FAILS(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
    t[1] = (struct timespec){ 1, 1 };
    CHECK(futimens(fd, t) == 0 && write(fd, "x", 1) == 1 && fstat(fd, &s) == 0 &&
          s.st_mtim.tv_sec != 1);
    CHECK(close(fd) == 0);
    CHECK(utimensat(AT_FDCWD, ".", t, 0) == 0 && stat(".", &was) == 0 && was.st_mtim.tv_sec == 1);
    CHECK(make("g", "") == 0 && stat(".", &s) == 0 && s.st_mtim.tv_sec != 1);
    CHECK(symlink("f", "l") == 0 && utimensat(AT_FDCWD, "l", t, AT_SYMLINK_NOFOLLOW) == 0 &&
          lstat("l", &s) == 0 && s.st_mtim.tv_sec == 1);
}

static void a_folder_lists_what_is_in_it(void)
{
    char name[20];
    unsigned found[300] = { 0 }, dots = 0, others = 0, n;
    struct dirent *e;
    DIR *d;
    long at = 0;

    for (unsigned i = 0; i < 300; i++) {
        sprintf(name, "f%u", i);
        CHECK(i % 3 == 0 ? mkdir(name, 0755) == 0 : make(name, "") == 0);
    }
    CHECK(unlink("f100") == 0);
    d = opendir(".");
    CHECK(d != NULL);
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.') dots++;
        else if (sscanf(e->d_name, "f%u", &n) == 1 && n < 300) {
            found[n]++;
            if (e->d_type != (n % 3 == 0 ? DT_DIR : DT_REG)) others++;
        } else others++;
        if (strcmp(e->d_name, "f200") == 0) at = telldir(d);
        /* What is removed behind the reader is in nobody's way. */
        if (e->d_name[0] == 'f' && n % 5 == 1)
            CHECK(unlinkat(AT_FDCWD, e->d_name, n % 3 == 0 ? AT_REMOVEDIR : 0) == 0);
    }
    for (unsigned i = 0; i < 300; i++) CHECK(found[i] == (i != 100));
    CHECK(dots == 2 && others == 0);
    seekdir(d, at);
    rewinddir(d);
    for (n = 0; readdir(d) != NULL; n++) { }
    CHECK(n == 299 - 60 + 2);
    CHECK(closedir(d) == 0);
    CHECK(opendir("f1x") == NULL && errno == ENOENT);
    CHECK(make("file", "") == 0 && opendir("file") == NULL && errno == ENOTDIR);
}

static void one_knows_where_one_is(void)
{
    char got[PATH_MAX];
    int here = open(".", O_RDONLY | O_DIRECTORY);

    CHECK(getcwd(got, sizeof(got)) == got && strcmp(got, "/tmp/test") == 0);
    CHECK(getcwd(got, 9) == NULL && errno == ERANGE);
    CHECK(getcwd(BAD, 100) == NULL && errno == EFAULT);
    CHECK(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && chdir("a/b") == 0 &&
          make("f", "x") == 0);
    CHECK(getcwd(got, sizeof(got)) == got && strcmp(got, "/tmp/test/a/b") == 0 &&
          holds("../b/f", "x"));
    CHECK(rename("../../a", "../../c") == 0 && getcwd(got, sizeof(got)) &&
          strcmp(got, "/tmp/test/c/b") == 0);
    FAILS(chdir("f"), ENOTDIR);
    FAILS(chdir("none"), ENOENT);
    FAILS(chdir(BAD), EFAULT);
    CHECK(unlink("f") == 0 && rmdir("../b") == 0);
    CHECK(getcwd(got, sizeof(got)) == NULL && errno == ENOENT);
    FAILS(open("f", O_RDWR | O_CREAT, 0644), ENOENT);
    FAILS(mkdir("d", 0755), ENOENT);
    CHECK(chdir("..") == 0 && getcwd(got, sizeof(got)) && strcmp(got, "/tmp/test/c") == 0);
    CHECK(chdir("/") == 0 && getcwd(got, sizeof(got)) && strcmp(got, "/") == 0);
    CHECK(fchdir(here) == 0 && getcwd(got, sizeof(got)) && strcmp(got, "/tmp/test") == 0);
    CHECK(realpath("c/../c/.", got) == got && strcmp(got, "/tmp/test/c") == 0);
    CHECK(close(here) == 0);
}

const struct test about_tests[] = {
    { "a_file_tells_what_it_is", a_file_tells_what_it_is },
    { "rights_and_owners_are_kept", rights_and_owners_are_kept },
    { "times_are_kept_and_set", times_are_kept_and_set },
    { "a_folder_lists_what_is_in_it", a_folder_lists_what_is_in_it },
    { "one_knows_where_one_is", one_knows_where_one_is },
    { 0 },
};
