/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/work.c unikernel/kernel/lock.c tests/unit/unikernel/fake/kernel.c
/* Work that is left to a thread. The thread is run by hand until it finds nothing to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/work.h"
#include "lib/err.h"

static struct thread worker;
static void (*begin)(void *arg);
static jmp_buf nothing_to_do;
static unsigned wakes, level;
static char done[16];
static size_t done_len;

int thread_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
    begin = fn;
    return 0;
}

int thread_set_policy(struct thread *t, enum thread_policy policy, unsigned prio)
{
    level = prio;
    return 0;
}

bool thread_wake(struct thread *t, int result)
{
    wakes++;
    return true;
}

int thread_block_finish(uint64_t deadline_ns)
{
    assert_int_equal(worker.state, THREAD_BLOCKED);
    assert_null(worker.held);
    longjmp(nothing_to_do, 1);
}

static void run(void)
{
    worker.state = THREAD_READY;
    host_self = &worker;
    if (setjmp(nothing_to_do) == 0) begin(NULL);
}

static int setup(void **state)
{
    fake_cpus(1);
    fake_thread(&worker, 1);
    done_len = wakes = 0;
    host_self = &worker;
    return work_start();
}

static void note(void *arg)
{
    assert_int_equal(host_irq_flag, 1);
    done[done_len++] = *(const char *)arg;
}

static void work_is_done_in_the_order_asked_for(void **state)
{
    struct work a = { note, "a", NULL, false }, b = { note, "b", NULL, false };

    work_queue(&a);
    work_queue(&b);
    work_queue(&a);
    run();
    assert_int_equal(done_len, 2);
    assert_memory_equal(done, "ab", 2);
    assert_int_equal(level, PRIO_LEVELS - 1);
    work_queue(&b);
    assert_int_equal(wakes, 1);
    run();
    assert_memory_equal(done, "abb", 3);
}

static void ask_again(void *arg)
{
    note("x");
    if (done_len < 3) work_queue(arg);
}

static void work_may_ask_for_itself_again(void **state)
{
    struct work w = { ask_again, &w, NULL, false };

    work_queue(&w);
    run();
    assert_int_equal(done_len, 3);
    assert_false(w.queued);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(work_is_done_in_the_order_asked_for, setup),
        cmocka_unit_test_setup(work_may_ask_for_itself_again, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
