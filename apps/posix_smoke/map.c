/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind an address: wherever it lies, and on every CPU. */
#define _GNU_SOURCE
#include "smoke.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define PAGE     4096L
#define REGION   (2L << 20)
#define GIGABYTE (1L << 30)
#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANYWHERE (MAP_PRIVATE | MAP_ANONYMOUS)
#define CPUS_MAX 8
#define ROUNDS   20

static int every_page_is_its_own(char *region)
{
    for (long i = 0; i < REGION / PAGE; i++) *(long *)(region + i * PAGE) = i;
    for (long i = 0; i < REGION / PAGE; i++) {
        if (*(long *)(region + i * PAGE) != i) return 0;
    }
    return 1;
}

/* A call that writes across a border of pages nobody has touched has to find both. */
static int the_kernel_finds(char *border)
{
    int sum = 0;

    if (getrandom(border - 32, 64, 0) != 64) return 0;
    for (int i = -32; i < 32; i++) sum += border[i] != 0;
    return sum > 32;
}

/* regression: uk 15 */
static void a_region_may_start_at_any_page(void)
{
    static const long pages[] = { 0, 1, 7, 255, 256, 510, 511 };
    char *room = mmap(NULL, GIGABYTE + 4 * REGION, PROT_NONE, ANYWHERE | MAP_NORESERVE, -1, 0);
    char *gigabyte = (char *)(((uintptr_t)room + REGION + GIGABYTE - 1) & ~(uintptr_t)(GIGABYTE - 1));

    CHECK(room != MAP_FAILED);
    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        char *start = gigabyte - pages[i] * PAGE, *middle = start + REGION / 2;

        CHECK(mmap(start, REGION, READ_WRITE, ANYWHERE | MAP_FIXED, -1, 0) == start);
        CHECK(the_kernel_finds(pages[i] == 0 ? middle : gigabyte));
        CHECK(every_page_is_its_own(start));
        CHECK(munmap(start, REGION) == 0);
    }
    CHECK(munmap(room, GIGABYTE + 4 * REGION) == 0);
}

static int *page;
static sem_t look[CPUS_MAX], looked;

static void *look_each_time(void *arg)
{
    int me = (int)(intptr_t)arg;
    intptr_t wrong = 0;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(me, &set);
    wrong |= pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&look[me]);
        wrong |= *(volatile int *)page != i;
        sem_post(&looked);
    }
    return (void *)wrong;
}

/* What was at `at` is behind `other` by the time that something else is in its place. */
static int exchange(int *at, int *other, int how)
{
    if (how == 0 ? munmap(at, PAGE) : madvise(at, PAGE, MADV_DONTNEED)) return -1;
    *other = -1;
    return how == 0 && mmap(at, PAGE, READ_WRITE, ANYWHERE | MAP_FIXED, -1, 0) != at;
}

/* regression: uk 11, 12 */
static void what_is_mapped_anew_is_seen_by_every_cpu(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t t[CPUS_MAX];
    void *r;

    cpus = cpus > CPUS_MAX ? CPUS_MAX : cpus;
    sem_init(&looked, 0, 0);
    page = mmap(NULL, (1 + ROUNDS) * PAGE, READ_WRITE, ANYWHERE, -1, 0);
    CHECK(page != MAP_FAILED);
    *page = -1;
    for (intptr_t cpu = 0; cpu < cpus; cpu++) {
        sem_init(&look[cpu], 0, 0);
        CHECK(pthread_create(&t[cpu], NULL, look_each_time, (void *)cpu) == 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(exchange(page, page + (1 + i) * PAGE / (long)sizeof(*page), i % 2) == 0);
        *page = i;
        for (long cpu = 0; cpu < cpus; cpu++) sem_post(&look[cpu]);
        for (long cpu = 0; cpu < cpus; cpu++) sem_wait(&looked);
    }
    for (long cpu = 0; cpu < cpus; cpu++) CHECK(pthread_join(t[cpu], &r) == 0 && r == NULL);
    CHECK(munmap(page, (1 + ROUNDS) * PAGE) == 0);
}

const struct test map_tests[] = {
    { "a_region_may_start_at_any_page", a_region_may_start_at_any_page },
    { "what_is_mapped_anew_is_seen_by_every_cpu", what_is_mapped_anew_is_seen_by_every_cpu },
    { 0 },
};
