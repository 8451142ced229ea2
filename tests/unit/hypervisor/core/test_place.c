/* SPDX-License-Identifier: Apache-2.0 */
// sources: @tests/unit/hypervisor/fake/fake_board.c
/* Where vCPUs are at home, and who is refused. Eight CPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_board.h"

#define CPUS 8u

static struct board_count before;
static const char *why;

static int board(void **state)
{
    board_init(3, CPUS);
    return 0;
}

static int start(void **state)
{
    before = board_count();
    return 0;
}

static int all_back(void **state)
{
    struct board_count now;

    board_clear();
    now = board_count();
    for (uint32_t i = 0; i < CPUS; i++) {
        if (cpus[i].homes != 0) return 1;
    }
    return board_count_same(&before, &now) ? 0 : 1;
}

/* NULL: refused. */
static struct vm *place(uint32_t vcpus, uint64_t bitmap, uint32_t master, struct sched_config sched)
{
    static uint32_t number;
    struct vm_config *c;
    struct vm *vm = NULL;
    char name[16];

    snprintf(name, sizeof(name), "vm%u", number++);
    c = board_config(name, vcpus, 2 * MIB);
    c->cpu_bitmap = bitmap;
    c->cpu_master = master;
    c->sched = sched;
    if (sched.weight == 0) c->sched.weight = SHYPER_WEIGHT_DEFAULT;
    return vm_make(c, false, &vm, &why) == 0 ? vm : NULL;
}

static struct vm *fair(uint32_t vcpus, uint64_t bitmap)
{
    return place(vcpus, bitmap, UINT32_MAX, (struct sched_config){ .class = SHYPER_CLASS_FAIR });
}

static struct vm *exclusive(uint32_t vcpus, uint64_t bitmap)
{
    return place(vcpus, bitmap, UINT32_MAX, (struct sched_config){ .class = SHYPER_CLASS_EXCLUSIVE });
}

static struct vm *realtime(uint32_t vcpus, uint64_t bitmap, uint32_t budget_us)
{
    return place(vcpus, bitmap, UINT32_MAX,
                 (struct sched_config){ .class = SHYPER_CLASS_REALTIME, .budget_us = budget_us, .period_us = 10000 });
}

static uint64_t homes_of(const struct vm *vm)
{
    uint64_t map = 0;

    for (uint32_t i = 0; i < vm->vcpu_count; i++) map |= BIT64(vm->vcpu[i]->cpu->id);
    return map;
}

/* regression: 26 */
static void every_bitmap_with_a_cpu_that_runs_boots(void **state)
{
    uint32_t masters = 0;

    board_mvm(1);
    for (uint32_t bitmap = 0; bitmap < 256; bitmap++) {
        for (uint32_t vcpus = 1; vcpus <= SHYPER_VCPU_MAX; vcpus += bitmap % 3 + 1) {
            uint32_t master = bitmap % 2 != 0 || bitmap == 0 ? UINT32_MAX : (uint32_t)__builtin_ctz(bitmap);
            struct vm *vm = place(vcpus, (uint64_t)bitmap << 56 | bitmap, master, (struct sched_config){ 0 });
            uint64_t allowed = bitmap == 0 ? 255 : bitmap, homes;

            assert_non_null(vm);
            homes = homes_of(vm);
            assert_int_equal(homes & ~allowed, 0);
            assert_int_equal(__builtin_popcountll(homes), MIN(vcpus, (uint32_t)__builtin_popcountll(allowed)));
            if (master != UINT32_MAX) masters += vm->vcpu[0]->cpu == &cpus[master];
            assert_int_equal(vm_boot(vm), 0);
            for (uint32_t i = 0; i < CPUS; i++) {
                host_time_advance(HOST_COUNTER_HZ / 100);
                host_cpu_set(i);
                timer_interrupt();
            }
            board_settle();
            assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNING);
            while (vm_remove(vm) != 0) board_settle();
        }
    }
    assert_true(masters > 100);
}

static void a_bitmap_without_a_cpu_that_runs_is_refused(void **state)
{
    assert_null(fair(1, UINT64_C(1) << 8));
    assert_non_null(strstr(why, "cpus: bitmap"));
    cpus[3].online = false;
    assert_null(fair(1, 8));
    assert_non_null(strstr(why, "cpus: bitmap"));
    assert_non_null(fair(2, 24));
    cpus[3].online = true;
}

/* regression: 28 */
static void an_exclusive_vm_shares_no_core_with_anybody(void **state)
{
    struct vm *e;

    board_mvm(1);
    assert_null(exclusive(1, 1));
    assert_non_null(strstr(why, "management VM"));
    assert_non_null(fair(1, 2));
    assert_null(exclusive(1, 2));
    assert_non_null(strstr(why, "exclusive"));
    assert_null(exclusive(3, 0xf));             /* two cores are left of these */
    e = exclusive(2, 0xf);
    assert_non_null(e);
    assert_int_equal(homes_of(e), 0xc);
    assert_null(exclusive(1, 0xc));
    assert_null(fair(1, 0xc));
    assert_non_null(strstr(why, "belongs to a VM of class exclusive"));
    assert_null(realtime(1, 4, 100));
    assert_null(place(1, 0xff, 2, (struct sched_config){ 0 }));     /* its first vCPU has to be on CPU 2 */
    assert_int_equal(homes_of(fair(2, 0xe)), 2);        /* the others go elsewhere */
    while (vm_remove(e) != 0) board_settle();
    assert_non_null(fair(2, 0xc));
}

static void an_exclusive_vm_runs_without_timer_or_traps(void **state)
{
    struct vm *e;

    board_mvm(1);
    e = exclusive(1, 4);
    assert_int_equal(vm_boot(e), 0);
    assert_ptr_equal(board_turn(2), e->vcpu[0]);
    assert_int_equal(host_timer_at(), UINT64_MAX);
    assert_false(host_wfi_trapped[2]);
}

/* regression: 27, 28 */
static void no_core_is_promised_beyond_nine_tenths(void **state)
{
    struct vm *first;

    board_mvm(1);
    first = realtime(1, 2, 5000);
    assert_non_null(first);
    assert_null(realtime(1, 2, 4001));
    assert_non_null(strstr(why, "budget_us"));
    assert_non_null(strstr(why, "90 %"));
    assert_non_null(realtime(1, 2, 4000));
    assert_null(realtime(1, 2, 1));             /* a thousandth is the least */
    assert_null(realtime(1, 4, 9001));
    assert_null(realtime(2, 4, 4501));          /* two vCPUs on one core */
    assert_int_equal(homes_of(realtime(2, 6, 4500)), 4);
    assert_non_null(fair(1, 2));
    while (vm_remove(first) != 0) board_settle();
    assert_non_null(realtime(1, 2, 5000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, all_back)
    const struct CMUnitTest tests[] = {
        TEST(every_bitmap_with_a_cpu_that_runs_boots), TEST(a_bitmap_without_a_cpu_that_runs_is_refused),
        TEST(an_exclusive_vm_shares_no_core_with_anybody), TEST(an_exclusive_vm_runs_without_timer_or_traps),
        TEST(no_core_is_promised_beyond_nine_tenths),
    };

    return cmocka_run_group_tests(tests, board, NULL);
}
