/* SPDX-License-Identifier: Apache-2.0 */
/* Time stands still until the test moves it. */
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"

void (*host_on_counter)(void);
static uint64_t now;
static uint64_t programmed[CPU_MAX] = { [0 ... CPU_MAX - 1] = UINT64_MAX };

uint64_t arch_counter(void)
{
    if (host_on_counter != NULL) host_on_counter();
    return now;
}

uint64_t arch_counter_hz(void)          { return HOST_COUNTER_HZ; }
void arch_timer_program(uint64_t at)    { programmed[this_cpu() - cpus] = at; }

void host_time_set(uint64_t count)      { now = count; }
void host_time_advance(uint64_t by)     { now += by; }
uint64_t host_timer_at(void)            { return programmed[this_cpu() - cpus]; }
