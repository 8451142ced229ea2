/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a VM's state. Calls that name a VM from the MVM hold vms_lock, so a VM does not go
 * away under them. */
#pragma once

#include "hypervisor/core/vm.h"

/** CREATED or READY -> RUNNING, vCPU 0 at the entry. -EBUSY otherwise. */
int vm_boot(struct vm *vm) must_check;

/** RUNNING -> PAUSED. -EAGAIN while vCPUs are still leaving their cores: call again; -EBUSY in any
 * other state. What its guest asked for meanwhile (power-off, a further vCPU) counts. */
int vm_pause(struct vm *vm) must_check;

/** PAUSED -> RUNNING. -EBUSY otherwise. */
int vm_resume(struct vm *vm) must_check;

/** Ask all vCPUs to leave; ends in STOPPED (or CRASHED for a fault). Ignored unless running or
 * paused. Any core. */
void vm_end(struct vm *vm, enum shyper_vm_reason reason, uint32_t status);

/** A vCPU has left its core for good (called there). The last one completes vm_end. */
void vm_vcpu_left(struct vm *vm);

/** Devices and vCPUs as after creation, images of bundle VMs loaded again. -EAGAIN: call again;
 * -EBUSY: it runs. */
int vm_reset(struct vm *vm) must_check;

/** Stop, then release a piece. -EAGAIN: call again; -EBUSY: the MVM has its memory open. On 0 the
 * VM is gone. */
int vm_remove(struct vm *vm) must_check;

/** WORK_JOB: a bounded piece of restarting the VMs of this core whose time has come (watch.h); true
 * when more is left. */
bool vm_job(void);

/** Switch the machine off when no VM runs any more and there is no management VM. */
void vms_end_if_done(void);
