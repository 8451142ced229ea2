/* SPDX-License-Identifier: Apache-2.0 */
#include "mapped.h"

static void what_is_written_stays_private(void)
{
    int fd = make_bytes("f", 3 * PAGE), reader = open("f", O_RDONLY);
    char *a = map(reader, 3 * PAGE, RW, MAP_PRIVATE, 0), *b = map(fd, PAGE, RW, MAP_PRIVATE, 0);
    char got[4];

    for (size_t i = 0; i < 3 * PAGE; i++) CHECK(a[i] == byte_of(i));
    memcpy(a, "mine", 4);
    CHECK(pread(fd, got, 4, 0) == 4 && got[0] == byte_of(0) && b[0] == byte_of(0));
    b[1] = 'x';
    CHECK(memcmp(a, "mine", 4) == 0);
    CHECK(pwrite(fd, "file", 4, 0) == 4 && memcmp(a, "mine", 4) == 0);
    CHECK(munmap(a, 3 * PAGE) == 0 && munmap(b, PAGE) == 0 && close(fd) == 0 && close(reader) == 0);
}

static void what_is_only_read_is_the_files(void)
{
    int fd = make_bytes("f", 3 * PAGE);
    char *a = map(fd, 3 * PAGE, PROT_READ, MAP_PRIVATE, 0), got[4];

    CHECK(a[PAGE] == byte_of(PAGE));
    CHECK(mprotect(a + PAGE, PAGE, RW) == 0 && a[PAGE] == byte_of(PAGE) && !writable(a));
    memcpy(a + PAGE, "mine", 4);
    CHECK(pread(fd, got, 4, PAGE) == 4 && got[0] == byte_of(PAGE) && got[1] == byte_of(PAGE + 1));
    CHECK(mprotect(a, 3 * PAGE, PROT_READ) == 0 && memcmp(a + PAGE, "mine", 4) == 0);
    CHECK(mprotect(a, 3 * PAGE, RW) == 0 && memcmp(a + PAGE, "mine", 4) == 0);
    CHECK(a[0] == byte_of(0) && a[2 * PAGE] == byte_of(2 * PAGE));
    CHECK(munmap(a, 3 * PAGE) == 0 && close(fd) == 0);
}

static void copies_behind_the_end_go_too(void)
{
    int fd = make_bytes("f", 3 * PAGE);
    char *a = map(fd, 4 * PAGE, RW, MAP_PRIVATE, 0);

    a[0] = a[2 * PAGE] = 'x';
    CHECK(!there(a + 3 * PAGE));
    CHECK(ftruncate(fd, PAGE) == 0 && a[0] == 'x' && !there(a + PAGE) && !there(a + 2 * PAGE));
    CHECK(ftruncate(fd, 4 * PAGE) == 0 && a[0] == 'x' && a[2 * PAGE] == 0 && a[3 * PAGE] == 0);
    CHECK(munmap(a, 4 * PAGE) == 0 && close(fd) == 0);
}

static void a_discarded_copy_is_made_again(void)
{
    int fd = make_bytes("f", 3 * PAGE);
    char *a = map(fd, 3 * PAGE, RW, MAP_PRIVATE, 0), *b = map(fd, PAGE, RW, MAP_SHARED, 0);

    a[5] = a[2 * PAGE] = b[1] = 'x';
    CHECK(madvise(a, 2 * PAGE, MADV_DONTNEED) == 0 && madvise(b, PAGE, MADV_DONTNEED) == 0);
    CHECK(a[5] == byte_of(5) && a[1] == 'x' && b[1] == 'x' && a[2 * PAGE] == 'x');
    CHECK(munmap(a, 3 * PAGE) == 0 && munmap(b, PAGE) == 0 && close(fd) == 0);
}

const struct test private_tests[] = {
    { "what_is_written_stays_private", what_is_written_stays_private },
    { "what_is_only_read_is_the_files", what_is_only_read_is_the_files },
    { "copies_behind_the_end_go_too", copies_behind_the_end_go_too },
    { "a_discarded_copy_is_made_again", a_discarded_copy_is_made_again },
    { 0 },
};
