/* SPDX-License-Identifier: Apache-2.0 */
#include "mapped.h"

static void a_mapping_and_the_file_are_one(void)
{
    int fd = make_bytes("f", 10000);
    char *a = map(fd, 3 * PAGE, RW, MAP_SHARED, 0), *b = map(fd, PAGE, PROT_READ, MAP_SHARED, PAGE);
    char got[8];

    CHECK(a != MAP_FAILED && b != MAP_FAILED && a != b);
    for (size_t i = 0; i < 10000; i++) CHECK(a[i] == byte_of(i));
    for (size_t i = 10000; i < 3 * PAGE; i++) CHECK(a[i] == 0);
    memcpy(a + PAGE + 2, "mapped", 6);
    CHECK(memcmp(b + 2, "mapped", 6) == 0);
    CHECK(pread(fd, got, 6, PAGE + 2) == 6 && memcmp(got, "mapped", 6) == 0);
    CHECK(pwrite(fd, "written", 7, PAGE - 3) == 7 && memcmp(a + PAGE - 3, "written", 7) == 0);
    CHECK(memcmp(b, "tten", 4) == 0);
    CHECK(munmap(a, 3 * PAGE) == 0 && memcmp(b, "tten", 4) == 0 && munmap(b, PAGE) == 0);
    CHECK(pread(fd, got, 7, PAGE - 3) == 7 && memcmp(got, "written", 7) == 0);
    CHECK(close(fd) == 0);
}

static void a_mapping_keeps_the_file(void)
{
    int fd = make_bytes("f", 2 * PAGE);
    char *a = map(fd, 2 * PAGE, RW, MAP_SHARED, 0), *b;

    CHECK(close(fd) == 0 && unlink("f") == 0 && make("f", "another") == 0);
    CHECK(a[PAGE + 1] == byte_of(PAGE + 1));
    a[0] = 'x';
    fd = open("f", O_RDWR);
    b = map(fd, PAGE, PROT_READ, MAP_SHARED, 0);
    CHECK(close(fd) == 0 && a[0] == 'x' && b[0] == 'a');
    CHECK(munmap(a, 2 * PAGE) == 0 && munmap(b, PAGE) == 0);
}

static void pages_behind_the_end_are_not_there(void)
{
    int fd = make_bytes("f", PAGE + 10);
    char *a = map(fd, 4 * PAGE, RW, MAP_SHARED, 0);

    CHECK(there(a + PAGE) && there(a + 2 * PAGE - 1) && !there(a + 2 * PAGE));
    CHECK(ftruncate(fd, 3 * PAGE) == 0 && there(a + 3 * PAGE - 1) && !there(a + 3 * PAGE));
    CHECK(a[2 * PAGE] == 0);
    a[2 * PAGE] = 'x';
    CHECK(ftruncate(fd, PAGE) == 0 && there(a) && !there(a + PAGE) && !there(a + 2 * PAGE));
    CHECK(ftruncate(fd, 3 * PAGE) == 0 && a[PAGE] == 0 && a[2 * PAGE] == 0);
    CHECK(pwrite(fd, "end", 3, 4 * PAGE - 3) == 3 && memcmp(a + 4 * PAGE - 3, "end", 3) == 0);
    CHECK(ftruncate(fd, 0) == 0 && !there(a));
    CHECK(pwrite(fd, "new", 3, 0) == 3 && memcmp(a, "new", 4) == 0);
    CHECK(munmap(a, 4 * PAGE) == 0 && close(fd) == 0);
}

static void the_rest_of_the_last_page_is_zero(void)
{
    int fd = make_bytes("f", 3000);
    char *a = map(fd, PAGE, RW, MAP_SHARED, 0);

    CHECK(ftruncate(fd, 100) == 0);
    for (size_t i = 100; i < PAGE; i++) CHECK(a[i] == 0);
    CHECK(ftruncate(fd, PAGE) == 0);
    for (size_t i = 100; i < PAGE; i++) CHECK(a[i] == 0);
    CHECK(munmap(a, PAGE) == 0 && close(fd) == 0);
}

static void holes_become_pages_when_touched(void)
{
    const size_t size = 1UL << 32;
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    struct stat s;
    char *a, got[2];

    CHECK(ftruncate(fd, size) == 0);
    a = map(fd, size, RW, MAP_SHARED, 0);
    CHECK(a != MAP_FAILED);
    a[size / 2] = 'x';
    CHECK(a[size - 1] == 0);
    CHECK(pread(fd, got, 2, size / 2) == 2 && got[0] == 'x' && got[1] == 0);
    CHECK(fstat(fd, &s) == 0 && s.st_blocks > 0 && s.st_blocks < 200);
    CHECK(ftruncate(fd, 0) == 0 && !there(a + size / 2));
    CHECK(munmap(a, size) == 0 && close(fd) == 0);
}

/* The kernel reads from or writes to memory that is the very file. */
static void a_file_is_read_into_itself(void)
{
    int fd = make_bytes("f", 8 * PAGE), other = make_bytes("g", 8 * PAGE);
    char *a = map(fd, 8 * PAGE, RW, MAP_SHARED, 0), *b = map(other, 8 * PAGE, RW, MAP_SHARED, 0);

    CHECK(pread(fd, a + 4 * PAGE, 2 * PAGE, 10) == 2 * PAGE);
    for (size_t i = 0; i < 2 * PAGE; i++) CHECK(a[4 * PAGE + i] == byte_of(i + 10));
    CHECK(pwrite(fd, a, 2 * PAGE, 6 * PAGE) == 2 * PAGE && memcmp(a, a + 6 * PAGE, 2 * PAGE) == 0);
    CHECK(pwrite(fd, a, PAGE, 0) == PAGE);
    CHECK(pwrite(other, a + 4 * PAGE, 100, 0) == 100 && b[0] == byte_of(10));
    /* What it grows by is there for the rest of the call. */
    CHECK(ftruncate(fd, 0) == 0);
    FAILS(pwrite(fd, a, 1, 0), EFAULT);
    CHECK(pread(other, a, PAGE, 0) == -1 && errno == EFAULT);
    CHECK(munmap(a, 8 * PAGE) == 0 && munmap(b, 8 * PAGE) == 0);
    CHECK(close(fd) == 0 && close(other) == 0);
}

static void parts_are_unmapped_and_replaced(void)
{
    int fd = make_bytes("f", 8 * PAGE), other = make_bytes("g", 8 * PAGE);
    char *a = map(fd, 8 * PAGE, PROT_READ, MAP_SHARED, 0), *b;

    CHECK(munmap(a + 2 * PAGE, PAGE) == 0 && !there(a + 2 * PAGE));
    CHECK(there(a) && a[3 * PAGE + 5] == byte_of(3 * PAGE + 5) && a[PAGE] == byte_of(PAGE));
    b = mmap(a + 4 * PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, other, PAGE);
    CHECK(b == a + 4 * PAGE && b[7] == byte_of(PAGE + 7) && a[6 * PAGE] == byte_of(6 * PAGE));
    b[7] = 'x';
    CHECK(there(a + 3 * PAGE) && a[3 * PAGE] == byte_of(3 * PAGE));
    b = mmap(a + 5 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(b == a + 5 * PAGE && b[0] == 0 && a[4 * PAGE + 7] == 'x');
    b[0] = 'y';
    CHECK(ftruncate(other, 0) == 0 && ftruncate(fd, 0) == 0);
    CHECK(!there(a + 4 * PAGE) && b[0] == 'y' && !there(a) && !there(a + 6 * PAGE));
    MAP_FAILS(mmap(a, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, other, 0), EEXIST);
    b = mmap(a + 2 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, other, 0);
    CHECK(b == a + 2 * PAGE);
    CHECK(munmap(a, 8 * PAGE) == 0 && close(fd) == 0 && close(other) == 0);
}

static void what_cannot_be_mapped_is_refused(void)
{
    int fd = make_bytes("f", PAGE), reader = open("f", O_RDONLY), writer = open("f", O_WRONLY),
        dir = open(".", O_RDONLY);
    char *a;

    MAP_FAILS(map(-1, PAGE, PROT_READ, MAP_SHARED, 0), EBADF);
    MAP_FAILS(map(99, PAGE, PROT_READ, MAP_PRIVATE, 0), EBADF);
    MAP_FAILS(map(dir, PAGE, PROT_READ, MAP_SHARED, 0), ENODEV);
    MAP_FAILS(map(writer, PAGE, PROT_READ, MAP_SHARED, 0), EACCES);
    MAP_FAILS(map(writer, PAGE, PROT_WRITE, MAP_PRIVATE, 0), EACCES);
    MAP_FAILS(map(reader, PAGE, RW, MAP_SHARED, 0), EACCES);
    MAP_FAILS(map(fd, PAGE, PROT_READ, MAP_SHARED, 1), EINVAL);
    MAP_FAILS(map(fd, PAGE, PROT_READ, 0, 0), EINVAL);
    MAP_FAILS(map(fd, 0, PROT_READ, MAP_SHARED, 0), EINVAL);
    MAP_FAILS(map(fd, SIZE_MAX / 2, PROT_READ, MAP_SHARED, 0), ENOMEM);
    MAP_FAILS(map(fd, 2 * PAGE, PROT_READ, MAP_SHARED, 0x7ffffffffffff000), EOVERFLOW);
    MAP_FAILS(mmap((void *)(PAGE * 1000 + 1), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0),
              EINVAL);
    a = map(reader, PAGE, PROT_READ, MAP_SHARED, 0);
    CHECK(a != MAP_FAILED && a[1] == byte_of(1));
    FAILS(mprotect(a, PAGE, RW), EACCES);
    CHECK(!writable(a) && mprotect(a, PAGE, PROT_NONE) == 0 && !there(a));
    CHECK(mprotect(a, PAGE, PROT_READ) == 0 && a[1] == byte_of(1) && munmap(a, PAGE) == 0);
    a = map(fd, PAGE, PROT_READ, MAP_SHARED, 1 << 20);
    CHECK(a != MAP_FAILED && !there(a) && munmap(a, PAGE) == 0);
    CHECK(close(fd) == 0 && close(reader) == 0 && close(writer) == 0 && close(dir) == 0);
}

static void rights_change_and_the_content_stays(void)
{
    int fd = make_bytes("f", 4 * PAGE);
    char *a = map(fd, 4 * PAGE, PROT_NONE, MAP_SHARED, 0);

    CHECK(!there(a) && mprotect(a, 4 * PAGE, RW) == 0);
    a[5] = 'x';
    CHECK(mprotect(a, PAGE, PROT_READ) == 0 && a[5] == 'x' && !writable(a) && writable(a + PAGE));
    CHECK(mprotect(a, 2 * PAGE, PROT_NONE) == 0 && !there(a) && there(a + 2 * PAGE));
    CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, PAGE) == 0);
    CHECK(mprotect(a, 4 * PAGE, RW) == 0 && a[5] == 0 && !there(a + PAGE));
    CHECK(munmap(a, 4 * PAGE) == 0 && close(fd) == 0);
}

static void memory_without_a_file_can_be_shared(void)
{
    char *a = map(-1, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, 0);

    CHECK(a != MAP_FAILED && a[0] == 0 && a[2 * PAGE - 1] == 0);
    a[0] = 'x';
    CHECK(a[0] == 'x' && munmap(a, 2 * PAGE) == 0);
}

static struct stat known;

/* Both times of the file have moved since the last call. */
static int times_move(int fd)
{
    struct stat s;
    int moved;

    if (fstat(fd, &s) != 0) return -1;
    moved = (s.st_mtim.tv_sec != known.st_mtim.tv_sec || s.st_mtim.tv_nsec != known.st_mtim.tv_nsec) +
            (s.st_ctim.tv_sec != known.st_ctim.tv_sec || s.st_ctim.tv_nsec != known.st_ctim.tv_nsec);
    known = s;
    usleep(20000);
    return moved == 2 ? 1 : -moved;
}

static void a_write_through_memory_moves_the_times(void)
{
    int fd = make_bytes("f", 3 * PAGE), other = make_bytes("g", PAGE);
    char *a = map(fd, 3 * PAGE, RW, MAP_SHARED, 0), *own = map(fd, PAGE, RW, MAP_PRIVATE, 0);

    (void)times_move(fd);
    CHECK(msync(a, 3 * PAGE, MS_SYNC) == 0 && times_move(fd) == 0);
    a[0] = 'x';
    CHECK(times_move(fd) == 1 && msync(a, 3 * PAGE, MS_SYNC) == 0 && times_move(fd) == 0);
    CHECK(pread(other, a + PAGE, 10, 0) == 10 && times_move(fd) == 1);
    own[0] = 'y';
    CHECK(a[2 * PAGE] == byte_of(2 * PAGE) && times_move(fd) == 0);
    if (free_pages_off() == 0) {
        /* Its tmpfs does not notice what has been read before, nor msync. */
        a[2 * PAGE] = 'x';
        CHECK(times_move(fd) == 1);
        a[2 * PAGE] = 'y';
        CHECK(times_move(fd) == 0 && msync(a, 3 * PAGE, MS_ASYNC) == 0 && a[2 * PAGE] == 'y');
        CHECK(times_move(fd) == 0);
        a[2 * PAGE] = 'z';
        CHECK(times_move(fd) == 1 && mprotect(a, 3 * PAGE, PROT_READ) == 0);
        CHECK(!writable(a) && mprotect(a, 3 * PAGE, RW) == 0 && times_move(fd) == 0);
        a[0] = 'z';
        CHECK(times_move(fd) == 1);
    }
    CHECK(munmap(a, 3 * PAGE) == 0 && munmap(own, PAGE) == 0 && close(fd) == 0 && close(other) == 0);
}

const struct test shared_tests[] = {
    { "a_mapping_and_the_file_are_one", a_mapping_and_the_file_are_one },
    { "a_mapping_keeps_the_file", a_mapping_keeps_the_file },
    { "pages_behind_the_end_are_not_there", pages_behind_the_end_are_not_there },
    { "the_rest_of_the_last_page_is_zero", the_rest_of_the_last_page_is_zero },
    { "holes_become_pages_when_touched", holes_become_pages_when_touched },
    { "a_file_is_read_into_itself", a_file_is_read_into_itself },
    { "parts_are_unmapped_and_replaced", parts_are_unmapped_and_replaced },
    { "what_cannot_be_mapped_is_refused", what_cannot_be_mapped_is_refused },
    { "rights_change_and_the_content_stays", rights_change_and_the_content_stays },
    { "a_write_through_memory_moves_the_times", a_write_through_memory_moves_the_times },
    { "memory_without_a_file_can_be_shared", memory_without_a_file_can_be_shared },
    { 0 },
};
