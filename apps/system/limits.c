/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, and how much of it may be used. */
#include "system.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

static void the_system_tells_its_memory(void)
{
    struct sysinfo s;

    CHECK(sysinfo(&s) == 0);
    CHECK(s.mem_unit > 0 && s.totalram > 0 && s.freeram > 0 && s.freeram <= s.totalram);
    CHECK(s.procs > 0 && s.totalswap == 0 && s.freeswap == 0);
    FAILS(sysinfo(BAD), EFAULT);
}

static void limits_can_be_asked_for(void)
{
    struct rlimit r;

    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        CHECK(getrlimit(i, &r) == 0);
        CHECK(r.rlim_cur <= r.rlim_max);
    }
    FAILS(getrlimit(RLIMIT_CPU, BAD), EFAULT);
}

static void what_is_no_descriptor_is_told_by_poll(void)
{
    struct pollfd p[2] = { { .fd = -1, .events = POLLIN }, { .fd = 100, .events = POLLIN } };

    CHECK(poll(p, 2, 0) == 1);
    CHECK(p[0].revents == 0 && p[1].revents == POLLNVAL);
    FAILS(poll(BAD, 1, 0), EFAULT);
}

const struct test limit_tests[] = {
    { "the_system_tells_its_memory", the_system_tells_its_memory },
    { "limits_can_be_asked_for", limits_can_be_asked_for },
    { "what_is_no_descriptor_is_told_by_poll", what_is_no_descriptor_is_told_by_poll },
    { 0 },
};
