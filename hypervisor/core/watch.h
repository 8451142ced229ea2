/* SPDX-License-Identifier: Apache-2.0 */
/* What has to happen in time: a VM's next heartbeat, the restart of one that ended by itself
 * (abi/vm.h has the rules). One timer on the first CPU serves all VMs, armed only while somebody
 * waits. */
#pragma once

#include "hypervisor/core/vm.h"

/** The VM starts, or goes on after a pause: the time for its next heartbeat begins. */
void watch_start(struct vm *vm);

/** The VM has ended, its reason is set, vm->lock is held: should it be started again by us? Sets
 * when. */
bool watch_restart(struct vm *vm);

/** WORK_WATCH, on the first CPU: act on what is due, wait for the next. */
void watch_look(void);

#define WATCH_CALL 0x82003d06u /* the watchdog of Linux's and U-Boot's arm,smc-wdt drivers */

/** The caller's x0..; the result for x0, x[1] and x[2] set where the function answers there. */
int64_t watch_call(struct vcpu *v, uint64_t *x);
