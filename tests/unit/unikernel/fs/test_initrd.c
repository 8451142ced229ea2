/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
/* Archives as files: good ones are there as they should, others are refused, and either way no page
 * is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/fs/initrd.h"
#include "unikernel/fs/tmpfs.h"
#include "lib/err.h"

static struct archive {
    char at[200000];
    size_t len;
} a;

static int setup(void **state)
{
    files_begin(1000, 1000);
    a.len = 0;
    return 0;
}

static int teardown(void **state)
{
    files_end();
    return 0;
}

static void pad(void)
{
    while (a.len % 4 != 0) a.at[a.len++] = 0;
}

static void put(const char *name, unsigned mode, unsigned inode, unsigned links, const char *data,
                size_t bytes)
{
    a.len += (size_t)sprintf(
        a.at + a.len, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", inode, mode, 0,
        0, links, 1234, (unsigned)bytes, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    memcpy(a.at + a.len, name, strlen(name) + 1);
    a.len += strlen(name) + 1;
    pad();
    memcpy(a.at + a.len, data, bytes);
    a.len += bytes;
    pad();
}

static void file(const char *name, const char *text)
{
    put(name, 0100644, 1, 1, text, strlen(text));
}
static void end(void)                                { put("TRAILER!!!", 0, 0, 1, "", 0); }

/* On /initrd, exactly as long, so that a step too far is seen. */
static void mount(void)
{
    struct vnode *dir = NULL;
    const struct name n = { "initrd", 6 };
    const char *why = NULL;
    struct fs *fs;
    int err;

    err = initrd_read((const uint8_t *)a.at, a.len, &fs, &why);
    if (err != 0) fail_msg("%s", why);
    assert_int_equal(mkdir_it("initrd"), 0);
    assert_int_equal(vfs_root->ops->lookup(vfs_root, &n, &dir), 0);
    vfs_mount(dir, "initrd", fs);
    vnode_put(dir);
}

static void holds(const char *path, const char *text)
{
    char got[100] = "";
    long fd = open_it(path, 0);

    if (fd < 0) fail_msg("%s: %ld", path, fd);
    assert_int_equal(read_it(fd, got, sizeof(got)), strlen(text));
    assert_string_equal(got, text);
    assert_int_equal(close_it(fd), 0);
}

static void files_are_there_and_not_writable(void **state)
{
    struct linux_stat s;

    put(".", 040700, 1, 2, "", 0);
    file("./a", "text of a");
    put("d", 040750, 1, 2, "", 0);
    file("d/b", "text of b");
    file("/deep/er/c", "text of c");
    put("l", 0120777, 1, 1, "../initrd/d/b", 13);
    put("null", 020666, 1, 1, "", 0);
    file("empty", "");
    end();
    mount();
    holds("/initrd/a", "text of a");
    holds("/initrd/l", "text of b");
    holds("/initrd/deep/er/../er/c", "text of c");
    holds("/initrd/empty", "");
    assert_int_equal(stat_it("/initrd/d", &s, 0), 0);
    assert_int_equal(s.mode, 040750);
    assert_int_equal(s.modified.sec, 1234);
    assert_int_equal(stat_it("/initrd/null", &s, 0), -ENOENT);
    assert_int_equal(open_it("/initrd/a", LINUX_O_RDWR), -EROFS);
    assert_int_equal(open_it("/initrd/a", LINUX_O_TRUNC), -EROFS);
    assert_int_equal(open_it("/initrd/new", LINUX_O_CREAT), -EROFS);
    assert_int_equal(open_it("/initrd/a", LINUX_O_CREAT | LINUX_O_EXCL), -EEXIST);
    assert_int_equal(mkdir_it("/initrd/x"), -EROFS);
    assert_int_equal(unlink_it("/initrd/a"), -EROFS);
    assert_int_equal(rename_it("/initrd/a", "/initrd/x", 0), -EROFS);
    assert_int_equal(rename_it("/initrd/a", "/x", 0), -EXDEV);
    assert_int_equal(link_it("/initrd/a", "/x"), -EXDEV);
    assert_int_equal(sys_truncate((long)"/initrd/a", 0, 0, 0, 0, 0), -EROFS);
    assert_int_equal(sys_fchmodat(CWD, (long)"/initrd/a", 0, 0, 0, 0), -EROFS);
    assert_int_equal(sys_faccessat(CWD, (long)"/initrd/a", 2, 0, 0, 0), -EROFS);
    assert_int_equal(rmdir_it("/initrd"), -EBUSY);
    assert_int_equal(rename_it("/initrd", "/other", 0), -EBUSY);
    assert_int_equal(sys_chdir((long)"/initrd/deep/er", 0, 0, 0, 0, 0), 0);
    assert_int_equal(sys_getcwd((long)a.at + 100000, 100, 0, 0, 0, 0), sizeof("/initrd/deep/er"));
    assert_string_equal(a.at + 100000, "/initrd/deep/er");
    holds("../../../initrd/a", "text of a");
}

static void a_file_may_have_several_names(void **state)
{
    struct linux_stat s;

    put("one", 0100644, 7, 3, "", 0);
    put("x", 0100644, 8, 2, "other", 5);
    put("two", 0100644, 7, 3, "same", 4);
    put("y", 0100644, 8, 2, "", 0);
    put("d/three", 0100644, 7, 3, "", 0);
    put("later", 0100644, 7, 2, "not the same", 12);    /* the number is used again */
    end();
    mount();
    holds("/initrd/one", "same");
    holds("/initrd/d/three", "same");
    holds("/initrd/x", "other");
    holds("/initrd/y", "other");
    holds("/initrd/later", "not the same");
    assert_int_equal(stat_it("/initrd/two", &s, 0), 0);
    assert_int_equal(s.links, 3);
}

static void files_of_every_size_are_read_in_place(void **state)
{
    static char content[30000];
    char got[5000];
    long fd;

    for (size_t i = 0; i < sizeof(content); i++) content[i] = (char)(i * 13);
    put("f", 0100644, 1, 1, content, sizeof(content));
    end();
    mount();
    fd = open_it("/initrd/f", 0);
    for (long at = 0; at < 30000; at += 777) {
        long n = MIN(30000 - at, 5000);

        assert_int_equal(sys_pread64(fd, (long)got, 5000, at, 0, 0), n);
        assert_memory_equal(got, content + at, (size_t)n);
    }
}

static void refused(const char *word)
{
    uint64_t before = files_pages();
    /* Of exactly this size, so that the sanitizer sees a step too far. */
    uint8_t *exact = malloc(a.len + 1);
    struct fs *fs = NULL;
    const char *why = NULL;

    memcpy(exact, a.at, a.len);
    assert_int_equal(initrd_read(exact, a.len, &fs, &why), -EINVAL);
    if (strstr(why, word) == NULL) fail_msg("wanted \"%s\", got \"%s\"", word, why);
    assert_true(files_pages() <= before + 4);
    free(exact);
    a.len = 0;
}

static void what_is_wrong_is_refused(void **state)
{
    char name[600];

    refused("cut off");
    memcpy(a.at, "\x1f\x8b\x08", 3);
    a.len = 500;
    refused("not an uncompressed cpio archive");
    file("a", "x");
    refused("cut off");
    file("a", "x");
    file("a", "y");
    end();
    refused("same name");
    file("a", "x");
    file("a/b", "y");
    end();
    refused("no folder");
    file("d/../../a", "x");
    end();
    refused("..");
    put("l", 0120777, 1, 1, "", 0);
    end();
    refused("symbolic link");
    put("l", 0120777, 1, 1, "a\0b", 3);
    end();
    refused("symbolic link");
    put("l", 0120777, 1, 1, name, 0);
    end();
    refused("symbolic link");
    put("d", 040755, 1, 1, "", 0);
    file("d", "x");
    end();
    refused("same name");
    file("d/f", "x");
    file("d", "x");
    end();
    refused("same name");
    memset(name, 'n', 300);
    name[300] = 0;
    file(name, "x");
    end();
    refused("too long");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "%u", i);
        put(name, 0100644, i, 2, "", 0);
    }
    end();
    refused("several names");
}

/* The last file's header says it has so many bytes. */
static void says(const char *bytes)
{
    size_t at = a.len;

    file("lies", "x");
    memcpy(a.at + at + 6 + 6 * 8, bytes, 8);
}

static void sizes_that_lie_are_refused(void **state)
{
    says("ffffffff");
    refused("cut off");
    says("7fffffff");
    end();
    refused("cut off");
    says("-0000001");
    end();
    refused("");
    file("/", "x");
    file("//./", "x");
    file("/a", "x");
    file("a", "y");
    end();
    refused("same name");
}

static void an_archive_of_many_names_is_read_and_goes_without_a_trace(void **state)
{
    uint64_t before = files_pages();
    struct fs *fs = NULL;
    const char *why;
    char name[20];

    for (unsigned i = 0; i < 1500; i++) {
        snprintf(name, sizeof(name), "d%u/f%u", i % 7, i);
        file(name, "");
    }
    end();
    assert_int_equal(initrd_read((const uint8_t *)a.at, a.len, &fs, &why), 0);
    tmpfs_destroy(fs);
    assert_true(files_pages() <= before + 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(files_are_there_and_not_writable, setup),
        cmocka_unit_test_setup(a_file_may_have_several_names, setup),
        cmocka_unit_test_setup(files_of_every_size_are_read_in_place, setup),
        TEST(what_is_wrong_is_refused),
        TEST(sizes_that_lie_are_refused),
        TEST(an_archive_of_many_names_is_read_and_goes_without_a_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
