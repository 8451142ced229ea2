/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/unikernel/fake/smp.c
/* What was flushed is used by no CPU any more, those included that slept meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/time.h"

#define THREADS 6U
#define ROUNDS  300U

static struct smp_thread threads[THREADS];
static uint64_t tables;             /* how often they were changed */
static uint64_t gone;               /* nobody may use what was before this change */
static uint64_t cached[CPUS_MAX];   /* each CPU's own: the tables as it read them last */
static struct spinlock lock;

void flush_local(uint64_t from, uint64_t end)
{
    cached[cpu_self()->index] = __atomic_load_n(&tables, __ATOMIC_RELAXED);
}

static void use(void)
{
    IRQS_OFF_SCOPED();
    uint64_t least = __atomic_load_n(&gone, __ATOMIC_ACQUIRE);

    MUST(cached[cpu_self()->index] >= least);
}

/* Also while others wait for a lock that is held, with interrupts masked. */
static void change(bool locked)
{
    struct lock_guard g;
    uint64_t now, was;

    if (locked) lock_take(&g, &lock);
    now = __atomic_add_fetch(&tables, 1, __ATOMIC_RELAXED);
    flush_all_cpus(0x1000, 0x2000);
    was = __atomic_load_n(&gone, __ATOMIC_RELAXED);
    while (was < now && !__atomic_compare_exchange_n(&gone, &was, now, false, __ATOMIC_RELEASE,
                                                     __ATOMIC_RELAXED)) { }
    if (locked) lock_release(&g);
}

static void live(struct smp_thread *s)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        use();
        switch (smp_random(s, 8)) {
        case 0: change(false); break;
        case 1: change(true); break;
        case 2:
            thread_block_prepare();
            (void)thread_block_finish(time_ns() + smp_random(s, 300000));
            break;
        case 3: thread_yield(); break;
        default: smp_work(); break;
        }
    }
}

/* regression: uk 11 */
static void no_cpu_uses_what_was_flushed(void **state)
{
    for (unsigned n = 1; n <= 8; n *= 2) {
        tables = gone = 0;
        for (unsigned i = 0; i < CPUS_MAX; i++) cached[i] = 0;
        for (unsigned i = 0; i < THREADS; i++) threads[i].fn = live;
        smp_run(n, threads, THREADS);
        assert_true(gone > 0 && gone == tables);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_cpu_uses_what_was_flushed) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
