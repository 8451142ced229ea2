/* SPDX-License-Identifier: Apache-2.0 */
/* A write to nowhere, three calls deep, that ends the guest: for the report of a VM's first fault. */
#include "tests/guests/lib/guest.h"

static volatile uint32_t *volatile nowhere = (volatile uint32_t *)(uintptr_t)0x3000;
static volatile uint32_t depth;

__attribute__((noinline)) static void step_astray(void)
{
    print("going astray\n");
    *nowhere = 0x5a5a;
    depth++;
}

__attribute__((noinline)) static void walk(void)
{
    step_astray();
    depth++;
}

void guest_main(void)
{
    walk();
    depth++;
}
