/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

static void what_is_written_is_read(void)
{
    static char out[100000], in[100000];
    int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0644);

    CHECK(fd >= 0);
    for (unsigned i = 0; i < sizeof(out); i++) out[i] = (char)(i * 7 + i / 4096);
    CHECK(write(fd, out, sizeof(out)) == sizeof(out));
    CHECK(read(fd, in, 1) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && read(fd, in, sizeof(in)) == sizeof(in));
    CHECK(memcmp(in, out, sizeof(in)) == 0);
    CHECK(pread(fd, in, 5000, 4090) == 5000 && memcmp(in, out + 4090, 5000) == 0);
    CHECK(pread(fd, in, 5000, 99999) == 1 && pread(fd, in, 1, 100000) == 0 &&
          pread(fd, in, 1, 1 << 30) == 0);
    CHECK(pwrite(fd, "middle", 6, 4093) == 6 && pread(fd, in, 8, 4092) == 8);
    CHECK(in[0] == out[4092] && memcmp(in + 1, "middle", 6) == 0 && in[7] == out[4099]);
    CHECK(lseek(fd, 0, SEEK_CUR) == sizeof(out));
    CHECK(read(fd, in, 0) == 0 && write(fd, in, 0) == 0);
    CHECK(close(fd) == 0);
}

static void the_place_moves_as_told(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(write(fd, "0123456789", 10) == 10);
    CHECK(lseek(fd, -3, SEEK_END) == 7 && lseek(fd, -2, SEEK_CUR) == 5 &&
          lseek(fd, 2, SEEK_SET) == 2);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    FAILS(lseek(fd, -11, SEEK_END), EINVAL);
    FAILS(lseek(fd, 0, 17), EINVAL);
    CHECK(lseek(fd, 0, SEEK_CUR) == 2);
    CHECK(lseek(fd, 0, SEEK_DATA) == 0 && lseek(fd, 0, SEEK_HOLE) == 10);
    FAILS(lseek(fd, 10, SEEK_DATA), ENXIO);
    CHECK(close(fd) == 0);
}

/* regression: uk 45 */
static void appending_and_truncating_do_what_they_say(void)
{
    int a, b;

    CHECK(make("f", "a long old text") == 0 && make("f", "short") == 0 && holds("f", "short"));
    a = open("f", O_WRONLY | O_APPEND);
    b = open("f", O_WRONLY | O_APPEND);
    CHECK(write(a, " one", 4) == 4 && write(b, " two", 4) == 4 && write(a, " three", 6) == 6);
    CHECK(lseek(a, 0, SEEK_SET) == 0 && write(a, " end", 4) == 4 && lseek(a, 0, SEEK_CUR) == 23);
    CHECK(close(a) == 0 && close(b) == 0);
    CHECK(holds("f", "short one two three end"));
    FAILS(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    a = open("f", O_RDONLY);
    FAILS(write(a, "x", 1), EBADF);
    FAILS(ftruncate(a, 0), EINVAL);
    CHECK(close(a) == 0);
    CHECK(truncate("f", 5) == 0 && holds("f", "short"));
    FAILS(truncate("f", -1), EINVAL);
    FAILS(truncate(".", 0), EISDIR);
}

static void what_was_not_written_is_zero(void)
{
    char got[10];
    struct stat s;
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(pwrite(fd, "far", 3, (off_t)1 << 40) == 3);
    CHECK(fstat(fd, &s) == 0 && s.st_size == ((off_t)1 << 40) + 3 && s.st_blocks < 100);
    CHECK(pread(fd, got, 8, ((off_t)1 << 40) - 4) == 7 && memcmp(got, "\0\0\0\0far", 7) == 0);
    CHECK(pread(fd, got, 10, 1 << 20) == 10 && memcmp(got, "\0\0\0\0\0\0\0\0\0\0", 10) == 0);
    CHECK(pwrite(fd, "0123456789", 10, 0) == 10);
    CHECK(ftruncate(fd, 4) == 0 && ftruncate(fd, 10) == 0);
    CHECK(pread(fd, got, 10, 0) == 10 && memcmp(got, "0123\0\0\0\0\0\0", 10) == 0);
    CHECK(ftruncate(fd, (off_t)1 << 50) == 0 && ftruncate(fd, 0) == 0);
    CHECK(fstat(fd, &s) == 0 && s.st_size == 0 && s.st_blocks == 0);
    CHECK(close(fd) == 0);
}

static void several_pieces_are_one_transfer(void)
{
    char a[3], b[4], c[100];
    struct iovec out[] = { { "one", 3 }, { NULL, 0 }, { "two!", 4 } },
                 in[] = { { a, 3 }, { b, 0 }, { b, 4 }, { c, 100 } };
    struct iovec wrong[] = { { a, SIZE_MAX } };
    int fd = open("f", O_RDWR | O_CREAT, 0644);

    CHECK(writev(fd, out, 3) == 7);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, in, 4) == 7);
    CHECK(memcmp(a, "one", 3) == 0 && memcmp(b, "two!", 4) == 0);
    CHECK(pwritev(fd, out, 1, 4) == 3 && preadv(fd, in, 3, 2) == 5 && memcmp(a, "etone", 2) == 0);
    FAILS(readv(fd, in, -1), EINVAL);
    FAILS(readv(fd, in, 1025), EINVAL);
    FAILS(readv(fd, wrong, 1), EINVAL);
    FAILS(readv(fd, BAD, 1), EFAULT);
    CHECK(readv(fd, in, 0) == 0);
    CHECK(close(fd) == 0);
}

static void what_cannot_be_is_refused(void)
{
    char byte = 0;
    int fd = open("f", O_RDWR | O_CREAT, 0644), dir = open(".", O_RDONLY | O_DIRECTORY);

    CHECK(fd >= 0 && dir >= 0);
    FAILS(pread(fd, &byte, 1, -1), EINVAL);
    FAILS(pwrite(fd, &byte, 1, -1), EINVAL);
    CHECK(write(fd, "text", 4) == 4);
    FAILS(pread(fd, BAD, 4, 0), EFAULT);
    FAILS(pwrite(fd, BAD, 4, 0), EFAULT);
    FAILS(read(dir, &byte, 1), EISDIR);
    FAILS(write(dir, &byte, 1), EBADF);
    FAILS(open(".", O_WRONLY), EISDIR);
    FAILS(open(".", O_RDWR | O_CREAT, 0644), EISDIR);
    CHECK(lseek(fd, 0x7fffffffffffffff, SEEK_SET) > 0);
    FAILS(write(fd, "x", 1), EINVAL);
    FAILS(read(fd, &byte, 1), EINVAL);
    CHECK(close(fd) == 0 && close(dir) == 0);
    CHECK(holds("f", "text"));
}

static void stdio_works_on_files(void)
{
    char line[100];
    FILE *f = fopen("f", "w+");

    CHECK(f != NULL);
    for (int i = 0; i < 5000; i++) CHECK(fprintf(f, "line %d\n", i) > 0);
    CHECK(fseek(f, 0, SEEK_SET) == 0);
    for (int i = 0; i < 5000; i++) {
        char want[100];

        sprintf(want, "line %d\n", i);
        CHECK(fgets(line, sizeof(line), f) != NULL && strcmp(line, want) == 0);
    }
    CHECK(fgets(line, sizeof(line), f) == NULL && feof(f) && fclose(f) == 0);
    f = fopen("f", "a");
    CHECK(f != NULL && fputs("end", f) >= 0 && fclose(f) == 0);
    f = tmpfile();
    CHECK(f != NULL && fclose(f) == 0);
}

const struct test data_tests[] = {
    { "what_is_written_is_read", what_is_written_is_read },
    { "the_place_moves_as_told", the_place_moves_as_told },
    { "appending_and_truncating_do_what_they_say", appending_and_truncating_do_what_they_say },
    { "what_was_not_written_is_zero", what_was_not_written_is_zero },
    { "several_pieces_are_one_transfer", several_pieces_are_one_transfer },
    { "what_cannot_be_is_refused", what_cannot_be_is_refused },
    { "stdio_works_on_files", stdio_works_on_files },
    { 0 },
};
