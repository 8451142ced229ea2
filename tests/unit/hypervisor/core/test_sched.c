/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Turns on a core: who comes next, who leaves, and that nobody is forgotten. */
#include "tests/unit/hypervisor/core/sched_try.h"
#include "hypervisor/core/irq.h"

static void a_lone_vcpu_runs_without_timer_or_traps(void **state)
{
    struct vcpu *a = runner("a", 1);

    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->state, VCPU_RUNNING);
    assert_true(a->arch.loaded);
    assert_int_equal(a->arch.pc, BOARD_RAM + 0x80000);
    assert_int_equal(a->arch.context, BOARD_RAM);
    assert_int_equal(host_timer_at(), UINT64_MAX);
    assert_false(host_wfi_trapped[1]);
    assert_null(board_turn(0));
}

static void two_share_a_core_slice_by_slice(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1), *runs[2] = { a, b };
    uint64_t ran[2], waited[2];

    for (uint32_t i = 0; i < 8; i++) {
        assert_ptr_equal(board_turn(1), runs[i % 2]);
        assert_int_equal(runs[(i + 1) % 2]->state, VCPU_READY);
        assert_true(host_wfi_trapped[1]);
        assert_int_equal(host_timer_at(), arch_counter() + SLICE);
        host_time_advance(SLICE / 2);
        timer_interrupt();                                      /* not yet */
        assert_ptr_equal(board_turn(1), runs[i % 2]);
        host_time_advance(SLICE - SLICE / 2);
        timer_interrupt();
    }
    board_turn(1);
    sched_times(a, &ran[0], &waited[0]);
    sched_times(b, &ran[1], &waited[1]);
    assert_int_equal(ran[0], ran[1]);
    assert_int_equal(ran[0], 4 * SLICE);
    assert_int_equal(waited[0], waited[1]);
    assert_int_equal(waited[0], 4 * SLICE);
}

static void the_slice_ends_with_the_competition(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_off(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), UINT64_MAX);
    assert_true(
        host_wfi_trapped[1]); /* its run time counts exactly while another could come back */
    while (vm_remove(a->vm) != 0) continue;
    assert_ptr_equal(board_turn(1), b);
    assert_false(host_wfi_trapped[1]);
}

static void yielding_lets_all_others_run_first(void **state)
{
    struct vcpu *v[4];
    char name[8];

    for (uint32_t i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%c", 'a' + (int)i);
        v[i] = runner(name, 1);
    }
    for (uint32_t i = 0; i < 12; i++) {
        assert_ptr_equal(board_turn(1), v[i % 4]);
        sched_let_others(v[i % 4]);
    }
}

static struct vcpu *flooded;
static uint32_t floods;
static bool timer_raised;

static void on_timer(uint32_t intid)
{
    timer_raised = false;
    timer_interrupt();
}

/* Whenever its core looks at the clock, another wants something of it again, as long as that one
 * runs there. */
static void flood(void)
{
    if (flooded->state != VCPU_RUNNING || ++floods > 1000) return;
    host_on_counter = NULL;
    host_time_advance(SLICE / 50);
    cpu_request(&cpus[0], WORK_WATCH);
    if (!timer_raised && host_timer_at() <= arch_counter()) {
        timer_raised = true;
        board_raise(0, platform.irq_hyp_timer);
    }
    host_on_counter = flood;
}

/* regression: 28 */
static void work_without_end_does_not_hold_the_timer_off(void **state)
{
    struct vcpu *b, *next;

    flooded = runner("a", 0);
    b = runner("b", 0);
    host_cpu_set(0);
    assert_int_equal(irq_claim(platform.irq_hyp_timer, on_timer), 0);
    assert_ptr_equal(board_turn(0), flooded);
    floods = 0;
    host_on_counter = flood;
    cpu_request(&cpus[0], WORK_WATCH);
    next = board_turn(0);
    host_on_counter = NULL;
    assert_ptr_equal(next, b);
    assert_in_range(floods, 10, 100);
}

static void vcpus_leave_from_every_state(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1), *c = runner("c", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter() + 50 * SLICE;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);         /* a waits, b runs, c is ready */
    host_cpu_set(0);
    vm_end(a->vm, SHYPER_REASON_REQUEST, 0);
    vm_end(c->vm, SHYPER_REASON_REQUEST, 0);
    vm_end(b->vm, SHYPER_REASON_REQUEST, 0);
    assert_int_equal(a->vm->state, SHYPER_VM_STOPPING);
    assert_null(board_turn(1));
    assert_int_equal(a->state | b->state | c->state, VCPU_OFF);
    assert_int_equal(a->vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(b->vm->state, SHYPER_VM_STOPPED);
    assert_int_equal(c->vm->state, SHYPER_VM_STOPPED);
    assert_null(cpus[1].loaded);
    assert_false(list_is_linked(&a->vtimer.node));
    assert_true(runq_is_empty(&cpus[1].queue));
}

static void one_vm_leaves_and_the_others_run_on(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1), *c = runner("c", 0);

    assert_ptr_equal(board_turn(0), c);
    assert_ptr_equal(board_turn(1), a);
    vm_end(a->vm, SHYPER_REASON_REQUEST, 0);
    assert_ptr_equal(board_turn(1), b);
    assert_ptr_equal(board_turn(0), c);
    assert_int_equal(b->vm->state, SHYPER_VM_RUNNING);
    assert_int_equal(c->arch.loads, 1);
}

/* Anything in any order: each vCPU is where its state says, one runs per core, and nobody who is
 * ready waits longer than everybody else's turn. */
/* regression: 26 */
static void random_life_keeps_every_vcpu_in_its_place(void **state)
{
    enum { COUNT = 6 };
    struct vcpu *v[COUNT];
    uint32_t waited[COUNT] = { 0 }, seed = 99, woken = 0;
    char name[8];

    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(name, sizeof(name), "%c", 'a' + (int)i);
        v[i] = runner(name, i % CPUS);
    }
    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t cpu = round % CPUS, what, whom;
        struct vcpu *now = board_turn(cpu);

        seed = seed * 1664525u + 1013904223u;
        what = (seed >> 8) % 8;
        whom = (seed >> 16) % COUNT;
        for (uint32_t i = 0; i < COUNT; i++) {
            bool queued = list_is_linked(&v[i]->sched.node);

            assert_int_equal(queued, v[i]->state == VCPU_READY);
            if (v[i]->state == VCPU_RUNNING) assert_ptr_equal(v[i]->cpu->vcpu, v[i]);
            if (v[i]->cpu->id != cpu) continue;
            if (v[i]->cpu->vcpu == v[i]) assert_int_equal(v[i]->state, VCPU_RUNNING);
            waited[i] = v[i]->state == VCPU_READY ? waited[i] + 1 : 0;
            assert_true(waited[i] <= 12);
        }
        if (now != NULL) {
            assert_int_equal(now->state, VCPU_RUNNING);
            assert_true(now->arch.loaded);
            now->arch.vtimer_on = what & 1;
            now->arch.vtimer_at = arch_counter() + SLICE * (1 + what);
            if (what < 3) sched_wait(now);
            else if (what < 5) sched_let_others(now);
        }
        if (what == 5) {
            host_cpu_set(1 - cpu);
            woken += v[whom]->state == VCPU_WAITING;
            vcpu_kick(v[whom]);
            assert_true(v[whom]->state != VCPU_WAITING);
        }
        host_cpu_set(cpu);
        host_time_advance(SLICE / 3);
        timer_interrupt();
    }
    assert_true(woken > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(a_lone_vcpu_runs_without_timer_or_traps),
        TEST(two_share_a_core_slice_by_slice),
        TEST(the_slice_ends_with_the_competition),
        TEST(yielding_lets_all_others_run_first),
        TEST(work_without_end_does_not_hold_the_timer_off),
        TEST(vcpus_leave_from_every_state),
        TEST(one_vm_leaves_and_the_others_run_on),
        TEST(random_life_keeps_every_vcpu_in_its_place),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
