/* SPDX-License-Identifier: Apache-2.0 */
// sources: unikernel/kernel/flush.c tests/unit/unikernel/fake/kernel.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/unikernel/fake/kernel.h"
#include "unikernel/kernel/flush.h"
#include "unikernel/kernel/irq.h"

static unsigned flushed;            /* bit n: CPU n */

void flush_local(uint64_t from, uint64_t end)
{
    if (end != UINT64_MAX) {        /* everything: a CPU that was idle */
        assert_int_equal(from, 0x1000);
        assert_int_equal(end, 0x3000);
        assert_int_equal(host_irq_flag, 0);
    }
    flushed |= 1U << cpu_self()->index;
}

static const struct cpu *called[8];
static unsigned calls;

void irq_send(uint32_t irq, const struct cpu *to) { called[calls++] = to; }

static void serve_all(void)
{
    struct thread *self = host_self;

    while (calls > 0) {
        host_self = called[--calls]->current;
        flush_serve();
    }
    host_self = self;
}

static int setup(void **state)
{
    flushed = calls = 0;
    return 0;
}

static void every_cpu_forgets(void **state)
{
    fake_cpus(4);
    fake_spin = serve_all;
    flush_all_cpus(0x1000, 0x3000);
    assert_int_equal(flushed, 0xf);
    assert_int_equal(host_irq_flag, 1);
}

static void one_cpu_calls_nobody(void **state)
{
    fake_cpus(1);
    flush_all_cpus(0x1000, 0x3000);
    assert_int_equal(flushed, 1);
}

static void nothing_asked_is_nothing_done(void **state)
{
    fake_cpus(2);
    flush_serve();
    assert_int_equal(flushed, 0);
}

static void an_idle_cpu_forgets_when_it_wakes(void **state)
{
    struct thread *self;

    fake_cpus(2);
    self = host_self;
    host_self = cpus[1]->current;
    flush_idle_begin();
    host_self = self;
    flush_all_cpus(0x1000, 0x3000);
    assert_int_equal(calls, 0);
    assert_int_equal(flushed, 1);
    host_self = cpus[1]->current;
    flush_idle_end();
    assert_int_equal(flushed, 3);
    flushed = 0;
    flush_idle_end();
    assert_int_equal(flushed, 0);
    host_self = self;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_cpu_forgets, setup),
        cmocka_unit_test_setup(one_cpu_calls_nobody, setup),
        cmocka_unit_test_setup(an_idle_cpu_forgets_when_it_wakes, setup),
        cmocka_unit_test_setup(nothing_asked_is_nothing_done, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
