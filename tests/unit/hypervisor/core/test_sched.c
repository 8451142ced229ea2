/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Which vCPU runs when. Two CPUs; time moves only by the test's hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hypervisor/core/irq.h"
#include "hypervisor/core/sched.h"
#include "lib/bitmap.h"
#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPUS  2u
#define SLICE (HOST_COUNTER_HZ / 100)

static struct board_count before;

static int board(void **state)
{
    board_init(3, CPUS);
    return 0;
}

static int start(void **state)
{
    before = board_count();
    board_mvm(1);                   /* on CPU 0, and not started: the machine goes on when the last guest has ended */
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    return board_count_same(&before, &now) ? 0 : 1;
}

/* A running VM with one vCPU on the given CPU. */
static struct vcpu *runner_of(const char *name, uint32_t cpu, struct sched_config sched)
{
    struct vm_config *c = board_config(name, 1, 2 * MIB);
    const char *why;
    struct vm *vm;

    c->cpu_master = cpu;
    c->sched = sched;
    assert_int_equal(vm_make(c, false, &vm, &why), 0);
    assert_int_equal(vm_boot(vm), 0);
    return vm->vcpu[0];
}

static struct vcpu *runner(const char *name, uint32_t cpu)
{
    return runner_of(name, cpu, (struct sched_config){ .weight = SHYPER_WEIGHT_DEFAULT });
}

static struct vcpu *realtime(const char *name, uint32_t priority, uint32_t budget_us)
{
    return runner_of(name, 1, (struct sched_config){ SHYPER_CLASS_REALTIME, SHYPER_WEIGHT_DEFAULT, priority, budget_us, 10000 });
}

static uint64_t ran(struct vcpu *v)
{
    uint64_t run, ready;

    sched_times(v, &run, &ready);
    return run;
}

/* Time passes on CPU 1; nobody there does anything but run. */
static void spin(uint64_t counts)
{
    uint64_t until = arch_counter() + counts;

    while (arch_counter() < until) {
        board_turn(1);
        host_time_set(MIN(until, host_timer_at()));
        if (host_timer_at() <= arch_counter()) timer_interrupt();
    }
    board_turn(1);
}

/* Its interrupt controller is on, its CPU interface open: what is pending wakes it. */
static void listen(struct vcpu *v)
{
    struct mmio_access a = { .offset = 0, .value = 3, .size = 4, .write = true };

    v->vgic.regs.vmcr = 0xff000003;
    assert_true(v->vm->device[0].model->mmio(&v->vm->device[0], v, &a));
    v->vgic.irq[3].enabled = true;
}

/* SGI 3 to itself. */
static void interrupt(struct vcpu *v)
{
    vgic_sgi(v, UINT64_C(3) << 24 | 1, true);
}

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
    assert_true(host_wfi_trapped[1]);           /* its run time counts exactly while another could come back */
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

static void a_sleeper_leaves_the_core_to_others_and_comes_back(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(a->state, VCPU_WAITING);
    assert_false(a->arch.loaded);
    sched_wait(b);
    assert_null(board_turn(1));
    assert_true(b->arch.loaded);                /* nobody needs the registers */
    vcpu_kick(b);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(b->arch.loads, 1);         /* coming back cost no switch */
    vcpu_kick(a);
    sched_let_others(b);
    assert_ptr_equal(board_turn(1), a);
}

static void a_kick_between_sleeping_and_the_exit_loop_is_not_lost(void **state)
{
    struct vcpu *a = runner("a", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    host_cpu_set(0);
    board_kicks(1);
    vcpu_kick(a);
    assert_int_equal(board_kicks(1), 0);        /* it knows that it has to look */
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->state, VCPU_RUNNING);
}

static void an_interrupt_that_waits_keeps_from_sleeping(void **state)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    interrupt(a);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->state, VCPU_RUNNING);
}

/* Another VM's end tells the management VM, which has just gone to sleep on the same core: the core still counts it as the one
 * that is on it, but it is no longer running. */
static void an_interrupt_for_who_just_went_to_sleep_here_wakes(void **state)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    interrupt(a);
    assert_ptr_equal(board_turn(1), a);
}

/* The end of an interrupt that had no list register lets it fire again: the count of such ends is all that tells. */
static void an_end_without_a_list_register_counts_before_sleeping(void **state)
{
    struct vcpu *a = runner("a", 1);
    struct mmio_access active = { .offset = 0x10300, .value = 0x1f8, .size = 4, .write = true };

    listen(a);
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vm->device[1].model->mmio(&a->vm->device[1], a, &active));      /* more than there are list registers */
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vgic.unlisted);
    for (uint32_t sgi = 3; sgi < 9; sgi++) vgic_sgi(a, (uint64_t)sgi << 24 | 1, true);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_null(board_turn(1));
    vcpu_kick(a);
    assert_ptr_equal(board_turn(1), a);
    board_unlisted_ends = 1;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), a);
}

static struct vcpu *watched;
static enum vcpu_state seen_as;
static uint32_t looks;

static void on_look(void)
{
    seen_as = watched->state;
    looks++;
}

/* The other way round an interrupt that comes between would find it running, and not wake it. */
static void who_goes_to_sleep_is_seen_asleep_before_it_looks_for_interrupts(void **state)
{
    watched = runner("a", 1);
    listen(watched);
    assert_ptr_equal(board_turn(1), watched);
    looks = 0;
    board_on_look = on_look;
    sched_wait(watched);
    board_on_look = NULL;
    assert_true(looks > 0);
    assert_int_equal(seen_as, VCPU_WAITING);
}

static void kicks_reach_only_whom_they_must(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    board_kicks(1);
    cpus[1].work = 0;
    host_cpu_set(0);
    vcpu_kick(b);                               /* ready: it will look when it comes */
    assert_int_equal(cpus[1].work, 0);
    vcpu_kick(a);
    vcpu_kick(a);                               /* it has not looked yet */
    assert_int_equal(cpus[1].work, WORK_VGIC);
    assert_int_equal(board_kicks(1), 1);
    host_cpu_set(1);
    vcpu_kick(a);                               /* from its own core: no interrupt needed */
    assert_int_equal(board_kicks(1), 0);
    sched_off(a);
    cpus[1].work = 0;
    vcpu_kick(a);                               /* off: nothing to look at */
    assert_int_equal(cpus[1].work, 0);
}

static struct vcpu *flooded;
static uint32_t floods;
static bool timer_raised;

static void on_timer(uint32_t intid)
{
    timer_raised = false;
    timer_interrupt();
}

/* Whenever its core looks at the clock, another wants something of it again, as long as that one runs there. */
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

/* regression: 25 */
static void the_virtual_timer_of_a_sleeper_goes_on(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);
    uint64_t due = arch_counter() + 3 * SLICE;

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = due;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), due);
    host_time_set(due - 1);
    timer_interrupt();
    assert_int_equal(a->state, VCPU_WAITING);
    host_time_set(due);
    timer_interrupt();
    assert_int_equal(a->state, VCPU_READY);
    assert_ptr_equal(board_turn(1), a);
    assert_false(list_is_linked(&a->vtimer.node));
}

static void a_timer_that_will_not_fire_is_not_armed(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

/* Expired, but masked: to be woken by it again would change nothing. */
static void a_timer_whose_interrupt_waits_already_wakes_nobody(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter();
    vgic_hw_ppi(a, platform.irq_vtimer);
    assert_ptr_equal(board_turn(1), a);
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    assert_int_equal(host_timer_at(), UINT64_MAX);
    sched_wait(b);
    vcpu_kick(a);
    assert_ptr_equal(board_turn(1), a);
    sched_restart(a, 0x1234000, 77);
    sched_wait(a);
    assert_null(board_turn(1));
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

/* A vCPU whose timer has fired, without its guest having looked, sets it to one slice from now and goes to sleep. */
static struct vcpu *sleeper_that_set_its_timer_anew(void)
{
    struct vcpu *a = runner("a", 1);

    listen(a);
    a->vgic.irq[platform.irq_vtimer].enabled = true;
    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter();
    board_raise(1, platform.irq_vtimer);
    assert_true(irq_handle());
    assert_ptr_equal(board_turn(1), a);
    assert_true(a->vgic.irq[platform.irq_vtimer].lr >= 0);
    a->arch.vtimer_at = arch_counter() + SLICE;
    sched_wait(a);
    return a;
}

/* regression: 25 */
static void a_timer_set_anew_interrupts_an_idle_core(void **state)
{
    struct vcpu *a = sleeper_that_set_its_timer_anew();

    assert_null(board_turn(1));
    assert_true(a->arch.loaded);
    assert_false(bitmap_test(board_active, platform.irq_vtimer));
}

/* regression: 25 */
static void a_timer_set_anew_wakes_also_when_it_expires_before_the_core_goes_on(void **state)
{
    struct vcpu *a = sleeper_that_set_its_timer_anew(), *b = runner("b", 1);

    host_cpu_set(1);
    host_time_advance(SLICE);
    assert_ptr_equal(board_turn(1), b);
    assert_true(host_timer_at() <= arch_counter());
    timer_interrupt();
    assert_int_equal(a->state, VCPU_READY);
}

static void coming_back_early_takes_the_timer_along(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter() + 50 * SLICE;
    sched_wait(a);
    assert_ptr_equal(board_turn(1), b);
    vcpu_kick(a);
    sched_wait(b);
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

static void restarting_keeps_the_timer_and_forgets_the_rest(void **state)
{
    struct vcpu *a = runner("a", 1);

    assert_ptr_equal(board_turn(1), a);
    a->arch.vtimer_on = true;
    a->arch.vtimer_at = arch_counter() + SLICE;
    a->arch.regs[5] = 5;
    sched_restart(a, 0x1234000, 77);
    sched_wait(a);
    assert_null(board_turn(1));
    host_time_advance(SLICE);
    timer_interrupt();
    assert_ptr_equal(board_turn(1), a);
    assert_int_equal(a->arch.pc, 0x1234000);
    assert_int_equal(a->arch.context, 77);
    assert_int_equal(a->arch.regs[5], 0);
    assert_true(a->arch.vtimer_on);
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

/* regression: 28 */
static void run_time_goes_by_weight(void **state)
{
    static const uint32_t weights[] = { 300, 100, 10, 590 };
    struct vcpu *v[4];
    char name[8];

    for (uint32_t i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%c", 'a' + (int)i);
        v[i] = runner_of(name, 1, (struct sched_config){ .weight = weights[i] });
    }
    spin(1000 * SLICE);
    for (uint32_t i = 0; i < 4; i++) assert_in_range(ran(v[i]), weights[i] * SLICE - 2 * SLICE, weights[i] * SLICE + 2 * SLICE);
}

static void three_to_one_shows_within_a_few_slices(void **state)
{
    struct vcpu *a = runner_of("a", 1, (struct sched_config){ .weight = 300 }), *b = runner("b", 1);

    spin(8 * SLICE);
    assert_in_range(ran(a), 5 * SLICE, 7 * SLICE);
    spin(72 * SLICE);
    assert_in_range(ran(a) * 100 / (ran(a) + ran(b)), 73, 77);
}

/* What one has not used while it slept, or had while it was alone, is not made up for later. */
static void neither_sleep_nor_solitude_is_paid_back(void **state)
{
    struct vcpu *a = runner("a", 1), *b = runner("b", 1);
    uint64_t a_had, b_had;

    spin(2 * SLICE);
    host_cpu_set(1);
    while (cpus[1].vcpu != b) spin(SLICE);
    sched_wait(b);
    spin(500 * SLICE);
    a_had = ran(a);
    b_had = ran(b);
    vcpu_kick(b);
    spin(100 * SLICE);
    assert_in_range(ran(b) - b_had, 49 * SLICE, 52 * SLICE);
    assert_in_range(ran(a) - a_had, 48 * SLICE, 51 * SLICE);
}

/* regression: 28 */
static void who_wakes_without_end_leaves_others_their_share(void **state)
{
    struct vcpu *a = runner("a", 1), *waker = runner("waker", 1), *now;
    uint64_t begin = arch_counter();

    while (arch_counter() - begin < 100 * SLICE) {
        now = board_turn(1);
        if (now == waker) {
            host_time_advance(SLICE / 100);
            sched_wait(waker);
            continue;
        }
        assert_ptr_equal(now, a);
        vcpu_kick(waker);
        assert_ptr_equal(board_turn(1), a);                     /* it has only just got the core */
        host_time_advance(SLICE / 16);
        if (host_timer_at() <= arch_counter()) timer_interrupt();
    }
    assert_true(ran(a) > 80 * SLICE);
    assert_true(ran(waker) > 10 * SLICE);                       /* and is not forgotten itself */
}

/* regression: 27, 28 */
static void a_budget_is_met_from_the_first_period_on_and_an_hour_later(void **state)
{
    struct vcpu *hog = runner("hog", 1), *rt;
    uint64_t period = HOST_COUNTER_HZ / 100, budget = HOST_COUNTER_HZ / 500, had;

    host_time_advance(12345);
    rt = realtime("rt", 3, 2000);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 50; i++) {
            had = ran(rt);
            spin(period);
            assert_int_equal(ran(rt) - had, budget);
        }
        spin(3600u * (uint64_t)HOST_COUNTER_HZ);
    }
    assert_int_equal(ran(rt) * 4, ran(hog));
}

/* regression: 28 */
static void a_woken_realtime_vcpu_takes_the_core_at_once(void **state)
{
    struct vcpu *hog = runner("hog", 1), *low = realtime("low", 1, 3000), *high = realtime("high", 2, 3000);

    assert_ptr_equal(board_turn(1), high);
    sched_wait(high);
    assert_ptr_equal(board_turn(1), low);
    sched_wait(low);
    assert_ptr_equal(board_turn(1), hog);
    vcpu_kick(low);
    assert_ptr_equal(board_turn(1), low);
    vcpu_kick(high);
    assert_ptr_equal(board_turn(1), high);
    sched_let_others(high);
    assert_ptr_equal(board_turn(1), high);      /* the others are less urgent */
    sched_wait(high);
    assert_ptr_equal(board_turn(1), low);
}

static void equal_priorities_take_turns(void **state)
{
    struct vcpu *a = realtime("a", 2, 4500), *b = realtime("b", 2, 4500), *got[2];
    uint64_t had[2];

    assert_ptr_equal(board_turn(1), a);
    sched_let_others(a);
    assert_ptr_equal(board_turn(1), b);
    sched_let_others(b);
    assert_ptr_equal(board_turn(1), a);
    got[0] = a;
    got[1] = b;
    for (uint32_t i = 0; i < 2; i++) had[i] = ran(got[i]);
    spin(100 * SLICE);
    for (uint32_t i = 0; i < 2; i++) assert_in_range(ran(got[i]) - had[i], 45 * SLICE, 55 * SLICE);
}

static void what_nobody_else_wants_is_not_taken_from_a_budget_that_is_spent(void **state)
{
    struct vcpu *rt = realtime("rt", 2, 1000), *hog;
    uint64_t had;

    spin(5 * SLICE);
    assert_int_equal(ran(rt), 5 * SLICE);
    assert_int_equal(host_timer_at(), UINT64_MAX);      /* and nothing ticks for it */
    spin(SLICE / 2);
    hog = runner("hog", 1);
    assert_ptr_equal(board_turn(1), hog);               /* it has had its budget of this period long since */
    had = ran(rt);
    spin(SLICE);
    assert_int_equal(ran(rt) - had, SLICE / 10);
}

static void a_vm_tells_how_long_its_vcpus_waited_and_how_often_they_came(void **state)
{
    struct vcpu *a = runner("a", 1);
    uint64_t run, ready;

    runner("b", 1);
    spin(10 * SLICE);
    sched_times(a, &run, &ready);
    assert_int_equal(run, 5 * SLICE);
    assert_int_equal(ready, 5 * SLICE);
    assert_int_equal(a->sched.switches, a->arch.loads);
    assert_in_range(a->sched.switches, 5, 6);
}

/* Anything in any order: each vCPU is where its state says, one runs per core, and nobody who is ready waits longer than
 * everybody else's turn. */
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
        TEST(a_lone_vcpu_runs_without_timer_or_traps), TEST(two_share_a_core_slice_by_slice),
        TEST(the_slice_ends_with_the_competition), TEST(yielding_lets_all_others_run_first),
        TEST(a_sleeper_leaves_the_core_to_others_and_comes_back),
        TEST(a_kick_between_sleeping_and_the_exit_loop_is_not_lost), TEST(an_interrupt_that_waits_keeps_from_sleeping),
        TEST(an_end_without_a_list_register_counts_before_sleeping),
        TEST(an_interrupt_for_who_just_went_to_sleep_here_wakes),
        TEST(who_goes_to_sleep_is_seen_asleep_before_it_looks_for_interrupts), TEST(kicks_reach_only_whom_they_must),
        TEST(work_without_end_does_not_hold_the_timer_off),
        TEST(the_virtual_timer_of_a_sleeper_goes_on), TEST(a_timer_that_will_not_fire_is_not_armed),
        TEST(a_timer_whose_interrupt_waits_already_wakes_nobody), TEST(who_wakes_without_end_leaves_others_their_share),
        TEST(a_timer_set_anew_interrupts_an_idle_core),
        TEST(a_timer_set_anew_wakes_also_when_it_expires_before_the_core_goes_on),
        TEST(coming_back_early_takes_the_timer_along), TEST(restarting_keeps_the_timer_and_forgets_the_rest),
        TEST(vcpus_leave_from_every_state), TEST(one_vm_leaves_and_the_others_run_on),
        TEST(random_life_keeps_every_vcpu_in_its_place), TEST(run_time_goes_by_weight),
        TEST(three_to_one_shows_within_a_few_slices), TEST(neither_sleep_nor_solitude_is_paid_back),
        TEST(a_budget_is_met_from_the_first_period_on_and_an_hour_later), TEST(a_woken_realtime_vcpu_takes_the_core_at_once),
        TEST(equal_priorities_take_turns), TEST(what_nobody_else_wants_is_not_taken_from_a_budget_that_is_spent),
        TEST(a_vm_tells_how_long_its_vcpus_waited_and_how_often_they_came),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
