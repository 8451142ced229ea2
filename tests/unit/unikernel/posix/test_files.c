/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* What a program on Linux cannot be asked: memory that is short or lost, and the ends of our
 * tables. What calls do is asked by test_files_like_linux.c and apps/files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/fs/pool.h"
#include "lib/err.h"

#define PAGES 200
#define NAMES 3000
#define CREATE (LINUX_O_RDWR | LINUX_O_CREAT)

static char block[64 * 1024];

static int setup(void **state)
{
    files_begin(PAGES, NAMES);
    return 0;
}

static int teardown(void **state)
{
    files_end();
    return 0;
}

static void a_full_file_system_says_so_and_gives_all_back(void **state)
{
    uint64_t before = files_pages();
    long fd = open_it("full", CREATE), n, total = 0;
    struct linux_stat s;

    while ((n = write_it(fd, block, sizeof(block))) > 0) total += n;
    assert_int_equal(n, -ENOSPC);
    assert_in_range(total, (PAGES - 4) * 4096, PAGES * 4096);
    assert_int_equal(stat_it("full", &s, 0), 0);
    assert_int_equal(s.size, total);
    assert_int_equal(s.blocks, total / 512);
    assert_int_equal(symlink_it("target", "link"), -ENOSPC);
    assert_int_equal(sys_ftruncate(fd, 0, 0, 0, 0, 0), 0);
    assert_in_range(files_pages(), before, before + 3);
    assert_int_equal(write_it(fd, block, sizeof(block)), sizeof(block));
    assert_int_equal(unlink_it("full"), 0);
    assert_in_range(files_pages(), before + sizeof(block) / 4096,
                    before + sizeof(block) / 4096 + 4);
    assert_int_equal(close_it(fd), 0);
    assert_in_range(files_pages(), before, before + 3);
}

/* Trees of every height, of which a part that could not be made is not lost either. */
static void far_writes_cost_what_they_need(void **state)
{
    uint64_t before = files_pages();
    long fd = open_it("far", CREATE), n = 0;

    for (unsigned bit = 0; bit < 62; bit++) {
        n = sys_pwrite64(fd, (long)"x", 1, (long)BIT64(bit), 0, 0);
        if (n < 0) break;
        assert_int_equal(n, 1);
    }
    assert_true(n == 1 || n == -ENOSPC);
    for (unsigned bit = 62; bit-- > 0;) {
        char got = 0;

        assert_int_equal(sys_ftruncate(fd, (long)BIT64(bit) + 1, 0, 0, 0, 0), 0);
        n = sys_pread64(fd, (long)&got, 1, (long)BIT64(bit), 0, 0);
        assert_int_equal(n, 1);
        assert_true(got == 'x' || got == 0);
    }
    assert_int_equal(unlink_it("far"), 0);
    assert_int_equal(close_it(fd), 0);
    assert_in_range(files_pages(), before, before + 3);
}

static void names_are_counted(void **state)
{
    char name[20];
    uint64_t before = files_pages();
    unsigned n;
    long fd;

    for (n = 0; n < 2 * NAMES; n++) {
        snprintf(name, sizeof(name), "%u", n);
        fd = open_it(name, CREATE);
        if (fd < 0) break;
        assert_int_equal(close_it(fd), 0);
    }
    assert_int_equal(fd, -ENOSPC);
    assert_int_equal(n, NAMES);
    assert_int_equal(mkdir_it("d"), -ENOSPC);
    assert_int_equal(link_it("1", "more"), -ENOSPC);
    assert_int_equal(rename_it("1", "other", 0), -ENOSPC);      /* needs one for a moment */
    assert_int_equal(rename_it("1", "2", 0), 0);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%u", i);
        assert_int_equal(unlink_it(name), i == 1 ? -ENOENT : 0);
    }
    assert_in_range(files_pages(), before, before + 4);
}

/* A folder within a folder ... all of which are removed while somebody is in the innermost. */
static void removed_folders_go_with_their_last_user(void **state)
{
    uint64_t before = files_pages();

    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(mkdir_it("d"), 0);
        assert_int_equal(sys_chdir((long)"d", 0, 0, 0, 0, 0), 0);
    }
    for (unsigned i = 0; i < 1000; i++) {
        long fd = open_it("..", LINUX_O_DIRECTORY);

        assert_true(fd >= 0);
        assert_int_equal(rmdir_it("d"), -ENOENT);
        assert_int_equal(sys_unlinkat(fd, (long)"d", LINUX_AT_REMOVEDIR, 0, 0, 0), 0);
        if (i < 999) assert_int_equal(sys_fchdir(fd, 0, 0, 0, 0, 0), 0);
        assert_int_equal(close_it(fd), 0);
    }
    assert_int_equal(mkdir_it("x"), -ENOENT);
    assert_int_equal(sys_chdir((long)"/", 0, 0, 0, 0, 0), 0);
    assert_in_range(files_pages(), before, before + 4);
}

static void no_file_is_made_without_a_number_for_it(void **state)
{
    struct linux_stat s;
    long fd = open_it("f", CREATE), last = fd;

    for (long next; (next = open_it("f", LINUX_O_RDWR)) >= 0; last = next)
        assert_int_equal(next, last + 1);
    assert_int_equal(last, FILES_MAX - 1);
    assert_int_equal(open_it("g", CREATE), -EMFILE);
    assert_int_equal(stat_it("g", &s, 0), -ENOENT);
    assert_int_equal(close_it(500), 0);
    assert_int_equal(sys_dup3(3, FILES_MAX, 0, 0, 0, 0), -EBADF);
    assert_int_equal(sys_fcntl(3, LINUX_F_DUPFD, FILES_MAX, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_fcntl(3, LINUX_F_DUPFD, 501, 0, 0, 0), -EMFILE);
    assert_int_equal(sys_dup(3, 0, 0, 0, 0, 0), 500);
    for (long i = fd; i < FILES_MAX; i++) assert_int_equal(close_it(i), 0);
    assert_int_equal(unlink_it("f"), 0);
}

static void memory_that_is_nobodys_is_refused_and_changes_nothing(void **state)
{
    struct linux_iovec half[] = { { (uint64_t)block, 3 }, { BAD, 3 } };
    long fd = open_it("f", CREATE);
    char got[8];

    assert_int_equal(write_it(fd, (void *)BAD, 5), -EFAULT);
    assert_int_equal(seek_it(fd, 0, 2), 0);
    memcpy(block, "abc", 3);
    assert_int_equal(sys_writev(fd, (long)half, 2, 0, 0, 0), 3);        /* what could be had */
    assert_int_equal(seek_it(fd, 0, 2), 3);
    assert_int_equal(seek_it(fd, 0, 0), 0);
    assert_int_equal(sys_readv(fd, (long)&half[1], 1, 0, 0, 0), -EFAULT);
    assert_int_equal(read_it(fd, got, 8), 3);
    assert_int_equal(read_it(fd, (void *)BAD, 8), 0); /* there is nothing to read */
    assert_int_equal(open_it((const char *)BAD, 0), -EFAULT);
    assert_int_equal(sys_getdents64(fd, (long)got, 8, 0, 0, 0), -ENOTDIR);
    assert_int_equal(rename_it((const char *)BAD, "g", 0), -EFAULT);
    assert_int_equal(rename_it("f", (const char *)BAD, 0), -EFAULT);
    assert_int_equal(symlink_it((const char *)BAD, "l"), -EFAULT);
    assert_int_equal(sys_getcwd(BAD, 100, 0, 0, 0, 0), -EFAULT);
    assert_int_equal(sys_utimensat(CWD, (long)"f", BAD, 0, 0, 0), -EFAULT);
    assert_int_equal(sys_fstat(fd, BAD, 0, 0, 0, 0), -EFAULT);
    assert_int_equal(sys_readlinkat(CWD, (long)"f", BAD, 8, 0, 0), -EINVAL);
    assert_int_equal(sys_fcntl(fd, LINUX_F_SETLK, BAD, 0, 0, 0), -EFAULT);
    assert_int_equal(close_it(fd), 0);
    assert_int_equal(unlink_it("f"), 0);
}

static void a_folder_is_read_in_pieces(void **state)
{
    uint64_t piece[5];
    long dir = open_it(".", LINUX_O_DIRECTORY), n;
    unsigned count = 0;
    char name[20];

    for (unsigned i = 0; i < 700; i++) {
        snprintf(name, sizeof(name), "name-%u", i);
        assert_int_equal(mkdir_it(name), 0);
    }
    assert_int_equal(sys_getdents64(dir, (long)piece, 23, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_getdents64(dir, BAD, 100, 0, 0, 0), -EFAULT);
    while ((n = sys_getdents64(dir, (long)piece, sizeof(piece), 0, 0, 0)) > 0) {
        const struct linux_dirent *e = (const void *)piece;

        count += n == e->len ? 1 : 2;
        if (count > 2 && count % 7 == 0) assert_int_equal(rmdir_it(e->name), 0);
    }
    assert_int_equal(n, 0);
    assert_int_equal(count, 702);
    assert_int_equal(close_it(dir), 0);
    for (unsigned i = 0; i < 700; i++) {
        snprintf(name, sizeof(name), "name-%u", i);
        (void)rmdir_it(name);
    }
}

static void console_descriptors_have_no_place(void **state)
{
    struct linux_stat s;

    assert_int_equal(sys_pread64(0, (long)block, 1, 0, 0, 0), -ESPIPE);
    for (long fd = 0; fd <= 2; fd++) {
        assert_int_equal(sys_fcntl(fd, LINUX_F_GETFL, 0, 0, 0, 0), LINUX_O_RDWR);
        assert_int_equal(sys_fstat(fd, (long)&s, 0, 0, 0, 0), 0);
        assert_int_equal(s.rdev, 0x501);
    }
    assert_int_equal(open_at(1, "f", 0), -ENOTDIR);
    assert_int_equal(sys_ftruncate(1, 0, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_fsync(1, 0, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_fchdir(1, 0, 0, 0, 0, 0), -ENOTDIR);
}

static void what_is_not_served_is_refused(void **state)
{
    assert_int_equal(open_it(".", LINUX_O_TMPFILE | LINUX_O_DIRECTORY | LINUX_O_RDWR), -EOPNOTSUPP);
    assert_int_equal(open_it(".", LINUX_O_PATH), -EINVAL);
    assert_int_equal(open_it(".", LINUX_O_ACCESS), -EINVAL);
    assert_int_equal(open_it("d", LINUX_O_CREAT | LINUX_O_DIRECTORY), -EINVAL);
    assert_int_equal(sys_linkat(CWD, (long)"f", CWD, (long)"g", 1, 0), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_full_file_system_says_so_and_gives_all_back),
        TEST(far_writes_cost_what_they_need),
        TEST(names_are_counted),
        TEST(removed_folders_go_with_their_last_user),
        TEST(no_file_is_made_without_a_number_for_it),
        TEST(memory_that_is_nobodys_is_refused_and_changes_nothing),
        TEST(a_folder_is_read_in_pieces),
        TEST(console_descriptors_have_no_place),
        TEST(what_is_not_served_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
