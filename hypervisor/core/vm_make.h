/* SPDX-License-Identifier: Apache-2.0 */
/* Creation and release of VMs. vms_lock is held (or it is boot, and one CPU runs). */
#pragma once

#include "hypervisor/core/vm.h"

extern const struct device_model *const hv_device_models_start[], *const hv_device_models_end[];

/** Begin a VM. It is in nobody's sight, and its name and id are free, until vm_make_some() has put
 * it into the table: only one is made at a time. On failure nothing is left and *why names the
 * reason. */
int vm_make_begin(const struct vm_config *config, bool is_mvm, struct vm **out,
                  const char **why) must_check;
/** A bounded piece more. -EAGAIN: call again; 0: it stands in the table, CREATED; else it failed
 * and is to be released. */
int vm_make_some(struct vm *vm, const char **why) must_check;

/** All of it, as long as it takes: boot only. On failure nothing is left. */
int vm_make(const struct vm_config *config, bool is_mvm, struct vm **out,
            const char **why) must_check;

/** Release a bounded piece of a VM that does not run; true when it is gone. */
bool vm_release_some(struct vm *vm);
