/* SPDX-License-Identifier: Apache-2.0 */
/* A bad neighbour: never sleeps, never ends, interrupts masked. */
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    wait_if_told();
    print("spinning\n");
    while (true) __asm__ volatile("" : : : "memory");
}
