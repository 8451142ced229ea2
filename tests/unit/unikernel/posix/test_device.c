/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "unikernel/posix/fs/device.h"
#include "lib/err.h"

static int setup(void **state)
{
    files_begin(100, 100);
    assert_int_equal(devices_make(vfs_root), 0);
    return 0;
}

static int teardown(void **state)
{
    files_end();
    return 0;
}

static bool is_all(const char *at, size_t n, char c)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != c) return false;
    }
    return true;
}

static void devices_are_what_their_numbers_say(void **state)
{
    struct linux_stat s;

    assert_int_equal(stat_it("null", &s, 0), 0);
    assert_int_equal(s.mode, 020666);
    assert_int_equal(s.rdev, 0x103);
    assert_int_equal(stat_it("console", &s, 0), 0);
    assert_int_equal(s.mode, 020600);
    assert_int_equal(s.rdev, 0x501);
    assert_int_equal(link_it("full", "another"), 0);
    assert_int_equal(rename_it("full", "other", 0), 0);
    assert_int_equal(write_it(open_it("another", LINUX_O_RDWR), "x", 1), -ENOSPC);
    assert_int_equal(open_it("another", LINUX_O_DIRECTORY), -ENOTDIR);
}

static void a_device_nobody_knows_is_told_when_it_is_opened(void **state)
{
    static const uint32_t types[] = { MODE_DEVICE, MODE_FIFO };
    static const struct name names[] = { { "odd0", 4 }, { "odd1", 4 } };

    for (unsigned i = 0; i < ARRAY_LEN(types); i++) {
        struct vnode *v = NULL;

        assert_int_equal(
            vfs_root->ops->create(vfs_root, &names[i], types[i] | 0666, NULL, 0x999, &v), 0);
        vnode_put(v);
    }
    assert_int_equal(open_it("odd0", LINUX_O_RDWR), -ENXIO);
    assert_int_equal(open_it("null", 0), 3); /* no number was lost */
}

static void what_is_read_is_written_up_to_the_first_fault(void **state)
{
    const long page = 4096;
    char *at = aligned_alloc(4096, 8192);
    struct linux_iovec v[2] = { { (uint64_t)at + 5, 4096 }, { BAD, 10 } };
    long zero = open_it("zero", 0), full = open_it("full", 0);

    memset(at, 'x', 8192);
    assert_int_equal(read_it(zero, at + 1, 8000), 8000);
    assert_true(at[0] == 'x' && is_all(at + 1, 8000, 0) && is_all(at + 8001, 191, 'x'));
    memset(at, 'x', 8192);
    assert_int_equal(sys_readv(full, (long)v, 2, 0, 0, 0), page);
    assert_true(is_all(at, 5, 'x') && is_all(at + 5, 4096, 0) && is_all(at + 4101, 100, 'x'));
    assert_int_equal(read_it(zero, (void *)BAD, 1), -EFAULT);
    assert_int_equal(read_it(zero, (void *)BAD, 0), 0);
    free(at);
}

static void what_is_written_is_gone(void **state)
{
    long null = open_it("null", LINUX_O_RDWR | LINUX_O_TRUNC | LINUX_O_APPEND);
    char c;

    assert_int_equal(write_it(null, (void *)BAD, 1UL << 40), LINUX_TRANSFER_MAX);
    assert_int_equal(read_it(null, &c, 1), 0);
    assert_int_equal(seek_it(null, 1000, 0), 0);
    assert_int_equal(sys_ftruncate(null, 0, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(sys_ioctl(null, 0x5413, (long)&c, 0, 0, 0), -ENOTTY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(devices_are_what_their_numbers_say),
        TEST(a_device_nobody_knows_is_told_when_it_is_opened),
        TEST(what_is_read_is_written_up_to_the_first_fault),
        TEST(what_is_written_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
