/* SPDX-License-Identifier: Apache-2.0 */
/* The remaining calls on the content of files. */
#include "mapped.h"
#include <sys/file.h>
#include <sys/sendfile.h>

static void room_is_made_before_it_is_needed(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644), reader = open("f", O_RDONLY), ends[2];
    struct stat s;
    char byte;

    CHECK(fallocate(fd, 0, 0, 3 * PAGE + 1) == 0 && fstat(fd, &s) == 0);
    CHECK(s.st_size == 3 * PAGE + 1 && s.st_blocks >= 32);
    CHECK(pread(fd, &byte, 1, 3 * PAGE) == 1 && byte == 0);
    CHECK(pwrite(fd, "x", 1, 5) == 1 && fallocate(fd, 0, 0, 10) == 0);
    CHECK(pread(fd, &byte, 1, 5) == 1 && byte == 'x');
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8 * PAGE) == 0 && fstat(fd, &s) == 0);
    CHECK(s.st_size == 3 * PAGE + 1 && s.st_blocks >= 64);
    CHECK(posix_fallocate(fd, 0, 10 * PAGE) == 0 && fstat(fd, &s) == 0 && s.st_size == 10 * PAGE);
    FAILS(fallocate(fd, 0, 0, 1L << 50), ENOSPC);
    CHECK(fstat(fd, &s) == 0 && s.st_size == 10 * PAGE);
    FAILS(fallocate(fd, 0, -1, 1), EINVAL);
    FAILS(fallocate(fd, 0, 0, 0), EINVAL);
    FAILS(fallocate(fd, 0, 0x7ffffffffffff000, PAGE), EFBIG);
    FAILS(fallocate(fd, 8, 0, PAGE), EOPNOTSUPP);
    FAILS(fallocate(reader, 0, 0, 1), EBADF);
    FAILS(fallocate(-1, 0, 0, 1), EBADF);
    if (pipe(ends) == 0) {
        FAILS(fallocate(ends[1], 0, 0, 1), ESPIPE);
        CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
    }
    CHECK(close(fd) == 0 && close(reader) == 0);
}

static void hints_are_looked_at(void)
{
    int fd = make_bytes("f", 100);

    CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0);
    CHECK(posix_fadvise(fd, 0, 0, 77) == EINVAL && posix_fadvise(fd, 0, -1, 0) == EINVAL);
    CHECK(posix_fadvise(-1, 0, 0, 0) == EBADF);
    CHECK(readahead(fd, 0, 100) == 0);
    FAILS(readahead(-1, 0, 100), EBADF);
    CHECK(sync_file_range(fd, 0, 100, SYNC_FILE_RANGE_WRITE) == 0);
    FAILS(sync_file_range(fd, 0, 100, 8), EINVAL);
    FAILS(sync_file_range(fd, -1, 100, 0), EINVAL);
    CHECK(flock(fd, LOCK_EX) == 0 && flock(fd, LOCK_SH | LOCK_NB) == 0 && flock(fd, LOCK_UN) == 0);
    FAILS(flock(fd, 0), EINVAL);
    FAILS(flock(-1, LOCK_SH), EBADF);
    CHECK(close(fd) == 0);
}

static void transfers_have_flags(void)
{
    char a[4] = "abcd", b[4];
    struct iovec out = { a, 4 }, in = { b, 4 };
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(pwritev2(fd, &out, 1, -1, RWF_SYNC) == 4 && lseek(fd, 0, SEEK_CUR) == 4);
    CHECK(pwritev2(fd, &out, 1, 4, RWF_DSYNC) == 4 && preadv2(fd, &in, 1, 2, 0) == 4);
    CHECK(memcmp(b, "cdab", 4) == 0 && preadv2(fd, &in, 1, -1, 0) == 4);
    FAILS(preadv2(fd, &in, 1, 0, 0x1000), EOPNOTSUPP);
    FAILS(preadv2(fd, &in, 1, -2, 0), EINVAL);
    CHECK(close(fd) == 0);
}

static void the_kernel_copies(void)
{
    const size_t size = 200000;
    int in = make_bytes("f", size), out = open("g", O_RDWR | O_CREAT, 0644), dir = open(".", O_RDONLY);
    char *a, *b;
    off_t at = 100, to = 0;

    CHECK(lseek(in, 0, SEEK_SET) == 0 && sendfile(out, in, NULL, size + 10) == (ssize_t)size);
    CHECK(lseek(in, 0, SEEK_CUR) == (off_t)size && lseek(out, 0, SEEK_CUR) == (off_t)size);
    CHECK(sendfile(out, in, &at, 50) == 50 && at == 150 && lseek(in, 0, SEEK_CUR) == (off_t)size);
    CHECK(sendfile(out, in, NULL, 10) == 0);
    a = map(in, size, PROT_READ, MAP_SHARED, 0);
    b = map(out, size + 50, PROT_READ, MAP_SHARED, 0);
    CHECK(memcmp(a, b, size) == 0 && memcmp(a + 100, b + size, 50) == 0);
    at = 7;
    CHECK(copy_file_range(in, &at, out, &to, 1000, 0) == 1000 && at == 1007 && to == 1000);
    CHECK(memcmp(a + 7, b, 1000) == 0);
    FAILS(copy_file_range(in, &at, out, &to, 10, 1), EINVAL);
    FAILS(copy_file_range(in, &at, -1, &to, 10, 0), EBADF);
    FAILS(copy_file_range(dir, NULL, out, &to, 10, 0), EISDIR);
    at = 0;
    to = 5;
    FAILS(copy_file_range(in, &at, in, &to, 10, 0), EINVAL);
    FAILS(sendfile(out, -1, NULL, 10), EBADF);
    FAILS(sendfile(-1, in, NULL, 10), EBADF);
    at = -1;
    FAILS(sendfile(out, in, &at, 10), EINVAL);
    FAILS(sendfile(out, in, BAD, 10), EFAULT);
    CHECK(munmap(a, size) == 0 && munmap(b, size + 50) == 0);
    CHECK(close(in) == 0 && close(out) == 0 && close(dir) == 0);
}

const struct test content_tests[] = {
    { "room_is_made_before_it_is_needed", room_is_made_before_it_is_needed },
    { "hints_are_looked_at", hints_are_looked_at },
    { "transfers_have_flags", transfers_have_flags },
    { "the_kernel_copies", the_kernel_copies },
    { 0 },
};
