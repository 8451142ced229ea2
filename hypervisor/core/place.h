/* SPDX-License-Identifier: Apache-2.0 */
/* Where vCPUs are at home. vms_lock is held. */
#pragma once

#include "hypervisor/core/vm.h"

/** The home for vCPU `index`, which is about to be made. NULL: there is none, and *why names the
 * reason. */
struct cpu *place_vcpu(const struct vm *vm, uint32_t index, const char **why);
/** v->cpu is its home from now on, or no longer. */
void place_settle(struct vcpu *v);
void place_leave(struct vcpu *v);
