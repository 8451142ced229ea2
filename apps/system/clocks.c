/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks, and sleeping by them. */
#include "system.h"
#include <time.h>

static void a_clock_tells_its_resolution(void)
{
    struct timespec t = { -1, -1 };

    CHECK(clock_getres(CLOCK_MONOTONIC, &t) == 0);
    CHECK(t.tv_sec == 0 && t.tv_nsec > 0 && t.tv_nsec < 1000000000);
    CHECK(clock_getres(CLOCK_REALTIME, NULL) == 0);
    FAILS(clock_getres(CLOCK_REALTIME, BAD), EFAULT);
    FAILS(clock_getres(100, &t), EINVAL);
}

const struct test clock_tests[] = {
    { "a_clock_tells_its_resolution", a_clock_tells_its_resolution },
    { 0 },
};
