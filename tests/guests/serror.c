/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for SErrors now and then, keeps them masked in between, and says how many have come. */
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    uint64_t taken = 0;

    while (true) {
        uint64_t started = time_now();

        while (time_now() - started < time_hz() / 4) continue;
        trap_arm();
        __asm__ volatile("msr daifclr, #4\n isb\n msr daifset, #4" : : : "memory");
        taken += trap_taken().count;
        print("SErrors: %lu\n", taken);
    }
}
