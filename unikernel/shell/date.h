/* SPDX-License-Identifier: Apache-2.0 */
/* Days since 1970 as a date, in the Gregorian calendar. */
#pragma once

#include "lib/compiler.h"

#define DAY_S 86400U

struct date {
    unsigned year, month, day, weekday;     /* month and weekday from 0 on, January and Sunday */
};

static inline struct date date_of(uint64_t days)
{
    static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct date d = { .year = 1970, .weekday = (unsigned)((days + 4) % 7) };

    for (;;) {
        bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
        unsigned length = d.month == 1 && leap ? 29 : lengths[d.month];

        if (days < length) break;
        days -= length;
        if (++d.month == 12) {
            d.month = 0;
            d.year++;
        }
    }
    d.day = (unsigned)days + 1;
    return d;
}
