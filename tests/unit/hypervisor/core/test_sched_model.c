/* SPDX-License-Identifier: Apache-2.0 */
// sources: tests/unit/hypervisor/fake/sched_model.c @tests/unit/hypervisor/fake/fake_board.c
/* The scheduler against its model (sched_model.h says the rules), in random lives of up to six VMs on two cores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/hypervisor/fake/fake_board.h"
#include "tests/unit/hypervisor/fake/sched_model.h"

static uint32_t seed;

static uint8_t any(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint8_t)(seed >> 24);
}

static int init(void **state)
{
    model_init();
    return 0;
}

/* Steps until one says otherwise; `calm` of 256 only let time pass. */
static void live(uint32_t first_seed, uint32_t steps, uint32_t calm)
{
    seed = first_seed;
    model_begin();
    for (uint32_t i = 0; i < steps; i++) {
        bool pass_time = any() < calm;
        uint8_t how = any(), who = pass_time ? 0 : any(), what = pass_time ? 8 : any();

        model_step(what, who, how);
    }
    model_end();
}

/* regression: 26, 27, 31 */
static void any_life_keeps_the_rules(void **state)
{
    struct board_count before = board_count(), now;
    uint32_t made = 0, kicks = 0, timers = 0, pauses = 0;

    for (uint32_t round = 0; round < 60; round++) {
        live(round, 1500, 64);
        now = board_count();
        assert_true(board_count_same(&before, &now));
        made += model_seen.vms;
        kicks += model_seen.kicks;
        timers += model_seen.timers;
        pauses += model_seen.pauses;
    }
    assert_true(made > 600 && kicks > 200 && timers > 200 && pauses > 200);
}

/* Long enough together that unfairness would add up. */
static void long_competitions_stay_fair(void **state)
{
    uint64_t pairs = 0, realtime = 0, exhausted = 0, changes = 0;
    uint32_t refused = 0;

    for (uint32_t round = 0; round < 40; round++) {
        live(1000 + round, 1000, 240);
        pairs += model_seen.fair_pairs;
        realtime += model_seen.realtime_first;
        exhausted += model_seen.exhausted_behind;
        changes += model_seen.changes;
        refused += model_seen.refused;
    }
    assert_true(pairs > 10000);
    assert_true(realtime > 1000);
    assert_true(exhausted > 1000);
    assert_true(changes > 1000);
    assert_true(refused > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_life_keeps_the_rules),
        cmocka_unit_test(long_competitions_stay_fair),
    };

    return cmocka_run_group_tests(tests, init, NULL);
}
