/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/mm/pages.c @tests/unit/unikernel/fake/smp.c
/* The page allocator used by several CPUs: what one has, no other has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/mm/pages.h"
#include "lib/err.h"

#define PAGE    4096ULL
#define RAM     (2 * MIB)
#define THREADS 6U
#define HELD    40U
#define ROUNDS  1000U

static struct smp_thread threads[THREADS];
static unsigned refusals;

void flush_local(uint64_t from, uint64_t end) { }

static void live(struct smp_thread *s)
{
    struct { uint64_t pa; unsigned order; } held[HELD];
    unsigned n = 0;

    for (unsigned i = 0; i < ROUNDS || n > 0; i++) {
        unsigned order = smp_random(s, 7);

        if (i < ROUNDS && n < HELD && smp_random(s, 3) > 0) {
            int err = pages_alloc(order, &held[n].pa);

            MUST(err == 0 || err == -ENOMEM);
            (void)__atomic_fetch_add(&refusals, err != 0, __ATOMIC_RELAXED);
            if (err != 0) continue;
            held[n].order = order;
            memset(arch_linear(held[n++].pa), (int)s->number + 1, PAGE << order);
        } else if (n > 0) {
            unsigned which = smp_random(s, n);
            const uint8_t *p = arch_linear(held[which].pa);
            uint64_t last = (PAGE << held[which].order) - 1;

            MUST(p[0] == s->number + 1 && p[last] == s->number + 1 && p[last / 2] == p[0]);
            pages_free(held[which].pa, held[which].order);
            held[which] = held[--n];
        }
        smp_work();
    }
}

static int start(void **state)
{
    host_memory = aligned_alloc(2 * MIB, RAM);
    smp_run(1, threads, 0);             /* somebody has to be calling */
    host_self = &threads[0].t;
    return pages_add(PAGE, RAM - PAGE);
}

static int end(void **state)
{
    free(host_memory);
    return 0;
}

static void run_all(void (*fn)(struct smp_thread *s))
{
    struct pages_stat before, after;

    for (unsigned i = 0; i < THREADS; i++) threads[i].fn = fn;
    pages_stat(&before);
    assert_int_equal(before.left, before.free);
    for (unsigned n = 1; n <= 4; n++) smp_run(n, threads, THREADS);
    pages_stat(&after);
    assert_int_equal(after.free, before.free);
    assert_int_equal(after.left, before.left);
}

static void what_a_cpu_has_no_other_has(void **state)
{
    run_all(live);
    assert_true(refusals > 0);
}

static uint64_t share;

/* All that is left, and then what was promised, one by one and back. */
static void take_share(struct smp_thread *s)
{
    static uint64_t held[THREADS][RAM / PAGE];
    uint64_t *mine = held[s->number];

    for (unsigned i = 0; i < 20; i++) {
        bool promised = smp_random(s, 2);

        if (promised) MUST(pages_promise(share) == 0);
        for (uint64_t n = 0; n < share; n++) {
            if (promised) mine[n] = pages_take();
            else MUST(pages_alloc(0, &mine[n]) == 0);
            smp_work();
        }
        for (uint64_t n = 0; n < share; n++) pages_free(mine[n], 0);
    }
}

/* regression: uk 16 */
static void nobody_is_refused_what_others_only_keep(void **state)
{
    struct pages_stat all;

    pages_stat(&all);
    share = all.free / THREADS;
    run_all(take_share);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_cpu_has_no_other_has),
        cmocka_unit_test(nobody_is_refused_what_others_only_keep),
    };

    return cmocka_run_group_tests(tests, start, end);
}
