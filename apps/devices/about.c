/* SPDX-License-Identifier: Apache-2.0 */
/* statx and statfs */
#include "devices.h"
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define TMPFS_MAGIC 0x01021994
#define PROC_MAGIC  0x9fa0
#define EVERYTHING  0x7ff

static int same_time(const struct statx_timestamp *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && (long)a->tv_nsec == b->tv_nsec;
}

static void statx_tells_what_stat_does(void)
{
    struct statx x;
    struct stat s;
    int fd;

    CHECK(make("f", "12345") == 0 && chmod("f", 0640) == 0 && chown("f", 3, 4) == 0);
    CHECK(link("f", "g") == 0 && symlink("f", "l") == 0 && stat("f", &s) == 0);
    fd = open("f", O_RDONLY);
    for (int i = 0; i < 3; i++) {
        memset(&x, 0xff, sizeof(x));
        CHECK(syscall(SYS_statx, i == 0 ? AT_FDCWD : fd,
                      i == 0   ? "l"
                      : i == 1 ? ""
                               : "/tmp/test/f",
                      i == 1 ? AT_EMPTY_PATH : 0, EVERYTHING, &x) == 0);
        CHECK((x.stx_mask & EVERYTHING) == EVERYTHING && x.stx_mode == (S_IFREG | 0640));
        CHECK(x.stx_ino == s.st_ino && x.stx_nlink == 2 && x.stx_uid == 3 && x.stx_gid == 4);
        CHECK(x.stx_size == 5 && x.stx_blocks == (uint64_t)s.st_blocks && x.stx_blksize == 4096);
        CHECK(same_time(&x.stx_mtime, &s.st_mtim) && same_time(&x.stx_ctime, &s.st_ctim) &&
              same_time(&x.stx_atime, &s.st_atim));
        CHECK(makedev(x.stx_dev_major, x.stx_dev_minor) == s.st_dev);
    }
    CHECK(statx(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, EVERYTHING, &x) == 0 && S_ISLNK(x.stx_mode) &&
          x.stx_size == 1);
    CHECK(statx(AT_FDCWD, "/dev/null", AT_NO_AUTOMOUNT | 0x4000, 0, &x) == 0 &&
          S_ISCHR(x.stx_mode) && x.stx_rdev_major == 1 && x.stx_rdev_minor == 3);
    CHECK(statx(AT_FDCWD, "", AT_EMPTY_PATH, EVERYTHING, &x) == 0 && S_ISDIR(x.stx_mode));
    CHECK(close(fd) == 0);
}

static void statx_refuses_what_is_wrong(void)
{
    struct statx x;

    CHECK(make("f", "") == 0);
    FAILS(statx(AT_FDCWD, "f", 0x10000, 0, &x), EINVAL);
    FAILS(statx(AT_FDCWD, "f", 0x6000, 0, &x), EINVAL);
    FAILS(statx(AT_FDCWD, "f", 0, 0x80000000U, &x), EINVAL);
    FAILS(statx(AT_FDCWD, "", 0, 0, &x), ENOENT);
    FAILS(statx(AT_FDCWD, "none", 0, 0, &x), ENOENT);
    FAILS(statx(AT_FDCWD, "f/x", 0, 0, &x), ENOTDIR);
    FAILS(statx(999, "f", 0, 0, &x), EBADF);
    FAILS(statx(999, "", AT_EMPTY_PATH, 0, &x), EBADF);
    FAILS(syscall(SYS_statx, AT_FDCWD, BAD, 0, 0, &x), EFAULT);
    FAILS(syscall(SYS_statx, AT_FDCWD, "f", 0, 0, BAD), EFAULT);
    FAILS(syscall(SYS_statx, AT_FDCWD, "f", 0, 0, NULL), EFAULT);
}

static void file_systems_count_what_is_in_them(void)
{
    static char block[1 << 20];
    struct statfs a, b;
    struct statvfs v;
    int fd = open("large", O_RDWR | O_CREAT, 0644);

    CHECK(statfs("/tmp", &a) == 0 && a.f_type == TMPFS_MAGIC && a.f_namelen == 255 &&
          a.f_bsize == 4096 && a.f_blocks >= a.f_bfree && a.f_bfree == a.f_bavail);
    CHECK(a.f_bfree > sizeof(block) / 4096 && a.f_ffree > 2 && a.f_files >= a.f_ffree);
    CHECK(write(fd, block, sizeof(block)) == sizeof(block) && fstatfs(fd, &b) == 0);
    CHECK(a.f_blocks == b.f_blocks && a.f_bfree - b.f_bfree >= sizeof(block) / 4096 &&
          a.f_bfree - b.f_bfree < sizeof(block) / 4096 + 8);
    CHECK(make("another", "") == 0 && fstatfs(fd, &b) == 0 && a.f_ffree - b.f_ffree == 1);
    CHECK(unlink("another") == 0 && unlink("large") == 0 && close(fd) == 0);
    CHECK(statfs(".", &b) == 0 && b.f_bfree == a.f_bfree && statvfs("/tmp/test", &v) == 0 &&
          v.f_bfree == a.f_bfree && v.f_namemax == 255);
    CHECK(statfs("/proc/version", &a) == 0 && a.f_type == PROC_MAGIC);
    fd = open("/dev/null", O_RDONLY);
    CHECK(fstatfs(fd, &a) == 0 && a.f_type == TMPFS_MAGIC && close(fd) == 0);
    FAILS(fstatfs(fd, &a), EBADF);
    FAILS(statfs("none", &a), ENOENT);
    FAILS(statfs("/dev/null/x", &a), ENOTDIR);
    FAILS(syscall(SYS_statfs, BAD, &a), EFAULT);
    FAILS(syscall(SYS_statfs, "/tmp", BAD), EFAULT);
}

const struct test about_fs_tests[] = {
    { "statx_tells_what_stat_does", statx_tells_what_stat_does },
    { "statx_refuses_what_is_wrong", statx_refuses_what_is_wrong },
    { "file_systems_count_what_is_in_them", file_systems_count_what_is_in_them },
    { 0 },
};
