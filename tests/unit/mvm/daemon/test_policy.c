/* SPDX-License-Identifier: Apache-2.0 */
// sources: mvm/daemon/policy.c
/* Which ends of a VM start it again, and after how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "mvm/daemon/policy.h"

#define DELAY_MS 1000

static struct shyper_vm_info ended(uint32_t restart, uint32_t state, uint32_t reason)
{
    return (struct shyper_vm_info){ .id = 1,
                                    .state = state,
                                    .reason = reason,
                                    .restart = restart,
                                    .restart_delay_ms = DELAY_MS };
}

static int64_t due(const struct shyper_vm_info *info)
{
    struct policy p;

    policy_init(&p);
    policy_look(&p, info, 5000);
    return p.due_ms;
}

/* regression: 81 */
static void each_policy_acts_on_its_ends_only(void **state)
{
    static const struct {
        uint32_t state, reason, status;
        bool on_crash, always;
    } ends[] = {
        { SHYPER_VM_STOPPED, SHYPER_REASON_REQUEST, 0, false, false },
        { SHYPER_VM_STOPPED, SHYPER_REASON_OFF, 0, false, true },
        { SHYPER_VM_STOPPED, SHYPER_REASON_CPUS_OFF, 0, false, true },
        { SHYPER_VM_STOPPED, SHYPER_REASON_EXIT, 0, false, true },
        { SHYPER_VM_STOPPED, SHYPER_REASON_EXIT, 3, true, true },
        { SHYPER_VM_CRASHED, SHYPER_REASON_FAULT, 0, true, true },
        { SHYPER_VM_CRASHED, SHYPER_REASON_HUNG, 0, true, true },
    };

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct shyper_vm_info info = ended(SHYPER_RESTART_NEVER, ends[i].state, ends[i].reason);

        info.exit_status = ends[i].status;
        assert_int_equal(due(&info), POLICY_NEVER);
        info.restart = SHYPER_RESTART_ON_CRASH;
        assert_int_equal(due(&info), ends[i].on_crash ? 5000 + DELAY_MS : POLICY_NEVER);
        info.restart = SHYPER_RESTART_ALWAYS;
        assert_int_equal(due(&info), ends[i].always ? 5000 + DELAY_MS : POLICY_NEVER);
    }
}

static void a_guests_own_reset_is_obeyed_at_once_under_every_policy(void **state)
{
    for (uint32_t restart = SHYPER_RESTART_NEVER; restart <= SHYPER_RESTART_ALWAYS; restart++) {
        struct shyper_vm_info info = ended(restart, SHYPER_VM_STOPPED, SHYPER_REASON_RESET);

        assert_int_equal(due(&info), 5000);
    }
}

static void resets_that_follow_each_other_wait_in_between(void **state)
{
    struct shyper_vm_info info = ended(SHYPER_RESTART_NEVER, SHYPER_VM_STOPPED, SHYPER_REASON_RESET);
    struct policy p;

    policy_init(&p);
    policy_look(&p, &info, 5000);
    policy_started(&p, p.due_ms);
    info.restarts = 1;
    policy_look(&p, &info, 5000 + SHYPER_RESET_CALM_MS - 1);
    assert_int_equal(p.due_ms, 5000 + SHYPER_RESET_CALM_MS - 1 + SHYPER_RESET_DELAY_MS);
    policy_started(&p, p.due_ms);
    info.restarts = 2;
    policy_look(&p, &info, p.due_ms + SHYPER_RESET_CALM_MS);
    assert_int_equal(p.due_ms, p.started_ms + SHYPER_RESET_CALM_MS);
}

static void a_crash_soon_after_a_reset_of_its_own_waits_as_a_first_one(void **state)
{
    struct shyper_vm_info info = ended(SHYPER_RESTART_ON_CRASH, SHYPER_VM_STOPPED, SHYPER_REASON_RESET);
    struct policy p;

    policy_init(&p);
    policy_look(&p, &info, 5000);
    policy_started(&p, 5000);
    info = ended(SHYPER_RESTART_ON_CRASH, SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);
    info.restarts = 1;
    policy_look(&p, &info, 5010);
    assert_int_equal(p.due_ms, 5010 + DELAY_MS);
}

static void vms_of_the_bundle_are_the_hypervisors_business(void **state)
{
    struct shyper_vm_info info =
        ended(SHYPER_RESTART_ALWAYS, SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);

    info.boot_time = 1;
    assert_int_equal(due(&info), POLICY_NEVER);
    info.boot_time = 0;
    info.id = SHYPER_MVM_ID;
    assert_int_equal(due(&info), POLICY_NEVER);
}

/* Crash after `lived_ms`, restart when due; returns how long that took. */
static int64_t crash(struct policy *p, int64_t *now_ms, int64_t lived_ms)
{
    static uint32_t lives;
    struct shyper_vm_info info =
        ended(SHYPER_RESTART_ON_CRASH, SHYPER_VM_RUNNING, SHYPER_REASON_NONE);
    int64_t waited;

    info.restarts = lives++;

    policy_look(p, &info, *now_ms);
    *now_ms += lived_ms;
    info.state = SHYPER_VM_CRASHED;
    policy_look(p, &info, *now_ms);
    waited = p->due_ms - *now_ms;
    *now_ms = p->due_ms;
    policy_started(p, *now_ms);
    policy_look(p, &info, *now_ms);     /* not yet reset: the same end */
    assert_int_equal(p->due_ms, *now_ms);
    return waited;
}

static void the_wait_doubles_up_to_its_limit_and_begins_anew_after_a_calm_time(void **state)
{
    static const int64_t waits[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
    struct policy p;
    int64_t now_ms = 0;

    policy_init(&p);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        assert_int_equal(crash(&p, &now_ms, SHYPER_RESTART_CALM_MS - 1), waits[i]);
    }
    assert_int_equal(crash(&p, &now_ms, SHYPER_RESTART_CALM_MS), 1000);
    assert_int_equal(crash(&p, &now_ms, 10), 2000);
}

static void who_stops_a_waiting_vm_is_obeyed(void **state)
{
    struct shyper_vm_info info =
        ended(SHYPER_RESTART_ALWAYS, SHYPER_VM_CRASHED, SHYPER_REASON_FAULT);
    struct policy p;

    policy_init(&p);
    policy_look(&p, &info, 0);
    policy_overruled(&p);
    policy_look(&p, &info, 10);
    assert_int_equal(p.due_ms, POLICY_NEVER);
    info.state = SHYPER_VM_RUNNING;
    policy_look(&p, &info, 20);
    info.state = SHYPER_VM_CRASHED;
    policy_look(&p, &info, 30);
    assert_int_equal(p.due_ms, 30 + DELAY_MS);
}

static void a_life_too_short_to_be_seen_counts(void **state)
{
    struct shyper_vm_info info =
        ended(SHYPER_RESTART_ALWAYS, SHYPER_VM_STOPPED, SHYPER_REASON_OFF);
    struct policy p;

    policy_init(&p);
    policy_overruled(&p);               /* somebody starts it */
    policy_look(&p, &info, 0);
    assert_int_equal(p.due_ms, DELAY_MS);
    policy_started(&p, p.due_ms);
    info.restarts = 1;
    policy_look(&p, &info, DELAY_MS + 1);
    assert_int_equal(p.due_ms, DELAY_MS + 1 + 2 * DELAY_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_acts_on_its_ends_only),
        cmocka_unit_test(a_guests_own_reset_is_obeyed_at_once_under_every_policy),
        cmocka_unit_test(resets_that_follow_each_other_wait_in_between),
        cmocka_unit_test(a_crash_soon_after_a_reset_of_its_own_waits_as_a_first_one),
        cmocka_unit_test(vms_of_the_bundle_are_the_hypervisors_business),
        cmocka_unit_test(the_wait_doubles_up_to_its_limit_and_begins_anew_after_a_calm_time),
        cmocka_unit_test(a_life_too_short_to_be_seen_counts),
        cmocka_unit_test(who_stops_a_waiting_vm_is_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
