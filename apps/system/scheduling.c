/* SPDX-License-Identifier: Apache-2.0 */
/* Where and how threads run. */
#include "system.h"
#include <sched.h>
#include <time.h>

static void a_thread_knows_its_cpu(void)
{
    unsigned cpu = 1000, node = 1000;

    CHECK(syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && cpu < 8 && node == 0);
    CHECK(syscall(SYS_getcpu, NULL, NULL, NULL) == 0);
    FAILS(syscall(SYS_getcpu, BAD, NULL, NULL), EFAULT);
    FAILS(syscall(SYS_getcpu, NULL, BAD, NULL), EFAULT);
}

/* musl's functions of these names refuse, so they are called by number. */
static void policies_are_set_by_number(void)
{
    struct sched_param p = { .sched_priority = 0 };
    struct timespec turn = { -1, -1 };

    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p) == 0);
    CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER);
    FAILS(syscall(SYS_sched_setscheduler, 0, 77, &p), EINVAL);
    FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, BAD), EFAULT);
    CHECK(syscall(SYS_sched_rr_get_interval, 0, &turn) == 0);
    CHECK(turn.tv_sec == 0 && turn.tv_nsec >= 0);
    FAILS(syscall(SYS_sched_rr_get_interval, 0, BAD), EFAULT);
}

static void robust_locks_are_listed(void)
{
    void *head = NULL;
    size_t len = 0;

    CHECK(syscall(SYS_get_robust_list, 0, &head, &len) == 0 && len == 24);
    FAILS(syscall(SYS_get_robust_list, 0, BAD, &len), EFAULT);
    FAILS(syscall(SYS_get_robust_list, 0, &head, BAD), EFAULT);
    FAILS(syscall(SYS_set_robust_list, head, 23), EINVAL);
}

const struct test scheduling_tests[] = {
    { "a_thread_knows_its_cpu", a_thread_knows_its_cpu },
    { "policies_are_set_by_number", policies_are_set_by_number },
    { "robust_locks_are_listed", robust_locks_are_listed },
    { 0 },
};
