/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Trace records: only what was asked for, the newest kept, each with who and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/trace.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

static int board(void **state)
{
    board_init(3, 2);
    return 0;
}

static int end(void **state)
{
    for (uint32_t i = 0; i < cpu_count; i++) cpus[i].trace_mask = 0;
    board_clear();
    return 0;
}

static void nothing_is_recorded_when_off(void **state)
{
    uint64_t next = cpus[0].trace_next;

    trace_record(&cpus[0], SHYPER_TRACE_EXIT_SYNC, 1, 2);
    cpus[0].trace_mask = 1u << SHYPER_TRACE_EXIT_IRQ;
    trace_record(&cpus[0], SHYPER_TRACE_EXIT_SYNC, 1, 2);
    assert_int_equal(cpus[0].trace_next, next);
}

static void a_record_says_who_when_and_what(void **state)
{
    struct vm *vm;
    const struct trace_record *r;

    board_mvm(1);
    vm = board_guest("one", 2, 2 * MIB);
    assert_int_equal(vm_boot(vm), 0);
    cpus[1].trace_mask = UINT64_MAX;
    host_time_set(777);
    assert_ptr_equal(board_turn(1), vm->vcpu[0]);
    r = trace_tail(&cpus[1], 0);
    assert_int_equal(r->event, SHYPER_TRACE_VCPU_SWITCH);
    assert_int_equal(r->a, (uint64_t)vm->id << 8);
    assert_true(r->b == UINT64_MAX);
    trace_record(&cpus[1], SHYPER_TRACE_EXIT_SYNC, 0x93, 0x40001000);
    r = trace_tail(&cpus[1], 0);
    assert_int_equal(r->time, 777);
    assert_int_equal(r->event, SHYPER_TRACE_EXIT_SYNC);
    assert_int_equal(r->vm, vm->id);
    assert_int_equal(r->vcpu_cpu, 1);
    assert_int_equal(r->a, 0x93);
    assert_int_equal(r->b, 0x40001000);
    assert_int_equal(trace_tail(&cpus[1], 1)->event, SHYPER_TRACE_VCPU_SWITCH);
}

static void the_newest_records_are_kept(void **state)
{
    cpus[0].trace_next = 0;
    cpus[0].trace_mask = UINT64_MAX;
    assert_null(trace_tail(&cpus[0], 0));
    for (uint64_t i = 0; i < 1000; i++) {
        trace_record(&cpus[0], SHYPER_TRACE_MMIO, i, 0);
        assert_int_equal(trace_tail(&cpus[0], 0)->a, i);
        if (i >= 5) assert_int_equal(trace_tail(&cpus[0], 5)->a, i - 5);
        else assert_null(trace_tail(&cpus[0], 5));
    }
    assert_int_equal(trace_tail(&cpus[0], TRACE_RECORDS - 1)->a, 1000 - TRACE_RECORDS);
    assert_null(trace_tail(&cpus[0], TRACE_RECORDS));
    assert_null(trace_tail(&cpus[0], UINT32_MAX));
    assert_int_equal(trace_tail(&cpus[0], 0)->vm, UINT16_MAX);         /* no vCPU was on the core */
}

static void a_cpu_without_a_ring_has_no_records(void **state)
{
    struct cpu c = { 0 };

    assert_null(trace_tail(&c, 0));
    fake_page_fail(1);
    assert_int_equal(trace_init_cpu(&c), -ENOMEM);
    fake_page_fail(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_is_recorded_when_off, end),
        cmocka_unit_test_teardown(a_record_says_who_when_and_what, end),
        cmocka_unit_test_teardown(the_newest_records_are_kept, end),
        cmocka_unit_test_teardown(a_cpu_without_a_ring_has_no_records, end),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
