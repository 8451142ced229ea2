/* SPDX-License-Identifier: Apache-2.0 */
// sources: lib/str.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "unikernel/shell/date.h"

/* Days up to 2200, as the C library has it. */
static void days_are_the_c_library_s(void **state)
{
    for (uint64_t day = 0; day < 84000; day += day < 1000 ? 1 : 13) {
        time_t at = (time_t)(day * DAY_S);
        struct date d = date_of(day);
        struct tm tm;

        gmtime_r(&at, &tm);
        assert_int_equal(d.year, tm.tm_year + 1900);
        assert_int_equal(d.month, tm.tm_mon);
        assert_int_equal(d.day, tm.tm_mday);
        assert_int_equal(d.weekday, tm.tm_wday);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(days_are_the_c_library_s) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
