/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/files.c unikernel/posix/fs/proc.c unikernel/posix/fs/proc_fd.c unikernel/posix/fs/proc_text.c lib/fmt.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/files.h"
#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/fs/tmpfs.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/space.h"
#include "unikernel/posix/fs/proc.h"
#include "lib/err.h"

extern const char uk_app_name[];
const char uk_app_name[] = "test";
static uint32_t thread_count;
static const char *thread_name = "a name";

bool thread_next(uint32_t after, struct thread_info *out)
{
    if (after >= thread_count) return false;
    *out = (struct thread_info){
        .id = after + 1, .role = ROLE_APP, .state = THREAD_BLOCKED, .cpu = 3, .prio = 42
    };
    snprintf(out->name, sizeof(out->name), "%s", thread_name);
    return true;
}
int thread_with(uint32_t id, int (*fn)(struct thread *t, void *arg), void *arg)
{
    return fn(NULL, arg);
}
uint64_t cputime_of(struct thread *t) { return 1204000000; }
void space_stat(struct space_stat *out) { out->backed = 5; }
void arch_cpuinfo(struct text *t, unsigned cpu) { text_add(t, "number\t\t: %u\n", cpu * 10); }

static char got[600000];

static int setup(void **state)
{
    struct vnode *dir;

    files_begin(100, 100);
    dir = vfs_make(vfs_root, "proc", MODE_DIRECTORY | 0755, 0);
    assert_non_null(dir);
    vfs_mount(dir, "proc", proc_new());
    thread_count = 2;
    return 0;
}

static const char *text_of(const char *path)
{
    long fd = open_it(path, 0), n;

    assert_true(fd >= 0);
    n = read_it(fd, got, sizeof(got) - 1);
    assert_true(n > 0);
    assert_int_equal(read_it(fd, got + n, 1), 0);
    got[n] = '\0';
    assert_int_equal(close_it(fd), 0);
    return got;
}

static void each_file_says_what_it_should(void **state)
{
    struct pages_stat pages;
    const char *text;
    char line[80];

    fake_now = 98765432100;
    assert_string_equal(text_of("/proc/uptime"), "98.76 1.20\n");
    assert_string_equal(text_of("/proc/mounts"),
                        "tmpfs / tmpfs rw,relatime 0 0\nproc /proc proc ro,relatime 0 0\n");
    assert_string_equal(text_of("/proc/threads"),
                        "    1 S 3 42 1.20 a name\n    2 S 3 42 1.20 a name\n");
    text = text_of("/proc/self/status");
    assert_ptr_equal(strstr(text, "Name:\ttest\n"), text);
    assert_non_null(strstr(text, "\nPid:\t100\n"));
    assert_non_null(strstr(text, "\nVmRSS:\t      20 kB\n"));
    assert_non_null(strstr(text, "\nThreads:\t2\n"));
    pages_stat(&pages);
    snprintf(line, sizeof(line), "MemTotal:       %8lu kB\nMemFree: ", pages.total * 4);
    text = text_of("/proc/meminfo");
    assert_ptr_equal(strstr(text, line), text);
    assert_string_equal(text_of("/proc/cpuinfo"), "processor\t: 0\nnumber\t\t: 0\n\n");
    assert_non_null(strstr(text_of("/proc/version"), "Unishyper version"));
}

static void pieces_are_of_one_text_and_the_beginning_is_a_new_one(void **state)
{
    long fd = open_it("/proc/uptime", 0), other;
    char c[20] = "";

    fake_now = 1000000000;
    assert_int_equal(read_it(fd, c, 2), 2);
    fake_now = 9000000000;
    assert_int_equal(read_it(fd, c + 2, 1), 1);
    assert_string_equal(c, "1.0");
    other = open_it("/proc/uptime", 0);
    assert_int_equal(read_it(other, c, 3), 3);
    assert_string_equal(c, "9.0");
    assert_int_equal(seek_it(fd, 0, 0), 0);
    assert_int_equal(read_it(fd, c, 3), 3);
    assert_string_equal(c, "9.0");
    assert_int_equal(sys_pread64(fd, (long)c, 3, 1, 0, 0), 3);
    assert_string_equal(c, ".00");
    assert_int_equal(read_it(fd, (void *)BAD, 1), -EFAULT);
}

static void a_name_is_one_line(void **state)
{
    thread_count = 1;
    thread_name = "a\nb\x01";
    assert_string_equal(text_of("/proc/threads"), "    1 S 3 42 1.20 a?b?\n");
    thread_name = "a name";
}

static void copies_are_limited_and_come_back(void **state)
{
    long fds[1000], n = 0, failed = 0;
    char c;
    uint64_t before = files_pages();

    thread_count = 20000;
    assert_int_equal(strlen(text_of("/proc/threads")),
                     20000 * strlen("    1 S 3 42 1.20 a name\n"));
    for (; n < 1000; n++) {
        fds[n] = open_it("/proc/threads", 0);
        assert_true(fds[n] >= 0);
        failed += read_it(fds[n], &c, 1) == -ENOMEM;
    }
    assert_in_range(failed, 990, 999);
    assert_in_range(files_pages(), before, before + 256 + 1000 / 15);
    while (n-- > 0) assert_int_equal(close_it(fds[n]), 0);
    assert_in_range(files_pages(), before, before + 4);
    thread_count = 2;
    assert_int_equal(strlen(text_of("/proc/threads")), 50);
}

static void they_cannot_be_changed(void **state)
{
    struct linux_stat s, t;
    long fd = open_it("/proc/version", 0);

    assert_int_equal(open_it("/proc/version", LINUX_O_WRONLY), -EROFS);
    assert_int_equal(open_it("/proc/version", LINUX_O_TRUNC), -EROFS);
    assert_int_equal(open_it("/proc/new", LINUX_O_CREAT), -EROFS);
    assert_int_equal(unlink_it("/proc/version"), -EROFS);
    assert_int_equal(mkdir_it("/proc/d"), -EROFS);
    assert_int_equal(rename_it("/proc/version", "/proc/v", 0), -EROFS);
    assert_int_equal(write_it(fd, "x", 1), -EBADF);
    assert_int_equal(sys_ftruncate(fd, 0, 0, 0, 0, 0), -EINVAL);
    assert_int_equal(stat_it("/proc/version", &s, 0), 0);
    assert_int_equal(s.mode, 0100444);
    assert_int_equal(s.size, 0);
    assert_int_equal(sys_fstat(fd, (long)&t, 0, 0, 0, 0), 0);
    assert_true(t.ino == s.ino && t.dev == s.dev && t.mode == s.mode && t.links == 1);
    assert_int_equal(sys_getdents64(fd, (long)got, 100, 0, 0, 0), -ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_file_says_what_it_should, setup),
        cmocka_unit_test_setup(pieces_are_of_one_text_and_the_beginning_is_a_new_one, setup),
        cmocka_unit_test_setup(a_name_is_one_line, setup),
        cmocka_unit_test_setup(copies_are_limited_and_come_back, setup),
        cmocka_unit_test_setup(they_cannot_be_changed, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
