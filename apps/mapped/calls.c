/* SPDX-License-Identifier: Apache-2.0 */
/* The other calls on memory. */
#include "mapped.h"
#include <semaphore.h>

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static int all_are(const char *at, size_t bytes, char byte)
{
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != byte) return 0;
    }
    return 1;
}

static void memory_grows_and_moves(void)
{
    char *a = map(-1, 5 * PAGE, RW, ANONYMOUS, 0), *b = a + 4 * PAGE, *c;

    memset(a, 'a', 2 * PAGE);
    CHECK(mprotect(b, PAGE, PROT_READ) == 0);
    MAP_FAILS(mremap(a, 4 * PAGE, 8 * PAGE, 0), ENOMEM);
    c = mremap(a, 4 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
    CHECK(c != MAP_FAILED && c != a && !there(a) && there(b));
    CHECK(all_are(c, 2 * PAGE, 'a') && all_are(c + 2 * PAGE, 598 * PAGE, 0));
    c[600 * PAGE - 1] = 'z';
    CHECK(mremap(c, 600 * PAGE, 2 * PAGE, 0) == c && there(c + PAGE) && !there(c + 2 * PAGE));
    CHECK(mremap(c, 2 * PAGE, 3 * PAGE, 0) == c && all_are(c + 2 * PAGE, PAGE, 0));
    a = mremap(c, 3 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b - 2 * PAGE);
    CHECK(a == b - 2 * PAGE && all_are(a, 2 * PAGE, 'a') && !there(c) && !there(c + 2 * PAGE));
    CHECK(munmap(a, 3 * PAGE) == 0);
}

static void rights_move_along(void)
{
    char *a = map(-1, 4 * PAGE, RW, ANONYMOUS, 0), *b;

    memset(a, 'a', 4 * PAGE);
    CHECK(mprotect(a + PAGE, PAGE, PROT_READ) == 0 && mprotect(a + 2 * PAGE, PAGE, PROT_NONE) == 0);
    b = map(-1, 8 * PAGE, PROT_NONE, ANONYMOUS, 0);
    /* One at a time: for Linux they are four. */
    for (int i = 0; i < 4; i++) {
        CHECK(mremap(a + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b + i * PAGE) ==
              b + i * PAGE);
    }
    CHECK(writable(b) && there(b + PAGE) && !writable(b + PAGE) && !there(b + 2 * PAGE));
    CHECK(mprotect(b + 2 * PAGE, PAGE, PROT_READ) == 0 && all_are(b, 4 * PAGE, 'a'));
    CHECK(munmap(b, 8 * PAGE) == 0);
}

static void mapped_files_grow_and_move(void)
{
    int fd = make_bytes("f", 6 * PAGE);
    char *a = map(fd, 2 * PAGE, RW, MAP_SHARED, PAGE), *p = map(fd, PAGE, RW, MAP_PRIVATE, 0), *b;
    char got;

    p[0] = 'p';
    b = mremap(a, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED);
    for (size_t i = 0; i < 5 * PAGE; i++) CHECK(b[i] == byte_of(PAGE + i));
    b[4 * PAGE] = 'x';
    CHECK(pread(fd, &got, 1, 5 * PAGE) == 1 && got == 'x');
    p = mremap(p, PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && p[0] == 'p' && p[5 * PAGE] == 'x' && p[PAGE] == byte_of(PAGE));
    CHECK(ftruncate(fd, 2 * PAGE) == 0 && there(b) && !there(b + PAGE) && !there(p + 2 * PAGE));
    CHECK(munmap(b, 5 * PAGE) == 0 && munmap(p, 6 * PAGE) == 0 && close(fd) == 0);
}

static void impossible_moves_are_refused(void)
{
    char *a = map(-1, 4 * PAGE, RW, ANONYMOUS, 0);

    MAP_FAILS(mremap(a, PAGE, PAGE, 8), EINVAL);
    MAP_FAILS(mremap(a, PAGE, PAGE, MREMAP_FIXED, a + 8 * PAGE), EINVAL);
    MAP_FAILS(mremap(a + 1, PAGE, PAGE, 0), EINVAL);
    MAP_FAILS(mremap(a, PAGE, 0, 0), EINVAL);
    MAP_FAILS(mremap(a, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
    MAP_FAILS(mremap(a, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + PAGE), EINVAL);
    MAP_FAILS(mremap(a, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + 2 * PAGE + 1), EINVAL);
    MAP_FAILS(mremap(a, PAGE, 1UL << 50, MREMAP_MAYMOVE), ENOMEM);
    CHECK(munmap(a + 2 * PAGE, PAGE) == 0);
    MAP_FAILS(mremap(a, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), EFAULT);
    MAP_FAILS(mremap(a + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    CHECK(munmap(a, 4 * PAGE) == 0);
}

static void what_is_in_memory_is_told(void)
{
    char *a = map(-1, 4 * PAGE, RW, ANONYMOUS, 0);
    unsigned char in[4] = { 9, 9, 9, 9 };

    a[PAGE] = 'x';
    CHECK(mincore(a, 4 * PAGE - 1, in) == 0);
    CHECK(!(in[0] & 1) && in[1] & 1 && !(in[2] & 1) && !(in[3] & 1));
    FAILS(mincore(a + 1, PAGE, in), EINVAL);
    FAILS(mincore(a, PAGE, BAD), EFAULT);
    CHECK(munmap(a + 3 * PAGE, PAGE) == 0);
    FAILS(mincore(a, 4 * PAGE, in), ENOMEM);
    CHECK(munmap(a, 3 * PAGE) == 0);
}

static void what_is_locked_is_there(void)
{
    char *a = map(-1, 4 * PAGE, RW, ANONYMOUS, 0);
    unsigned char in[4];

    CHECK(mlock(a + 10, 2 * PAGE) == 0 && mincore(a, 4 * PAGE, in) == 0);
    CHECK(in[0] & 1 && in[1] & 1 && in[2] & 1 && !(in[3] & 1));
    CHECK(munlock(a, 4 * PAGE) == 0 && mlock(a, 0) == 0);
    CHECK(mlock2(a, 4 * PAGE, MLOCK_ONFAULT) == 0 && munlock(a, 4 * PAGE) == 0);
    FAILS(mlock2(a, PAGE, 2), EINVAL);
    CHECK(munmap(a + 3 * PAGE, PAGE) == 0);
    FAILS(mlock(a, 4 * PAGE), ENOMEM);
    FAILS(munlock(a + 2 * PAGE, 2 * PAGE), ENOMEM);
    FAILS(mlockall(0), EINVAL);
    FAILS(mlockall(8), EINVAL);
    CHECK(munlockall() == 0 && munmap(a, 3 * PAGE) == 0);
}

static void files_and_memory_are_one_for_msync(void)
{
    int fd = make_bytes("f", 2 * PAGE);
    char *a = map(fd, 2 * PAGE, RW, MAP_SHARED, 0);

    CHECK(msync(a, 2 * PAGE, MS_SYNC) == 0 && msync(a, 100, MS_ASYNC) == 0);
    CHECK(msync(a, PAGE, MS_SYNC | MS_INVALIDATE) == 0 && msync(a, 0, 0) == 0);
    FAILS(msync(a + 1, PAGE, MS_SYNC), EINVAL);
    FAILS(msync(a, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    FAILS(msync(a, PAGE, 8), EINVAL);
    CHECK(munmap(a + PAGE, PAGE) == 0);
    FAILS(msync(a, 2 * PAGE, MS_SYNC), ENOMEM);
    CHECK(munmap(a, PAGE) == 0 && close(fd) == 0);
}

static void advice_is_followed_or_refused(void)
{
    char *a = map(-1, 4 * PAGE, RW, ANONYMOUS, 0);
    int fd = make_bytes("f", PAGE);
    char *f = map(fd, PAGE, RW, MAP_SHARED, 0);

    memset(a, 'a', 4 * PAGE);
    CHECK(mprotect(a + PAGE, PAGE, PROT_NONE) == 0);
    CHECK(madvise(a, 3 * PAGE, MADV_DONTNEED) == 0 && mprotect(a + PAGE, PAGE, RW) == 0);
    CHECK(all_are(a, 3 * PAGE, 0) && a[3 * PAGE] == 'a');
    CHECK(madvise(a, 4 * PAGE, MADV_WILLNEED) == 0 && madvise(a, 4 * PAGE, MADV_RANDOM) == 0);
    CHECK(madvise(a, 0, MADV_DONTNEED) == 0);
    FAILS(madvise(a, PAGE, 1000), EINVAL);
    FAILS(madvise(a + 1, PAGE, MADV_NORMAL), EINVAL);
    FAILS(madvise(a, -PAGE, MADV_DONTNEED), EINVAL);
    FAILS(madvise(f, PAGE, MADV_FREE), EINVAL);
    CHECK(munmap(a + 3 * PAGE, PAGE) == 0);
    FAILS(madvise(a, 4 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK(munmap(a, 3 * PAGE) == 0 && munmap(f, PAGE) == 0 && close(fd) == 0);
}

static void shared_memory_has_a_name(void)
{
    int fd, again;
    char *a, *b;
    sem_t *s, *t;
    int value;

    (void)mkdir("/dev", 0755);
    (void)mkdir("/dev/shm", 0777);
    fd = shm_open("/memory", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
    FAILS(shm_open("/memory", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    again = shm_open("/memory", O_RDWR, 0);
    a = map(fd, 2 * PAGE, RW, MAP_SHARED, 0);
    b = map(again, 2 * PAGE, RW, MAP_SHARED, 0);
    a[PAGE] = 'x';
    CHECK(b[PAGE] == 'x' && shm_unlink("/memory") == 0 && b[PAGE] == 'x');
    FAILS(shm_unlink("/memory"), ENOENT);
    FAILS(shm_open("/memory", O_RDWR, 0), ENOENT);
    FAILS(shm_open("/a/b", O_RDWR, 0), EINVAL);
    CHECK(munmap(a, 2 * PAGE) == 0 && munmap(b, 2 * PAGE) == 0);
    CHECK(close(fd) == 0 && close(again) == 0);

    s = sem_open("/semaphore", O_CREAT | O_EXCL, 0600, 2);
    CHECK(s != SEM_FAILED);
    CHECK(sem_open("/semaphore", O_CREAT | O_EXCL, 0600, 2) == SEM_FAILED && errno == EEXIST);
    t = sem_open("/semaphore", 0);
    CHECK(t == s && sem_wait(s) == 0 && sem_getvalue(t, &value) == 0 && value == 1);
    CHECK(sem_close(t) == 0 && sem_unlink("/semaphore") == 0 && sem_close(s) == 0);
    CHECK(sem_open("/semaphore", 0) == SEM_FAILED && errno == ENOENT);
}

static void zeros_can_be_mapped(void)
{
    int fd = open("/dev/zero", O_RDWR);
    char *a;

    if (fd < 0) return;             /* a Linux without devices */
    a = map(fd, 2 * PAGE, RW, MAP_PRIVATE, 0);
    CHECK(a != MAP_FAILED && all_are(a, 2 * PAGE, 0));
    a[0] = 'x';
    CHECK(close(fd) == 0 && a[0] == 'x' && munmap(a, 2 * PAGE) == 0);
}

const struct test call_tests[] = {
    { "memory_grows_and_moves", memory_grows_and_moves },
    { "rights_move_along", rights_move_along },
    { "mapped_files_grow_and_move", mapped_files_grow_and_move },
    { "impossible_moves_are_refused", impossible_moves_are_refused },
    { "what_is_in_memory_is_told", what_is_in_memory_is_told },
    { "what_is_locked_is_there", what_is_locked_is_there },
    { "files_and_memory_are_one_for_msync", files_and_memory_are_one_for_msync },
    { "advice_is_followed_or_refused", advice_is_followed_or_refused },
    { "shared_memory_has_a_name", shared_memory_has_a_name },
    { "zeros_can_be_mapped", zeros_can_be_mapped },
    { 0 },
};
