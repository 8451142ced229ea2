/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of every length and form */
#include "devices.h"
#include <limits.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static void names_have_255_bytes_at_most(void)
{
    char name[300];

    memset(name, 'n', sizeof(name));
    name[255] = '\0';
    CHECK(make(name, "text") == 0 && holds(name, "text") && link(name, "short") == 0);
    CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0 && mkdir(name, 0755) == 0 && chdir(name) == 0);
    CHECK(mkdir(name, 0755) == 0 && rmdir(name) == 0 && chdir("../..") == 0);
    name[255] = 'n';
    name[256] = '\0';
    FAILS(open(name, O_RDONLY), ENAMETOOLONG);
    FAILS(open(name, O_RDWR | O_CREAT, 0644), ENAMETOOLONG);
    FAILS(mkdir(name, 0755), ENAMETOOLONG);
    FAILS(symlink("x", name), ENAMETOOLONG);
    FAILS(link("short", name), ENAMETOOLONG);
    FAILS(rename("short", name), ENAMETOOLONG);
    FAILS(unlink(name), ENAMETOOLONG);
    FAILS(rmdir(name), ENAMETOOLONG);
    FAILS(truncate(name, 0), ENAMETOOLONG);
    memcpy(name + 256, "/..", 4);
    FAILS(open(name, O_RDONLY), ENAMETOOLONG);
}

/* "././././f", of so many bytes without the end. */
static char *path_of(size_t len, const char *end)
{
    static char path[2 * PATH_MAX];
    size_t dots = len - strlen(end);

    for (size_t i = 0; i < dots; i++) path[i] = i % 2 == 0 && i + 1 < dots ? '.' : '/';
    strcpy(path + dots, end);
    return path;
}

static void paths_have_4095_bytes_at_most(void)
{
    char target[PATH_MAX + 1];

    CHECK(make("f", "text") == 0 && symlink("f", "l") == 0);
    for (size_t len = PATH_MAX - 4; len < PATH_MAX; len++) {
        CHECK(holds(path_of(len, "f"), "text") && access(path_of(len, "l"), F_OK) == 0);
        FAILS(open(path_of(len, "none"), O_RDONLY), ENOENT);
    }
    for (size_t len = PATH_MAX; len < PATH_MAX + 4; len++) {
        FAILS(open(path_of(len, "f"), O_RDONLY), ENAMETOOLONG);
        FAILS(mkdir(path_of(len, "d"), 0755), ENAMETOOLONG);
        FAILS(rename("f", path_of(len, "g")), ENAMETOOLONG);
        FAILS(rename(path_of(len, "f"), "g"), ENAMETOOLONG);
        FAILS(symlink(path_of(len, "f"), "s"), ENAMETOOLONG);
        FAILS(chdir(path_of(len, "")), ENAMETOOLONG);
    }
    CHECK(symlink(path_of(PATH_MAX - 1, "f"), "long") == 0 && holds("long", "text"));
    CHECK(readlink("long", target, sizeof(target)) == PATH_MAX - 1);
    CHECK(readlink("long", target, 5) == 5);
}

/* The end of a path is the last that is looked at. */
static void a_path_ends_with_its_memory(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *at = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(at != MAP_FAILED && munmap(at + 2 * page, page) == 0);
    for (size_t len = 1; len < 20; len++) {
        char *path = at + 2 * page - len - 1;

        memset(path, 'a', len);
        path[len] = '\0';
        CHECK(syscall(SYS_mkdirat, AT_FDCWD, path, 0755) == 0);
        path[len] = 'a';
        FAILS(syscall(SYS_mkdirat, AT_FDCWD, path, 0755), EFAULT);
    }
    FAILS(syscall(SYS_openat, AT_FDCWD, NULL, 0), EFAULT);
    FAILS(syscall(SYS_openat, AT_FDCWD, -1L, 0), EFAULT);
    CHECK(munmap(at, 2 * page) == 0);
}

static void dots_and_slashes_lead_where_they_should(void)
{
    static const char *const same[] = {
        "d/f",           "d//f",          "d/./f",           "./d/f",
        ".//d///.//f",   "d/../d/f",      "d/e/../f",        "d/e/../../d/f",
        "../test/d/f",   "/tmp/test/d/f", "//tmp//test/d/f", "/../../tmp/test/d/f",
        "l/f",           "l//f",          "l/./f",           "l/e/../f",
        "d/e/../../l/f",
    };
    static const char *const no_folder[] = {
        "d/f/", "d/f//", "d/f/.", "d/f/..", "d/f/../f", "d/f/x"
    };

    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 && make("d/f", "text") == 0 &&
          symlink("d", "l") == 0);
    for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) CHECK(holds(same[i], "text"));
    for (unsigned i = 0; i < sizeof(no_folder) / sizeof(no_folder[0]); i++) {
        FAILS(open(no_folder[i], O_RDONLY), ENOTDIR);
    }
    FAILS(open("", O_RDONLY), ENOENT);
    FAILS(open("d/none/../f", O_RDONLY), ENOENT);
    FAILS(rmdir("d/e/."), EINVAL);
    FAILS(rmdir("d/e/.."), ENOTEMPTY);
    FAILS(mkdir("d/e/.", 0755), EEXIST);
    FAILS(mkdir("d/e/..", 0755), EEXIST);
    FAILS(mkdir("/", 0755), EEXIST);
    FAILS(unlink("d/f/"), ENOTDIR);
    FAILS(open("new/", O_RDWR | O_CREAT, 0644), EISDIR);
    CHECK(mkdir("d/new///", 0755) == 0 && rmdir("d/new//") == 0);
}

static void loops_of_links_are_told(void)
{
    char from[16], to[16];

    CHECK(symlink("self", "self") == 0 && symlink("b", "a") == 0 && symlink("a", "b") == 0);
    CHECK(symlink("grow/x", "grow") == 0 && make("f", "text") == 0 && symlink("f", "l0") == 0);
    FAILS(open("self", O_RDONLY), ELOOP);
    FAILS(open("a", O_RDWR | O_CREAT, 0644), ELOOP);
    FAILS(open("b/x", O_RDONLY), ELOOP);
    CHECK(open("grow", O_RDONLY) == -1 && (errno == ELOOP || errno == ENAMETOOLONG));
    for (int i = 1; i < 41; i++) {
        snprintf(from, sizeof(from), "l%d", i);
        snprintf(to, sizeof(to), "l%d", i - 1);
        CHECK(symlink(to, from) == 0);
    }
    CHECK(holds("l39", "text")); /* 40 links */
    FAILS(open("l40", O_RDONLY), ELOOP);
    CHECK(symlink("nothing", "dangling") == 0 && access("dangling", F_OK) == -1 && errno == ENOENT);
    FAILS(open("dangling", O_RDONLY | O_NOFOLLOW), ELOOP);
    FAILS(symlink("", "empty"), ENOENT);
}

const struct test path_tests[] = {
    { "names_have_255_bytes_at_most", names_have_255_bytes_at_most },
    { "paths_have_4095_bytes_at_most", paths_have_4095_bytes_at_most },
    { "a_path_ends_with_its_memory", a_path_ends_with_its_memory },
    { "dots_and_slashes_lead_where_they_should", dots_and_slashes_lead_where_they_should },
    { "loops_of_links_are_told", loops_of_links_are_told },
    { 0 },
};
