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

static void what_a_cpu_has_no_other_has(void **state)
{
    struct pages_stat before, after;

    host_memory = aligned_alloc(2 * MIB, RAM);
    for (unsigned i = 0; i < THREADS; i++) threads[i].fn = live;
    smp_run(1, threads, 0);             /* somebody has to be calling */
    host_self = &threads[0].t;
    assert_int_equal(pages_add(PAGE, RAM - PAGE), 0);
    pages_stat(&before);
    for (unsigned n = 1; n <= 4; n++) smp_run(n, threads, THREADS);
    pages_stat(&after);
    assert_int_equal(after.free, before.free);
    assert_true(refusals > 0);
    free(host_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_a_cpu_has_no_other_has) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
