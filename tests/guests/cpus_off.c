/* SPDX-License-Identifier: Apache-2.0 */
/* The last vCPU that goes off ends the VM. */
#include "tests/guests/lib/guest.h"

static void nothing(void *arg)
{
    (void)arg;
}

void guest_main(void)
{
    report(cpu_start(1, nothing, NULL) == 0, "a second vCPU comes and goes");
    while (cpu_state(1) != 1) {}
    print("last one off\n");
    cpu_off();
    report(false, "CPU_OFF returned");
}
