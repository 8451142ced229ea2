/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a core does it get that others want too? Every VM of a case runs this; all of them spin from before the first
 * look at the counter, which they share, until after the last. `percent` of the command line says how many it should be, or `least`
 * how many at least. */
#include "tests/guests/lib/guest.h"

#define FROM_MS  500u
#define UNTIL_MS 2500u
#define END_MS   2700u

static uint64_t at_ms(uint64_t ms)
{
    return time_hz() / 1000 * ms;
}

static void burn(void)
{
    uint64_t n = 1000;

    __asm__ volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(n) : : "cc");
}

void guest_main(void)
{
    uint64_t at_least = 10 * argument("least", 0), want = 10 * argument("percent", 0);
    uint64_t least = UINT64_MAX, had = 0, got, now, took;

    report(time_now() < at_ms(FROM_MS), "started in time");
    while ((now = time_now()) < at_ms(UNTIL_MS)) {
        burn();
        took = time_now() - now;            /* once: MIN evaluates twice, and the core may go in between */
        least = MIN(least, took);
        had += now >= at_ms(FROM_MS);
    }
    while (time_now() < at_ms(END_MS)) burn();
    got = had * least * 1000 / at_ms(UNTIL_MS - FROM_MS);
    if (at_least != 0) report(got >= at_least, "has had %lu of 1000, should be at least %lu", got, at_least);
    else report(got * 100 >= want * 95 && got * 100 <= want * 105, "has had %lu of 1000, should be %lu", got, want);
}
