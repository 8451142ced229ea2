/* SPDX-License-Identifier: Apache-2.0 */
// sources: hypervisor/core/timer.c arch/host/time.c arch/host/cpu.c
/* Timers of two CPUs against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"

#define COUNT 12u

struct cpu cpus[CPU_MAX];

static struct one {
    struct timer t;
    bool armed;
    uint32_t fired;
} one[2][COUNT];
static uint64_t last_at;
static uint32_t rearm;

static void fire(struct timer *t)
{
    struct one *o = container_of(t, struct one, t);

    assert_true(o->armed);
    assert_true(t->at <= arch_counter());
    assert_true(t->at >= last_at);              /* earliest first */
    assert_false(list_is_linked(&t->node));
    last_at = t->at;
    o->armed = false;
    o->fired++;
    if (rearm > 0) {
        rearm--;
        timer_arm(t, arch_counter() + 5);
        o->armed = true;
    }
}

static int start(void **state)
{
    host_time_set(1000);
    rearm = 0;
    for (uint32_t c = 0; c < 2; c++) {
        host_cpu_set(c);
        timer_queue_init(&cpus[c].timers);
        for (uint32_t i = 0; i < COUNT; i++) {
            one[c][i] = (struct one){ .armed = false };
            timer_init(&one[c][i].t, fire);
        }
    }
    host_cpu_set(0);
    return 0;
}

static uint64_t earliest(uint32_t c)
{
    uint64_t at = UINT64_MAX;

    for (uint32_t i = 0; i < COUNT; i++) {
        if (one[c][i].armed) at = MIN(at, one[c][i].t.at);
    }
    return at;
}

static void the_hardware_waits_for_the_earliest_timer(void **state)
{
    uint32_t seed = 3;

    for (uint32_t round = 0; round < 20000; round++) {
        uint32_t c, i;
        struct one *o;

        seed = seed * 1664525u + 1013904223u;
        c = seed >> 31;
        i = (seed >> 8) % COUNT;
        o = &one[c][i];
        host_cpu_set(c);
        switch ((seed >> 20) % 4) {
        case 0:
        case 1:
            timer_arm(&o->t, arch_counter() + (seed >> 12) % 100);
            o->armed = true;
            break;
        case 2:
            timer_cancel(&o->t);
            o->armed = false;
            break;
        default:
            host_time_advance((seed >> 12) % 60);
            last_at = 0;
            timer_interrupt();
            assert_true(earliest(c) > arch_counter());
        }
        assert_int_equal(host_timer_at(), earliest(c));
        for (uint32_t k = 0; k < COUNT; k++) assert_int_equal(list_is_linked(&one[c][k].t.node), one[c][k].armed);
    }
}

static void timers_of_one_moment_fire_in_the_order_they_were_armed(void **state)
{
    for (uint32_t i = 0; i < 4; i++) {
        timer_arm(&one[0][i].t, 2000);
        one[0][i].armed = true;
    }
    assert_ptr_equal(cpus[0].timers.armed.next, &one[0][0].t.node);
    assert_ptr_equal(cpus[0].timers.armed.prev, &one[0][3].t.node);
    host_time_set(1999);
    last_at = 0;
    timer_interrupt();
    assert_int_equal(one[0][0].fired, 0);
    host_time_set(2000);
    timer_interrupt();
    for (uint32_t i = 0; i < 4; i++) assert_int_equal(one[0][i].fired, 1);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

static void a_timer_may_arm_itself_again(void **state)
{
    timer_arm(&one[0][0].t, 1010);
    one[0][0].armed = true;
    rearm = 1;
    last_at = 0;
    host_time_set(1010);
    timer_interrupt();
    assert_int_equal(host_timer_at(), 1015);
    host_time_set(1020);
    timer_interrupt();
    assert_int_equal(one[0][0].fired, 2);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

static void cancelling_twice_is_harmless(void **state)
{
    timer_cancel(&one[0][0].t);
    timer_arm(&one[0][0].t, 5000);
    timer_cancel(&one[0][0].t);
    timer_cancel(&one[0][0].t);
    assert_int_equal(host_timer_at(), UINT64_MAX);
}

static void counts_and_nanoseconds_convert_without_overflow(void **state)
{
    static const uint64_t hundred_years_s = UINT64_C(3155760000);

    assert_int_equal(time_ns_of_count(HOST_COUNTER_HZ), 1000000000);
    assert_int_equal(time_count_of_ns(1000000000), HOST_COUNTER_HZ);
    assert_int_equal(time_ns_of_count(1), 16);
    assert_int_equal(time_count_of_ns(16), 1);
    assert_true(time_ns_of_count(hundred_years_s * HOST_COUNTER_HZ + 1) == hundred_years_s * 1000000000 + 16);
    assert_true(time_count_of_ns(hundred_years_s * 1000000000 + 999999999) == hundred_years_s * HOST_COUNTER_HZ + 62499999);
    host_time_set(HOST_COUNTER_HZ * UINT64_C(3) / 2);
    assert_int_equal(time_ns(), 1500000000);
    assert_int_equal(time_count(), HOST_COUNTER_HZ * UINT64_C(3) / 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, start)
    const struct CMUnitTest tests[] = {
        TEST(the_hardware_waits_for_the_earliest_timer), TEST(timers_of_one_moment_fire_in_the_order_they_were_armed),
        TEST(a_timer_may_arm_itself_again), TEST(cancelling_twice_is_harmless),
        TEST(counts_and_nanoseconds_convert_without_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
