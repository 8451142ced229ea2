/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU a core runs. Fair: in turn, one slice each, and no timer at all unless two compete.
 * All calls are about the calling core unless said otherwise. */
#pragma once

#include "hypervisor/core/types.h"

/** A vCPU is on now: runnable, or held if its VM is paused. Any core; vm->lock is held. */
void sched_start(struct vcpu *v);
/** Its VM is paused no longer. Any core; vm->lock is held. */
void sched_resume(struct vcpu *v);
/** The running vCPU executed WFI: sleeps until an interrupt is pending for it. */
void sched_wait(struct vcpu *v);
/** The running vCPU goes to the end of the queue. */
void sched_let_others(struct vcpu *v);
/** The running vCPU turns itself off (PSCI CPU_OFF). */
void sched_off(struct vcpu *v);
/** The running vCPU will come back at `entry` as after reset (PSCI power-down suspend); its
 * interrupts and timer stay. */
void sched_restart(struct vcpu *v, uint64_t entry, uint64_t context);
