/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbour that never stops talking. */
#include "tests/guests/lib/guest.h"

void guest_main(void)
{
    wait_if_told();
    for (uint32_t i = 0;; i++) print("flood %u\n", i);
}
