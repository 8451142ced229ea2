/* SPDX-License-Identifier: Apache-2.0 */
#include "mapped.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS  300
#define PAGES   16

static unsigned next(unsigned *seed) { return *seed = *seed * 1103515245U + 12345U, *seed >> 8; }

/* Each has a file of its own and one that all share, and does everything with both at once. */
static void *use(void *arg)
{
    unsigned id = (unsigned)(uintptr_t)arg, seed = id + 1;
    int all = open("all", O_RDWR), own;
    char name[] = { 'f', (char)('0' + id), 0 }, page[PAGE];

    own = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK_OR(all >= 0 && own >= 0, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        size_t pages = next(&seed) % PAGES + 1, at = next(&seed) % pages, cut;
        char *a = map(own, pages * PAGE, RW, MAP_SHARED, 0);
        char *b = map(all, PAGES * PAGE, RW, next(&seed) % 2 ? MAP_SHARED : MAP_PRIVATE, 0);

        CHECK_OR(a != MAP_FAILED && b != MAP_FAILED, NULL);
        CHECK_OR(ftruncate(own, (off_t)(pages * PAGE)) == 0, NULL);
        a[at * PAGE] = (char)round;
        CHECK_OR(pread(own, page, 1, (off_t)(at * PAGE)) == 1 && page[0] == (char)round, NULL);
        /* Also what others take away meanwhile. */
        (void)pwrite(own, b + at * PAGE, PAGE, (off_t)((pages - 1) * PAGE));
        (void)pread(all, a, PAGE, (off_t)(at * PAGE));
        (void)pwrite(all, a, PAGE, (off_t)(at * PAGE));
        CHECK_OR(ftruncate(all, (off_t)(next(&seed) % PAGES * PAGE)) == 0, NULL);
        /* In two parts: what is free in between may be another thread's at once. */
        cut = (next(&seed) % (PAGES - 1) + 1) * PAGE;
        CHECK_OR(munmap(b, cut) == 0 && munmap(b + cut, PAGES * PAGE - cut) == 0, NULL);
        if (next(&seed) % 3 == 0) CHECK_OR(ftruncate(own, 0) == 0, NULL);
        CHECK_OR(munmap(a, pages * PAGE) == 0, NULL);
    }
    CHECK_OR(close(all) == 0 && close(own) == 0 && unlink(name) == 0, NULL);
    return NULL;
}

static void round_of_all(void)
{
    pthread_t threads[THREADS];
    int fd = open("all", O_RDWR | O_CREAT, 0644);

    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, use, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(close(fd) == 0 && unlink("all") == 0);
}

/* The second time needs no more than the first. */
static void several_at_once_lose_no_page(void)
{
    unsigned long before;

    round_of_all();
    before = free_pages();
    round_of_all();
    CHECK(free_pages() + 4 + free_pages_off() >= before);
}

const struct test stress_tests[] = {
    { "several_at_once_lose_no_page", several_at_once_lose_no_page },
    { 0 },
};
