/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/work.c @tests/unit/unikernel/fake/smp.c
/* Several CPUs leave work to the one thread that does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/smp.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/work.h"

#define ASKERS 5U
#define ROUNDS 150U

static struct smp_thread threads[ASKERS + 1];
static void (*worker)(void *arg);
static struct {
    struct work work;
    bool wanted;
    unsigned runs;                  /* the worker's own */
} jobs[ASKERS];
static unsigned asking;

void flush_local(uint64_t from, uint64_t end) { }

int thread_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
    worker = fn;
    return 0;
}

static void work(struct smp_thread *s) { worker(NULL); }

static void job(void *arg)
{
    unsigned n = (unsigned)(uintptr_t)arg;

    MUST(arch_irq_is_on());
    jobs[n].runs++;
    __atomic_store_n(&jobs[n].wanted, false, __ATOMIC_RELEASE);
}

static void end_worker(void *arg)
{
    (void)arch_irq_save();
    sched_end();
}

static void ask(struct smp_thread *s)
{
    static struct work end = { .fn = end_worker };
    unsigned n = s->number - 1;

    jobs[n].work = (struct work){ .fn = job, .arg = (void *)(uintptr_t)n };
    for (unsigned i = 0; i < ROUNDS; i++) {
        __atomic_store_n(&jobs[n].wanted, true, __ATOMIC_RELEASE);
        work_queue(&jobs[n].work);
        if (smp_random(s, 4) == 0) work_queue(&jobs[n].work);
        while (__atomic_load_n(&jobs[n].wanted, __ATOMIC_ACQUIRE)) {
            thread_yield();
            smp_work();
        }
    }
    if (__atomic_sub_fetch(&asking, 1, __ATOMIC_ACQ_REL) == 0) work_queue(&end);
}

static void what_is_asked_for_is_done_soon(void **state)
{
    for (unsigned n = 1; n <= 4; n++) {
        assert_int_equal(work_start(), 0);
        threads[0].fn = work;
        for (unsigned i = 0; i < ASKERS; i++) {
            threads[i + 1].fn = ask;
            jobs[i].runs = 0;
        }
        asking = ASKERS;
        smp_run(n, threads, ASKERS + 1);
        for (unsigned i = 0; i < ASKERS; i++) assert_in_range(jobs[i].runs, ROUNDS, 2 * ROUNDS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_asked_for_is_done_soon) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
