/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "smoke.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static void malloc_serves_small_and_large(void)
{
    char *small = malloc(10), *large = malloc(3 << 20);

    CHECK(small != NULL && large != NULL);
    memset(large, 7, 3 << 20);
    strcpy(small, "small");
    large = realloc(large, 5 << 20);
    CHECK(large != NULL && large[0] == 7 && large[(3 << 20) - 1] == 7);
    CHECK(strcmp(small, "small") == 0);
    free(large);
    free(small);
}

/* Linux may move it. */
/* regression: uk 18 */
static void what_can_grow_where_it_is_is_not_copied(void)
{
    int ours = free_pages_off() == 0;
    unsigned char *first = malloc(1 << 20), *p = first;
    uintptr_t end;

    CHECK(p != NULL);
    memset(p, 7, 1 << 20);
    for (size_t size = 2 << 20; size <= 8 << 20; size += 1 << 20) {
        p = realloc(p, size);
        CHECK(p != NULL && (p == first || !ours));
        CHECK(malloc_usable_size(p) >= size && p[0] == 7 && p[(1 << 20) - 1] == 7 && p[size - 1] == 0);
        p[size - 1] = 7;
    }
    end = (uintptr_t)p + malloc_usable_size(p);
    CHECK(!ours || mmap((void *)end, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
                        -1, 0) == (void *)end);
    p = realloc(p, 9 << 20);
    CHECK(p != NULL && (p != first || !ours) && p[(1 << 20) - 1] == 7 && p[(8 << 20) - 1] == 7);
    free(p);
    CHECK(!ours || munmap((void *)end, 4096) == 0);
}

/* What a compiler would complain about if it saw it. */
static void *resize(void *volatile p, volatile size_t bytes)              { return realloc(p, bytes); }
static void *aligned(volatile size_t alignment, volatile size_t bytes)    { return aligned_alloc(alignment, bytes); }
static void *zeroed(volatile size_t count, volatile size_t bytes)         { return calloc(count, bytes); }

static void what_is_resized_keeps_its_content(void)
{
    char *p = malloc(4000000), *was;

    CHECK(p != NULL);
    memset(p, 5, 4000000);
    p = resize(p, 100000);
    CHECK(p != NULL && p[0] == 5 && p[99999] == 5);
    was = resize(p, SIZE_MAX - 100);
    CHECK(was == NULL && errno == ENOMEM && p[0] == 5 && p[99999] == 5);
    was = resize(p, 100);
    CHECK(was != NULL && was[0] == 5 && was[99] == 5);
    free(was);
}

static void alignments_are_kept(void)
{
    for (size_t alignment = 8; alignment <= 1 << 21; alignment *= 2) {
        for (size_t bytes = 0; bytes < 20000; bytes += 1 + bytes) {
            void *p, *q;

            CHECK(posix_memalign(&p, alignment, bytes) == 0 && posix_memalign(&q, alignment, bytes) == 0);
            CHECK(p != q && (uintptr_t)p % alignment == 0 && (uintptr_t)q % alignment == 0);
            CHECK(malloc_usable_size(p) >= bytes);
            memset(p, 7, bytes);
            memset(q, 8, bytes);
            CHECK(bytes == 0 || (*(char *)p == 7 && ((char *)p)[bytes - 1] == 7));
            free(p);
            free(q);
        }
    }
    CHECK(aligned((size_t)1 << 62, 1) == NULL && errno == ENOMEM);
    CHECK(aligned(64, SIZE_MAX - 10) == NULL && errno == ENOMEM);
}

static void a_product_that_overflows_is_refused(void)
{
    char *p;

    CHECK(zeroed((size_t)1 << 33, (size_t)1 << 33) == NULL && errno == ENOMEM);
    CHECK(zeroed(SIZE_MAX, 2) == NULL && errno == ENOMEM);
    p = malloc(3000);
    CHECK(p != NULL);
    memset(p, 1, 3000);
    free(p);
    p = calloc(30, 100);
    CHECK(p != NULL);
    for (int i = 0; i < 3000; i++) CHECK(p[i] == 0);
    free(p);
}

#define KEPT 64

/* Some of a random size, each full of its number; from is exchanged, so that others free them. */
static int churn(void *from)
{
    unsigned char **kept = from, *p;
    unsigned seed = 1;

    for (unsigned i = 0; i < 2000; i++) {
        unsigned n = (unsigned)rand_r(&seed) % KEPT, bytes = 1 + (unsigned)rand_r(&seed) % (n % 8 == 0 ? 8192 : 200);

        p = __atomic_exchange_n(&kept[n], NULL, __ATOMIC_ACQ_REL);
        if (p != NULL) {
            size_t room = malloc_usable_size(p);

            if (p[0] != n || room == 0 || p[room - 1] != n) return 1;
            free(p);
        }
        p = malloc(bytes);
        if (p == NULL) return 1;
        memset(p, (int)n, malloc_usable_size(p));
        p = __atomic_exchange_n(&kept[n], p, __ATOMIC_ACQ_REL);
        free(p);
    }
    return 0;
}

static void malloc_serves_one_thread_and_several_in_turn(void)
{
    static unsigned char *kept[KEPT];
    thrd_t t[2];
    int result;

    for (unsigned round = 0; round < 10; round++) {
        CHECK(churn(kept) == 0);
        for (unsigned i = 0; i < round % 3; i++) CHECK(thrd_create(&t[i], churn, kept) == thrd_success);
        CHECK(churn(kept) == 0);
        for (unsigned i = 0; i < round % 3; i++) CHECK(thrd_join(t[i], &result) == thrd_success && result == 0);
    }
    for (unsigned n = 0; n < KEPT; n++) {
        free(kept[n]);
        kept[n] = NULL;
    }
}

static void memory_is_zero_when_first_read(void)
{
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    for (int i = 0; i < 1 << 20; i += 1000) CHECK(p[i] == 0);
    CHECK(munmap(p, 1 << 20) == 0);
}

/* More than there is, with and without the wish to use it. Neither may cost memory. */
/* regression: uk 16 */
static void memory_nobody_has_is_refused(void)
{
    unsigned long before = free_pages();
    char *p;

    for (int i = 0; i < 100; i++) {
        CHECK(mmap(NULL, (size_t)64 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0) == MAP_FAILED &&
              errno == ENOMEM);
    }
    CHECK(before - free_pages() + free_pages_off() < 16 + 2 * free_pages_off());
    p = mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(p != MAP_FAILED);
    p[0] = p[(1 << 30) - 1] = 1;
    CHECK(munmap(p, (size_t)1 << 30) == 0);
    CHECK(before - free_pages() + free_pages_off() < 16 + 2 * free_pages_off());
}

static void the_heap_ends_where_brk_says(void)
{
    char *start = (char *)syscall(SYS_brk, 0), *far = start + (3 << 20);

    CHECK((char *)syscall(SYS_brk, far) == far);
    CHECK(start[0] == 0 && far[-1] == 0);
    memset(start, 7, 3 << 20);
    CHECK((char *)syscall(SYS_brk, start + 1) == start + 1);
    CHECK(start[0] == 7);
    CHECK((char *)syscall(SYS_brk, far) == far);
    CHECK(start[0] == 7 && start[8192] == 0 && far[-1] == 0);
    CHECK((char *)syscall(SYS_brk, (size_t)1 << 40) == far);
    CHECK((char *)syscall(SYS_brk, 1) == far);
    CHECK((char *)syscall(SYS_brk, start) == start);
}

static void memory_is_taken_when_touched_and_comes_back(void)
{
    unsigned long before = free_pages(), off = free_pages_off(), during;
    char *p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK(before - free_pages() + off < 64 + 2 * off);
    for (int i = 0; i < 1024; i++) p[i * 4096] = 1;
    during = free_pages();
    CHECK(before - during >= 1024 - off && before - during < 1024 + 64 + off);
    CHECK(munmap(p, 16 << 20) == 0);
    CHECK(free_pages() - during >= 1024 - off);
}

/* regression: uk 16 */
static void impossible_requests_are_refused(void)
{
    void *volatile none = malloc((size_t)1 << 46); /* volatile: a compiler may assume success */

    CHECK(none == NULL && errno == ENOMEM);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == EINVAL);
    CHECK(munmap((void *)12345, 4096) == -1 && errno == EINVAL);
    CHECK(mprotect((void *)0x3000000000, 4096, PROT_READ) == -1 && errno == ENOMEM);
}

static void memory_is_never_writable_and_executable(void)
{
    CHECK(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
              MAP_FAILED &&
          errno == EACCES);
}

static void protection_survives_partial_changes(void)
{
    char *p = mmap(NULL, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *middle = p + (1 << 20);

    CHECK(p != MAP_FAILED);
    CHECK(mprotect(middle, 8192, PROT_READ | PROT_WRITE) == 0);
    middle[0] = 5;
    CHECK(mprotect(middle, 4096, PROT_NONE) == 0);
    CHECK(mprotect(middle, 4096, PROT_READ) == 0);
    CHECK(middle[0] == 5);
    CHECK(madvise(middle, 4096, MADV_DONTNEED) == 0);
    CHECK(middle[0] == 0);
    CHECK(munmap(p, 4 << 20) == 0);
}

static void addresses_are_used_again(void)
{
    char *first = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p = first;

    for (int i = 0; i < 10000; i++) {
        CHECK(munmap(p, 8192) == 0);
        p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(p != MAP_FAILED);
    }
    CHECK(p == first);
    CHECK(munmap(p, 8192) == 0);
}

/* In pieces of different sizes, all of them written to, until there are no more. Linux gives out what it
 * does not have, so it is not asked for the last of it. */
static unsigned long use_all(size_t bytes, char ***chain)
{
    unsigned long n = 0, reserve = free_pages_off() == 0 ? 0 : 600 + free_pages() / 32;
    char **block;

    while ((reserve == 0 || free_pages() > reserve) && (block = malloc(bytes)) != NULL) {
        memset(block, 1, bytes);
        *block = (char *)*chain;
        *chain = block;
        n++;
    }
    return n;
}

/* regression: uk 16 */
static void all_of_memory_can_be_used_up_and_the_system_lives(void)
{
    unsigned long before = free_pages();
    char **chain = NULL, **block, *end = (char *)syscall(SYS_brk, 0);

    CHECK(use_all(1 << 20, &chain) > before / 256 / 2);
    if (free_pages_off() == 0) {
        (void)use_all(5000, &chain);
        (void)use_all(40, &chain);
        CHECK(errno == ENOMEM);
        CHECK((char *)syscall(SYS_brk, end + (1 << 20)) == end);
    }
    while (chain != NULL) {
        block = (char **)*chain;
        free(chain);
        chain = block;
    }
    CHECK(free_pages() + 600 + free_pages_off() > before);
}

/* Neither the one nor the other is ever touched. */
static void what_is_promised_to_one_is_not_given_to_another(void)
{
    size_t most = free_pages() * 4096 / 8 * 5;
    char *p = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;

    CHECK(p != MAP_FAILED);
    CHECK(mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == ENOMEM);
    q = mmap(NULL, most, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(q != MAP_FAILED);
    CHECK(mprotect(q, most, PROT_READ) == -1 && errno == ENOMEM);
    CHECK(mmap(p, most, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
    CHECK(mprotect(p, most, PROT_NONE) == 0);
    CHECK(mprotect(q, most, PROT_READ) == 0);
    CHECK(munmap(p, most) == 0 && munmap(q, most) == 0);
}

static char *shifting;
static volatile enum { WAIT, SHIFT, STOP } shifters;

/* There, not to be touched, not to be written and not there, in turn. Meanwhile nobody else may map
 * anything. */
static int shift(void *arg)
{
    while (shifters == WAIT) thrd_yield();
    while (shifters == SHIFT) {
        mmap(shifting, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        thrd_yield();
        mprotect(shifting, 8192, PROT_NONE);
        mprotect(shifting, 8192, PROT_READ);
        thrd_yield();
        munmap(shifting, 8192);
    }
    return 0;
}

static int is_done_or_efault(long result) { return result >= 0 || errno == EFAULT; }

/* With calls that read, that write for a while, that look at a word with a lock held, and that take a
 * list with them when the thread ends. Not for long where an emulator gives CPUs turns, and firmware that
 * flushes their TLBs waits for those. */
static void memory_that_goes_away_during_a_call_is_an_error_of_the_call(void)
{
    char *const p = shifting = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct timespec now = { 0, 0 };
    const time_t end = time(NULL) + 10;
    unsigned long served = 0;
    thrd_t t[2];

    CHECK(shifting != MAP_FAILED);
    shifters = WAIT;
    for (int i = 0; i < 2; i++) CHECK(thrd_create(&t[i], shift, NULL) == thrd_success);
    shifters = SHIFT;
    for (int i = 0; served == 0 || (i < 300 && time(NULL) < end); i++) {
        long n = syscall(SYS_getrandom, p, 8192, 0);

        CHECK(is_done_or_efault(n));
        served += n > 0;
        CHECK(is_done_or_efault(syscall(SYS_sched_getparam, 0, p)));
        CHECK(is_done_or_efault(syscall(SYS_uname, p + 4096 - 100)));
        CHECK(is_done_or_efault(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p + 4090)));
        CHECK(is_done_or_efault(syscall(SYS_futex, p, 128 + 1, 1)));
        CHECK(is_done_or_efault(syscall(SYS_futex, p, 128 + 0, 0, &now)) || errno == EAGAIN || errno == ETIMEDOUT);
        CHECK(is_done_or_efault(syscall(SYS_futex, p, 128 + 8, 0, NULL)) || errno == ESRCH || errno == EAGAIN ||
              errno == EDEADLK);
        CHECK(is_done_or_efault(syscall(SYS_futex, p, 128 + 7)) || errno == EPERM);
        CHECK(is_done_or_efault(syscall(SYS_openat, AT_FDCWD, p + 4000, 0)) || errno == ENOENT || errno == ENAMETOOLONG);
        if (i % 8 == 0) thrd_yield();
    }
    shifters = STOP;
    for (int i = 0; i < 2; i++) CHECK(thrd_join(t[i], NULL) == thrd_success);
    munmap(p, 8192);
    CHECK(served > 0);
}

const struct test memory_tests[] = {
    { "malloc_serves_small_and_large", malloc_serves_small_and_large },
    { "what_can_grow_where_it_is_is_not_copied", what_can_grow_where_it_is_is_not_copied },
    { "what_is_resized_keeps_its_content", what_is_resized_keeps_its_content },
    { "alignments_are_kept", alignments_are_kept },
    { "a_product_that_overflows_is_refused", a_product_that_overflows_is_refused },
    { "malloc_serves_one_thread_and_several_in_turn", malloc_serves_one_thread_and_several_in_turn },
    { "memory_is_zero_when_first_read", memory_is_zero_when_first_read },
    { "memory_nobody_has_is_refused", memory_nobody_has_is_refused },
    { "the_heap_ends_where_brk_says", the_heap_ends_where_brk_says },
    { "memory_is_taken_when_touched_and_comes_back", memory_is_taken_when_touched_and_comes_back },
    { "impossible_requests_are_refused", impossible_requests_are_refused },
    { "memory_is_never_writable_and_executable", memory_is_never_writable_and_executable },
    { "protection_survives_partial_changes", protection_survives_partial_changes },
    { "addresses_are_used_again", addresses_are_used_again },
    { "all_of_memory_can_be_used_up_and_the_system_lives",
      all_of_memory_can_be_used_up_and_the_system_lives },
    { "memory_that_goes_away_during_a_call_is_an_error_of_the_call",
      memory_that_goes_away_during_a_call_is_an_error_of_the_call },
    { "what_is_promised_to_one_is_not_given_to_another", what_is_promised_to_one_is_not_given_to_another },
    { 0 },
};
