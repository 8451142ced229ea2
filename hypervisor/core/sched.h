/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU a core runs (by the rules of runq.h). A core that is home to one vCPU alone lets it
 * sleep in WFI by itself; elsewhere WFI traps, so that the time it sleeps is not counted as its run
 * time. All calls are about the calling core unless said otherwise. */
#pragma once

#include "hypervisor/core/types.h"

struct guest_frame;

/** Choose what runs next, idle until there is something, and make it ready to return to. Called
 * from the vectors and by what handles exits, when there is work (struct cpu). */
void exit_loop(struct guest_frame *f);
/** A vCPU is on now: runnable, or held if its VM is paused. Any core; vm->lock is held. */
void sched_start(struct vcpu *v);
/** Its VM is paused no longer. Any core; vm->lock is held. */
void sched_resume(struct vcpu *v);
/** The running vCPU executed WFI: sleeps until an interrupt is pending for it. */
void sched_wait(struct vcpu *v);
/** The running vCPU has nothing urgent to do. */
void sched_let_others(struct vcpu *v);
/** The running vCPU turns itself off (PSCI CPU_OFF). */
void sched_off(struct vcpu *v);
/** The running vCPU will come back at `entry` as after reset (PSCI power-down suspend); its
 * interrupts and timer stay. */
void sched_restart(struct vcpu *v, uint64_t entry, uint64_t context);
/** Counts a vCPU has run, and could have run while another had the core. Any core. */
void sched_times(struct vcpu *v, uint64_t *run, uint64_t *ready);
