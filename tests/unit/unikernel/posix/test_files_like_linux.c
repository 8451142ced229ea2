/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* Any calls in any order, done here and by the host's kernel: every result is the same. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/folder.h"
#include "tests/unit/unikernel/fake/files.h"
#include "lib/err.h"

#define STEPS 40000
#define FDS   12

static long fds_here[FDS], fds_there[FDS];
static char said[512];

/* Results of the host as the kernel gives them. */
static long there(long result) { return result < 0 ? -errno : result; }

static const char *any(const char *const *list, size_t n) { return list[(size_t)rand() % n]; }
#define ANY(list) any(list, ARRAY_LEN(list))

static const char *some_path(char *out)
{
    static const char *const parts[] = { "a", "b", "c", "d", "l", "m", ".", "..", "a", "b", "l" };
    static const char *const odd[] = { "",   "a/",  "b//",  "l/",    "./",  ".",
                                       "..", "a/.", "l/..", "m/./a", "d//c" };
    static char tall[300];
    int n = rand() % 3;

    memset(tall, 'x', 256 + 1 - (size_t)(rand() % 2));
    if (rand() % 200 == 0) return tall;
    if (rand() % 8 == 0) return strcpy(out, ANY(odd));
    strcpy(out, ANY(parts));
    while (n-- > 0) strcat(strcat(out, "/"), ANY(parts));
    return out;
}

static const char *some_target(void)
{
    static const char *const targets[] = { "a", "b",      "c/d",     "./a", "m",
                                           "l", "a/../b", "nothing", "d/",  "." };

    return ANY(targets);
}

static void same(long here, long host, const char *what, const char *a, const char *b, long n)
{
    snprintf(said, sizeof(said), "%s %.40s %.40s %lx: %ld here, %ld there", what, a, b,
             (unsigned long)n, here, host);
    /* Of two mistakes in one call either may be told. */
    if (here == -ENAMETOOLONG || host == -ENAMETOOLONG) assert_true(here < 0 && host < 0);
    else if (here != host) fail_msg("%s", said);
}

static int translate(int flags)
{
    return flags;                   /* the host's ABI is the one tested with */
}

static void open_both(const char *path)
{
    static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
    static const int more[] = { 0,
                                0,
                                O_CREAT,
                                O_CREAT,
                                O_CREAT | O_EXCL,
                                O_TRUNC,
                                O_APPEND,
                                O_NOFOLLOW,
                                O_DIRECTORY,
                                O_CREAT | O_TRUNC,
                                O_CREAT | O_NOFOLLOW,
                                O_CREAT | O_APPEND };
    int flags = translate(modes[rand() % 3] | more[(size_t)rand() % ARRAY_LEN(more)]),
        i = rand() % FDS;
    long here, host;

    same(close_it(fds_here[i]), there(close((int)fds_there[i])), "close", "", "", i);
    here = open_it(path, flags);
    host = there(open(path, flags, 0666));
    same(here < 0 ? here : 0, host < 0 ? host : 0, "open", path, "", flags);
    fds_here[i] = here < 0 ? 999 : here;
    fds_there[i] = host < 0 ? 999 : host;
}

static void move_data(int i)
{
    static char a[20000], b[20000];
    size_t n = (size_t)rand() % (rand() % 4 ? 100 : sizeof(a));
    long at = rand() % (rand() % 4 ? 200 : 100000), whence = rand() % 6, here, host;

    switch (rand() % 7) {
    case 0:
        memset(a, rand(), n);
        same(write_it(fds_here[i], a, n), there(write((int)fds_there[i], a, n)), "write", "", "",
             (long)n);
        break;
    case 1:
        here = read_it(fds_here[i], a, n);
        host = there(read((int)fds_there[i], b, n));
        same(here, host, "read", "", "", (long)n);
        if (here > 0) assert_memory_equal(a, b, (size_t)here);
        break;
    case 2:
        memset(a, rand(), n);
        same(sys_pwrite64(fds_here[i], (long)a, (long)n, at, 0, 0),
             there(pwrite((int)fds_there[i], a, n, at)), "pwrite", "", "", at);
        break;
    case 3:
        here = sys_pread64(fds_here[i], (long)a, (long)n, at, 0, 0);
        host = there(pread((int)fds_there[i], b, n, at));
        same(here, host, "pread", "", "", at);
        if (here > 0) assert_memory_equal(a, b, (size_t)here);
        break;
    case 4:
        if (whence == 3 || whence == 4)
            break; /* which holes there are depends on the file system */
        at -= 100;
        /* Where a directory's reading goes on is the file system's own number. */
        if (syscall(SYS_lseek, (int)fds_there[i], 0, 1) >= 0) {
            struct stat s;

            if (fstat((int)fds_there[i], &s) == 0 && S_ISDIR(s.st_mode)) break;
        }
        same(seek_it(fds_here[i], at, whence), there(lseek((int)fds_there[i], at, (int)whence)),
             "seek", "", "", whence);
        break;
    default:
        same(sys_ftruncate(fds_here[i], at - 1, 0, 0, 0, 0),
             there(ftruncate((int)fds_there[i], at - 1)), "ftruncate", "", "", at);
        break;
    }
}

static void stat_both(const char *path, bool follow)
{
    struct linux_stat a;
    struct stat b;
    int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    long here = stat_it(path, &a, flags), host = there(fstatat(AT_FDCWD, path, &b, flags));

    same(here, host, "stat", path, "", flags);
    if (here != 0) return;
    same(a.mode, b.st_mode, "mode of", path, "", flags);
    if (S_ISDIR(b.st_mode)) return;
    same(a.size, b.st_size, "size of", path, "", flags);
    same((long)a.links, (long)b.st_nlink, "links of", path, "", flags);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names in a directory, sorted, in as small pieces as the calls take. */
static long names_of(long fd, bool host, char *out)
{
    static char all[4096], *list[64];
    char *to = all;
    unsigned count = 0;
    long n;

    for (;;) {
        uint64_t piece[40];

        n = host ? there(syscall(SYS_getdents64, fd, piece, sizeof(piece)))
                 : sys_getdents64(fd, (long)piece, sizeof(piece), 0, 0, 0);
        if (n <= 0) break;
        for (long at = 0; at < n;) {
            const struct linux_dirent *e = (const void *)((char *)piece + at);

            list[count++] = to;
            to += sprintf(to, "%s:%d", e->name, e->type) + 1;
            at += e->len;
        }
    }
    if (n < 0) return n;
    qsort(list, count, sizeof(*list), by_name);
    *out = '\0';
    for (unsigned i = 0; i < count; i++) strcat(strcat(out, list[i]), " ");
    return 0;
}

static void list_both(const char *path)
{
    static char a[4096], b[4096];
    long here = open_it(path, O_RDONLY), host = there(open(path, O_RDONLY | O_NONBLOCK));

    same(here < 0 ? here : 0, host < 0 ? host : 0, "open", path, "", 0);
    if (here < 0) return;
    same(names_of(here, false, a), names_of(host, true, b), "getdents", path, "", 0);
    assert_string_equal(a, b);
    close_it(here);
    close((int)host);
}

static void change_names(void)
{
    char p[300], q[300], a[300] = "", b[300] = "";
    const char *from = some_path(p), *to, *target = some_target();
    unsigned flags = rand() % 3 ? 0 : (unsigned)rand() % 4;
    long size = rand() % 3 * 3000 - 1;

    if (from != p) from = strcpy(p, from);
    to = some_path(q);
    switch (rand() % 12) {
    case 0:
    case 1: same(mkdir_it(from), there(mkdir(from, 0777)), "mkdir", from, "", 0); break;
    case 2: same(rmdir_it(from), there(rmdir(from)), "rmdir", from, "", 0); break;
    case 3: same(unlink_it(from), there(unlink(from)), "unlink", from, "", 0); break;
    case 4:
    case 5:
    case 6:
        same(rename_it(from, to, flags),
             there(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags)), "rename", from, to,
             flags);
        break;
    case 7: same(link_it(from, to), there(link(from, to)), "link", from, to, 0); break;
    case 8:
        same(symlink_it(target, from), there(symlink(target, from)), "symlink", target, from, 0);
        break;
    case 9:
        same(sys_readlinkat(CWD, (long)from, (long)a, 250, 0, 0), there(readlink(from, b, 250)),
             "readlink", from, "", 0);
        assert_string_equal(a, b);
        break;
    case 10:
        same(sys_truncate((long)from, size, 0, 0, 0, 0), there(truncate(from, size)), "truncate",
             from, "", size);
        break;
    default:
        same(sys_faccessat(CWD, (long)from, flags, 0, 0, 0),
             there(syscall(SYS_faccessat, AT_FDCWD, from, flags)), "access", from, "", flags);
        break;
    }
}

static void every_result_is_the_hosts(void **state)
{
    char path[300];
    unsigned seed = getenv("SEED") != NULL ? (unsigned)atoi(getenv("SEED")) : 1;

    srand(seed);
    umask(0);
    sys_umask(0, 0, 0, 0, 0, 0);
    for (int i = 0; i < FDS; i++) fds_here[i] = fds_there[i] = 999;
    for (int i = 0; i < 30; i++) {          /* so deep that no ".." leads out */
        assert_int_equal(mkdir_it("deep"), there(mkdir("deep", 0777)));
        assert_int_equal(sys_chdir((long)"deep", 0, 0, 0, 0, 0), there(chdir("deep")));
    }
    for (int i = 0; i < STEPS; i++) {
        switch (rand() % 8) {
        case 0: open_both(some_path(path)); break;
        case 1: stat_both(some_path(path), rand() % 2); break;
        case 2: list_both(some_path(path)); break;
        case 3:
        case 4: move_data(rand() % FDS); break;
        default: change_names(); break;
        }
    }
}

static int in_folder(void **state)
{
    files_begin(4096, 4096);
    return folder_make(state) != 0 || chdir(folder) != 0;
}

static int out_of_folder(void **state)
{
    return chdir("/tmp") != 0 || folder_remove(state) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_result_is_the_hosts, in_folder, out_of_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
