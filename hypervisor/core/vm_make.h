/* SPDX-License-Identifier: Apache-2.0 */
/* Creation and release of VMs. vms_lock is held (or it is boot, and one CPU runs). */
#pragma once

#include "hypervisor/core/vm.h"

extern const struct device_model *const hv_device_models_start[], *const hv_device_models_end[];

/** A VM in state CREATED with memory, vCPUs and devices. On failure nothing is left and *why names
 * the reason. */
int vm_make(const struct vm_config *config, bool is_mvm, struct vm **out,
            const char **why) must_check;

/** Release a bounded piece of a VM that does not run; true when it is gone. */
bool vm_release_some(struct vm *vm);
