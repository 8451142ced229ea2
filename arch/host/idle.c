/* SPDX-License-Identifier: Apache-2.0 */
/* The exit loop, as far as a program can run it: to the point where a guest would be entered, or
 * where the CPU would wait for an interrupt. There it jumps back to the test; no lock is held at
 * that place. */
#include "arch/host/host.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/sched.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

bool host_wfi_trapped[CPU_MAX];
static __thread jmp_buf idle;
static __thread bool may_idle;

void arch_vcpu_trap_wfi(bool on)
{
    host_wfi_trapped[this_cpu() - cpus] = on;
}

void arch_wait_for_interrupt(void)
{
    if (!may_idle) {
        fprintf(stderr, "a CPU waits for an interrupt outside its exit loop\n");
        abort();
    }
    longjmp(idle, 1);
}

bool host_exit_loop(void)
{
    struct guest_frame frame;

    may_idle = true;
    if (setjmp(idle) != 0) {
        may_idle = false;
        return false;
    }
    exit_loop(&frame);
    may_idle = false;
    return true;
}
